package format

import "golang.org/x/sys/cpu"

var canMark = cpu.X86.HasAVX2

// markLine sets a bit in stops, which are quotes and question marks, and in spaces
// for every one of the n bytes at line, 64 at least and 1024 at most, that is one. It is true where all of them
// are printable ASCII and none is a backslash, as far as it had to look.
//
//go:noescape
func markLine(line *byte, n int, stops, spaces *[longestMarked / 64]uint64) bool

// markUntil sets bits as markLine does, for every byte of the n at text, 1024 at most,
// before the first that is not printable ASCII or is a backslash, and returns the
// index of that one. It is -1 where there is none in whole stretches of 64 bytes.
//
//go:noescape
func markUntil(text *byte, n int, stops, spaces *[longestMarked / 64]uint64) int
