package format

import "math/bits"

// fieldMarks are where the stops and the spaces of a line stand, a bit for each of
// its bytes; stops are quotes, and question marks, where the queries of targets begin.
// They are found 32 bytes at a time, so that a parser goes from one
// field to the next without looking at what is between.
type fieldMarks struct {
	stops, spaces [longestMarked / 64]uint64
	words         int // of them that are the line's
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
	return markLine(&line[0], len(line), &m.stops, &m.spaces)
}

// find marks the line that buf begins with, and returns its length and that of its
// end; both are 0 where read would be false of it, or where too little is behind it.
func (m *fieldMarks) find(buf []byte) (size, end int) {
	if !canMark || len(buf) <= shortestMarked {
		return 0, 0
	}
	size = markUntil(&buf[0], min(len(buf), longestMarked), &m.stops, &m.spaces)
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

// space returns the index of the first space from i on, -1 where there is none.
func (m *fieldMarks) space(i int) int {
	at := uint(i) / 64
	if at >= uint(m.words) {
		return -1
	}
	if left := m.spaces[at%uint(len(m.spaces))] >> (uint(i) % 64); left != 0 {
		return i + bits.TrailingZeros64(left)
	}
	for at++; at < uint(m.words); at++ {
		if w := m.spaces[at%uint(len(m.spaces))]; w != 0 {
			return int(at*64) + bits.TrailingZeros64(w)
		}
	}
	return -1
}

// stops are those of a line from one on.
type stops struct {
	m    *fieldMarks
	at   uint   // word
	left uint64 // of its bits
}

// from are the stops from i on.
func (m *fieldMarks) from(i int) stops {
	s := stops{m: m, at: uint(i) / 64}
	if s.at < uint(m.words) {
		s.left = m.stops[s.at%uint(len(m.stops))] >> (uint(i) % 64) << (uint(i) % 64)
	}
	return s
}

// next returns the index of the next stop, -1 where there is none.
func (s *stops) next() int {
	for s.left == 0 {
		if s.at++; s.at >= uint(s.m.words) {
			return -1
		}
		s.left = s.m.stops[s.at%uint(len(s.m.stops))]
	}
	i := int(s.at*64) + bits.TrailingZeros64(s.left)
	s.left &= s.left - 1
	return i
}

// closed returns the text of line from i up to the next quote before a space or the
// line's end, and the index behind that; it is -1 where there is none.
func (s *stops) closed(line []byte, i int) ([]byte, int) {
	for {
		end := s.next()
		if end < 0 {
			return nil, -1
		}
		if line[end] == '"' && (end+1 == len(line) || line[end+1] == ' ') {
			return given(line[i:end:end]), end + 1
		}
	}
}
