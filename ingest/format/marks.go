package format

import "math/bits"

// fieldMarks are where the quotes and the spaces of a line stand, a bit for each of
// its bytes. They are found 32 bytes at a time, so that a parser goes from one
// field to the next without looking at what is between.
type fieldMarks struct {
	quotes, spaces [longestMarked / 64]uint64
	words          int // of them that are the line's
}

const (
	shortestMarked = 64
	longestMarked  = 1024
)

// read marks line. It is false where it can't be, and where the line holds
// anything but printable ASCII without backslashes.
func (m *fieldMarks) read(line []byte) bool {
	if !canMark || len(line) < shortestMarked || len(line) > longestMarked {
		return false
	}
	m.words = (len(line) + 63) / 64
	return markLine(&line[0], len(line), &m.quotes, &m.spaces)
}

// find marks the line that buf begins with, and returns its length and that of its
// end; both are 0 where read would be false of it, or where too little is behind it.
func (m *fieldMarks) find(buf []byte) (size, end int) {
	if !canMark || len(buf) <= shortestMarked {
		return 0, 0
	}
	size = markUntil(&buf[0], min(len(buf), longestMarked), &m.quotes, &m.spaces)
	switch {
	case size < shortestMarked:
		return 0, 0
	case buf[size] == '\n':
		end = 1
	case buf[size] == '\r' && size+1 < len(buf) && buf[size+1] == '\n':
		end = 2
	default:
		return 0, 0
	}
	m.words = (size + 63) / 64
	return size, end
}

// quote returns the index of the first quote from i on, -1 where there is none.
func (m *fieldMarks) quote(i int) int { return m.next(&m.quotes, i) }

// space returns the index of the first space from i on, -1 where there is none.
func (m *fieldMarks) space(i int) int { return m.next(&m.spaces, i) }

func (m *fieldMarks) next(of *[longestMarked / 64]uint64, i int) int {
	at := uint(i) / 64
	if at >= uint(m.words) {
		return -1
	}
	if left := of[at%uint(len(of))] >> (uint(i) % 64); left != 0 {
		return i + bits.TrailingZeros64(left)
	}
	for at++; at < uint(m.words); at++ {
		if w := of[at%uint(len(of))]; w != 0 {
			return int(at*64) + bits.TrailingZeros64(w)
		}
	}
	return -1
}
