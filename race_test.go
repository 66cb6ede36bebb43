//go:build race

package main

// underRace divides how many random logs are drawn: the race detector looks for
// races, which few show as well as many, and takes ten times as long for each.
const underRace = 20
