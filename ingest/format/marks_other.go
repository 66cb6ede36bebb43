//go:build !amd64

package format

const canMark = false

var canWide = false

func markLine(*byte, int, *[longestMarked / 64]uint64) (plain bool, space, numbers int) {
	return false, 0, 0
}

func findUntil(*byte, int, *[2 * longestMarked]int16) (odd, space, numbers, found int) {
	return -1, 0, 0, 0
}

func findUntilWide(*byte, int, *[2 * longestMarked]int16) (odd, space, numbers, found int) {
	return -1, 0, 0, 0
}
