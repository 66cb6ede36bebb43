package format

import "golang.org/x/sys/cpu"

var (
	canMark = cpu.X86.HasAVX2
	canWide = canMark && cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VBMI2 && cpu.X86.HasBMI1 && cpu.X86.HasPOPCNT
)

// markLine sets a bit in stops, which are quotes and question marks, for every one of
// the n bytes at line, 64 at least and 1024 at most, that is one. Plain is true where all
// of them are printable ASCII and none is a backslash, as far as it had to look; space
// is the index of the first space of the first 64, 64 where there is none, and numbers
// how many digits and dots they begin with, 32 or more where those are all they do.
//
//go:noescape
func markLine(line *byte, n int, stops *[longestMarked / 64]uint64) (plain bool, space, numbers int)

// findUntil writes to at the indexes of the stops among the n bytes at text, 1024 at most,
// before the first that is not printable ASCII or is a backslash, which is odd; found are
// so many. Odd is -1 where there is none in whole stretches of 64 bytes.
//
//go:noescape
func findUntil(text *byte, n int, at *[2 * longestMarked]int16) (odd, space, numbers, found int)

// findUntilWide is findUntil in fewer steps.
//
//go:noescape
func findUntilWide(text *byte, n int, at *[2 * longestMarked]int16) (odd, space, numbers, found int)
