//go:build !amd64

package format

const canMark = false

func markLine(*byte, int, *[longestMarked / 64]uint64, *[longestMarked / 64]uint64) bool {
	return false
}

func markUntil(*byte, int, *[longestMarked / 64]uint64, *[longestMarked / 64]uint64) int { return -1 }
