package format

import "math/bits"

// fieldMarks are where the stops of a line stand, which are quotes and question marks,
// where the queries of targets begin, and its first space. They are found 32 or 64
// bytes at a time, so that a parser goes from one field to the next without looking at
// what is between.
type fieldMarks struct {
	at      [2 * longestMarked]int16 // the indexes of the stops, and -1 behind them
	space   int                      // 64 where there is none in so many bytes
	numbers int                      // digits and dots that the line begins with, of 32 bytes at most
	bits    [longestMarked / 64]uint64
}

const (
	shortestMarked = 64
	longestMarked  = 1024
)

// read marks line. It is false where it can't be, and where the line holds
// anything but printable ASCII without backslashes.
func (m *fieldMarks) read(line []byte) (plain bool) {
	if !canMark || len(line) < shortestMarked || len(line) > longestMarked {
		return false
	}
	if plain, m.space, m.numbers = markLine(&line[0], len(line), &m.bits); plain {
		m.list(len(line))
	}
	return plain
}

// find marks the line that buf begins with, and returns its length and that of its
// end; both are 0 where read would be false of it, or where too little is behind it.
func (m *fieldMarks) find(buf []byte) (size, end int) {
	if !canMark || len(buf) <= shortestMarked {
		return 0, 0
	}
	most, found := min(len(buf), longestMarked), 0
	if canWide {
		size, m.space, m.numbers, found = findUntilWide(&buf[0], most, &m.at)
	} else {
		size, m.space, m.numbers, found = findUntil(&buf[0], most, &m.at)
	}
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
	m.at[found] = -1
	return size, end
}

// list makes indexes of the bits of a line that long.
func (m *fieldMarks) list(size int) {
	n := uint(0)
	for i := range uint(size+63) / 64 {
		for w := m.bits[i%uint(len(m.bits))]; w != 0; w &= w - 1 {
			m.at[n%uint(len(m.at))] = int16(i*64) + int16(bits.TrailingZeros64(w))
			n++
		}
	}
	m.at[n%uint(len(m.at))] = -1
}

// from is how many stops there are before i.
func (m *fieldMarks) from(i int) int {
	n := 0
	for at := m.stop(0); at >= 0 && at < i; at = m.stop(n) {
		n++
	}
	return n
}

// stop is the index of the stop that n are before, -1 where there is none.
func (m *fieldMarks) stop(n int) int { return int(m.at[uint(n)%uint(len(m.at))]) }

// closed returns the text of line from i up to the next quote before a space or the
// line's end, the index behind that, -1 where there is none, and how many stops are before that.
func (m *fieldMarks) closed(line []byte, i, n int) ([]byte, int, int) {
	for {
		end := m.stop(n)
		n++
		if uint(end) >= uint(len(line)) {
			return nil, -1, n
		}
		if line[end] == '"' && (end+1 == len(line) || line[end+1] == ' ') {
			return given(line[i:end:end]), end + 1, n
		}
	}
}
