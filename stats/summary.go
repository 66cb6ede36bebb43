// Package stats counts events over a sliding window. It is pure: no I/O, no
// goroutines, no clock. Callers say what time it is.
package stats
