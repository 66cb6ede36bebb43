// Package sketch counts in small memory: heavy hitters (Top), quantiles
// (Quantiles) and distinct counts (Distinct). Each is exact until its bound and
// says how wrong it can be after that; each merges, encodes and decodes. It is
// pure: no I/O, no clock, no locks.
package sketch
