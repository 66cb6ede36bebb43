package format

import (
	"encoding/binary"
	"math/bits"
)

// stride takes members as long as they are what nearly all are: the keys of the
// line before, in its order, with plain strings, simple numbers, lists of one
// plain string, and objects of such members. It leaves the scanner behind the
// last one it took, which changes nothing but the time: the scanner would have
// found the same. It is true when that was the whole line.
func (p *jsonParser) stride() (whole bool) {
	s, r, c := &p.scan, &p.record, p.keys
	line, i, comma, parent, now := s.line, s.pos, s.comma, p.path[p.depth].id, c.now
	seen, marks := r.seen, r.marks
members:
	for {
		for comma && p.depth > 0 && i < len(line) && line[i] == '}' {
			i++
			s.leave()
			p.depth--
			parent = p.path[p.depth].id
		}
		next := c.keys[now].follow
		k := &c.keys[next]
		if k.parent != parent {
			break
		}
		j := i
		if comma {
			if j >= len(line) || line[j] != ',' {
				break
			}
			if j++; j < len(line) && line[j] == ' ' {
				j++
			}
		}
		if !c.stands(next, line, j) {
			break
		}
		name := span{int32(j + 1), int32(j + int(k.length) - 2)}
		if j += int(k.length); line[j] == ' ' {
			j++
		}
		from, to, kind, number, places := j, 0, jsonText, uint64(0), 0
		switch line[j] {
		case '"':
			from++
			if to = plainEnd(line, from); to < 0 {
				break members
			}
			j = to + 1
		case '[':
			if j+1 == len(line) || line[j+1] != '"' {
				break members
			}
			from += 2
			if to = plainEnd(line, from); to < 0 || to+1 == len(line) || line[to+1] != ']' {
				break members
			}
			j = to + 2
		case '{':
			if j+1 == len(line) || line[j+1] != '"' || !s.enter(int(k.length)-3) {
				break members
			}
			p.depth++
			p.path[p.depth] = entered{name: name, id: k.id}
			i, comma, now, parent = j+1, false, next, k.id
			marks |= k.marks
			continue
		default:
			if number, places, to = simpleNumber(line, from); to < 0 {
				break members
			}
			kind = jsonInt
			if places > 0 {
				kind = jsonFloat
			}
			j = to
		}
		if k.slot == slotTime && to-from == clockLength {
			break // put tells a time of day
		}
		now = next
		marks |= k.marks
		i, comma = j, true
		if k.slot == slotNone || kind == jsonText && k.slot != slotRequest && (to == from || to == from+1 && line[from] == '-') ||
			k.slot == slotTime && to-from < shortestTime {
			continue
		}
		bit := uint64(1) << k.slot
		v := &r.slots[k.slot]
		if seen&bit != 0 && v.rank > k.rank {
			continue
		}
		seen |= bit
		v.from, v.to, v.kind, v.unit, v.rank = int32(from), int32(to), kind, k.unit, k.rank
		v.simple, v.number, v.places = kind != jsonText, number, uint8(places)
	}
	s.pos, s.comma, c.now = i, comma, now
	r.seen, r.marks = seen, marks
	return p.depth == 0 && comma && i == len(line)-1 && line[i] == '}'
}

// plainEnd returns the index of the quote that ends the text starting at i, or
// -1 where the text has escapes, or bytes beyond ASCII, or no end.
func plainEnd(line []byte, i int) int {
	for ; i <= len(line)-8; i += 8 {
		if hit := oddBytes(binary.LittleEndian.Uint64(line[i : i+8])); hit != 0 {
			i += bits.TrailingZeros64(hit) / 8
			if line[i] != '"' {
				return -1
			}
			return i
		}
	}
	for ; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			return i
		case c < ' ' || c >= 0x80 || c == '\\':
			return -1
		}
	}
	return -1
}

// oddBytes has the top bit set of the first byte of w that is a quote, a
// backslash, a control character or beyond ASCII; higher bits may be set, too.
func oddBytes(w uint64) uint64 {
	// XOR with 2 swaps the quote with the space, so that one comparison finds
	// both the control characters and the quote.
	return (((w ^ ones*2) - ones*0x21) | ((w ^ ones*'\\') - ones) | w) & tops
}

// simpleNumber reads the digits at i, also with a point among them, and returns
// them, how many are behind the point, and where they end. The end is -1 for
// any other number, and for one that something odd follows.
func simpleNumber(line []byte, i int) (number uint64, places, end int) {
	from := i
	for ; i < len(line) && line[i]-'0' <= 9; i++ {
		number = number*10 + uint64(line[i]-'0')
	}
	if i == from || line[from] == '0' && i > from+1 || i == len(line) {
		return 0, 0, -1
	}
	if line[i] == '.' {
		point := i
		for i++; i < len(line) && line[i]-'0' <= 9; i++ {
			number = number*10 + uint64(line[i]-'0')
		}
		if places = i - point - 1; places == 0 {
			return 0, 0, -1
		}
	}
	if i-from > 18 || i == len(line) || line[i]|0x20 == 'e' {
		return 0, 0, -1
	}
	return number, places, i
}
