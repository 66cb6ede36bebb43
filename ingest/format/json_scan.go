package format

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonScan reads one JSON object as a flat run of leaves, in one pass, without
// building anything. It accepts exactly the objects that encoding/json accepts,
// and its leaves hold the same values (both are fuzzed against each other).
// The zero value is ready; start begins a line and next walks it.
type jsonScan struct {
	line  []byte
	pos   int
	depth int            // objects entered and not left yet
	path  int            // length of their names
	names [jsonEnter]int // of each, from 1
	comma bool           // a member came before: the next thing is ',' or '}'

	key    span // the member's name, without its quotes
	keyOdd bool // the name has escapes or bytes that are no UTF-8
	val    span // the value: without quotes for a string, else its JSON text
	kind   jsonKind
	bad    jsonFault

	nest [(jsonDepth + 63) / 64]uint64 // open brackets of a skipped value: 1 is an object
}

// span is a piece of the line.
type span struct{ from, to int32 }

func (s span) of(line []byte) []byte { return line[s.from:s.to:s.to] }
func (s span) empty() bool           { return s.from == s.to }

// jsonKind is what kind of value a leaf holds.
type jsonKind uint8

const (
	jsonNull   jsonKind = iota
	jsonText            // a string whose bytes stand as they are
	jsonOdd             // a string with escapes, or with bytes that are no UTF-8
	jsonInt             // a number without fraction and exponent
	jsonFloat           // any other number
	jsonBool            // true or false
	jsonNested          // an array, an empty object, or one nested too deep to enter
	logfmtOdd           // logfmt's text with escapes
)

// jsonToken is what next found.
type jsonToken uint8

const (
	jsonLeaf  jsonToken = iota // key and val are set
	jsonOpen                   // key names an object that is entered
	jsonClose                  // the innermost object ended
	jsonEnd                    // the line ended as it should
	jsonError                  // bad says how, pos where
)

// jsonFault is what is wrong with a line.
type jsonFault uint8

const (
	jsonSyntax   jsonFault = iota
	jsonCut                // the line ends inside the object
	jsonTrailing           // something follows the object
)

const (
	jsonDepth = 10000 // brackets open at once, as encoding/json bounds them
	jsonEnter = 8     // objects entered; deeper ones are one leaf …
	jsonPath  = 96    // … and so are those whose names, joined, are longer: a path is short whatever the line
)

// start begins a line. It is false when the line is not an object at all.
func (s *jsonScan) start(line []byte) bool {
	s.line, s.depth, s.path, s.comma = line, 0, 0, false
	i := s.space(0)
	s.pos = i
	if i >= len(line) || line[i] != '{' {
		return false
	}
	s.pos, s.depth = i+1, 1
	return true
}

// next finds the next token.
func (s *jsonScan) next() jsonToken {
	line, i := s.line, s.pos
	if s.depth == 0 {
		if i = s.space(i); i < len(line) {
			return s.fail(i, jsonTrailing)
		}
		return jsonEnd
	}
	if i < len(line) && line[i] <= ' ' {
		i = s.space(i)
	}
	if i >= len(line) {
		return s.fail(i, jsonCut)
	}
	switch c := line[i]; {
	case c == '}':
		s.pos, s.comma = i+1, true
		s.leave()
		return jsonClose
	case !s.comma:
	case c != ',':
		return s.fail(i, jsonSyntax)
	default:
		if i++; i < len(line) && line[i] <= ' ' {
			i = s.space(i)
		}
		if i >= len(line) {
			return s.fail(i, jsonCut)
		}
	}

	if line[i] != '"' {
		return s.fail(i, jsonSyntax)
	}
	end, odd, ok := jsonString(line, i+1)
	if !ok {
		return s.failString(end)
	}
	s.key, s.keyOdd = span{int32(i + 1), int32(end)}, odd
	if i = end + 1; i < len(line) && line[i] <= ' ' {
		i = s.space(i)
	}
	if i >= len(line) {
		return s.fail(i, jsonCut)
	}
	if line[i] != ':' {
		return s.fail(i, jsonSyntax)
	}
	if i++; i < len(line) && line[i] <= ' ' {
		i = s.space(i)
	}
	if i >= len(line) {
		return s.fail(i, jsonCut)
	}

	s.comma = true
	switch c := line[i]; c {
	case '"':
		end, odd, ok := jsonString(line, i+1)
		if !ok {
			return s.failString(end)
		}
		s.kind = jsonText
		if odd {
			s.kind = jsonOdd
		}
		s.val, s.pos = span{int32(i + 1), int32(end)}, end+1
		return jsonLeaf
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		end, kind, ok := jsonNumber(line, i)
		if !ok {
			return s.failString(end)
		}
		s.kind = kind
		s.val, s.pos = span{int32(i), int32(end)}, end
		return jsonLeaf
	case '{':
		if j := s.space(i + 1); (j >= len(line) || line[j] != '}') && s.enter(int(s.key.to-s.key.from)) {
			s.pos, s.comma = i+1, false
			return jsonOpen
		}
	case '[':
	default:
		return s.word(i)
	}
	if end, ok = s.skip(i); !ok {
		return s.failString(end)
	}
	s.kind = jsonNested
	s.val, s.pos = span{int32(i), int32(end)}, end
	return jsonLeaf
}

// enter goes into an object whose name is that long, if it is not too deep.
func (s *jsonScan) enter(name int) bool {
	if s.depth == jsonEnter || s.path+name+1 > jsonPath {
		return false
	}
	s.names[s.depth] = name + 1
	s.path += name + 1
	s.depth++
	return true
}

// leave goes out of the innermost object.
func (s *jsonScan) leave() {
	if s.depth--; s.depth > 0 {
		s.path -= s.names[s.depth]
	}
}

// word reads true, false or null.
func (s *jsonScan) word(i int) jsonToken {
	end, ok := jsonWord(s.line, i)
	if !ok {
		return s.failString(end)
	}
	s.kind = jsonBool
	if s.line[i] == 'n' {
		s.kind = jsonNull
	}
	s.val, s.pos = span{int32(i), int32(end)}, end
	return jsonLeaf
}

func (s *jsonScan) fail(i int, f jsonFault) jsonToken {
	s.pos, s.bad = i, f
	return jsonError
}

// failString is fail for a value that ended at i: at the end of the line it was cut.
func (s *jsonScan) failString(i int) jsonToken {
	if i >= len(s.line) {
		return s.fail(len(s.line), jsonCut)
	}
	return s.fail(i, jsonSyntax)
}

func (s *jsonScan) space(i int) int {
	for i < len(s.line) && jsonBlank(s.line[i]) {
		i++
	}
	return i
}

func jsonBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// skip reads the array or object at i, however deep, and returns where it ends
// or where it goes wrong. It needs neither recursion nor memory.
func (s *jsonScan) skip(i int) (int, bool) {
	line, top := s.line, s.depth // top counts open brackets, the entered objects included
	base := top
	const (
		value = iota // a value is due
		first        // a value, or the end of an empty array
		name         // a member's name is due
		start        // a name, or the end of an empty object
		after        // a comma or a closing bracket is due
	)
	for state := value; ; {
		if i = s.space(i); i >= len(line) {
			return i, false
		}
		c := line[i]
		switch {
		case c == '}' && (state == start || state == after) && s.isObject(top),
			c == ']' && (state == first || state == after) && !s.isObject(top):
			i++
			if top--; top == base {
				return i, true
			}
			state = after
		case state == after:
			if c != ',' {
				return i, false
			}
			i++
			state = value
			if s.isObject(top) {
				state = name
			}
		case state == name || state == start:
			if c != '"' {
				return i, false
			}
			end, _, ok := jsonString(line, i+1)
			if !ok {
				return end, false
			}
			if i = s.space(end + 1); i >= len(line) || line[i] != ':' {
				return i, false
			}
			i++
			state = value
		case c == '{' || c == '[':
			if top++; top > jsonDepth {
				return i, false
			}
			bit := uint64(1) << (top % 64)
			if word := &s.nest[(top-1)/64]; c == '{' {
				*word |= bit
				state = start
			} else {
				*word &^= bit
				state = first
			}
			i++
		case c == '"':
			end, _, ok := jsonString(line, i+1)
			if !ok {
				return end, false
			}
			i = end + 1
			state = after
		case c == '-' || c-'0' < 10:
			end, _, ok := jsonNumber(line, i)
			if !ok {
				return end, false
			}
			i = end
			state = after
		default:
			end, ok := jsonWord(line, i)
			if !ok {
				return end, false
			}
			i = end
			state = after
		}
	}
}

// isObject tells whether the bracket opened as number top is an object's.
func (s *jsonScan) isObject(top int) bool {
	return s.nest[(top-1)/64]&(1<<(top%64)) != 0
}

const (
	ones = 0x0101010101010101
	tops = 0x8080808080808080
)

// jsonString returns the index of the quote that ends the string whose text
// starts at i, and whether the text is odd: has escapes or bytes that are no
// UTF-8. When it is not ok, the index is where the string goes wrong.
func jsonString(line []byte, i int) (end int, odd, ok bool) {
	from, high := i, uint64(0)
	for {
		rest := line[i:]
		for ; len(rest) >= 8; rest = rest[8:] {
			w := binary.LittleEndian.Uint64(rest)
			// XOR with 2 swaps the quote with the space, so that one comparison
			// finds both the control characters and the quote.
			if hit := (((w ^ ones*2) - ones*0x21) | ((w ^ ones*'\\') - ones)) &^ w & tops; hit != 0 {
				n := bits.TrailingZeros64(hit)
				high |= w & (1<<n - 1)
				rest = rest[n/8:]
				goto found
			}
			high |= w
		}
		for len(rest) > 0 && rest[0] != '"' && rest[0] != '\\' && rest[0] >= ' ' {
			high |= uint64(rest[0])
			rest = rest[1:]
		}
		if len(rest) == 0 {
			return len(line), false, false
		}
	found:
		i = len(line) - len(rest)
		switch rest[0] {
		case '"':
			if high&tops != 0 && !odd {
				odd = !utf8.Valid(line[from:i])
			}
			return i, odd, true
		case '\\':
			odd = true
			if i+1 >= len(line) {
				return i + 1, false, false
			}
			switch line[i+1] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
				i += 2
			case 'u':
				for j := i + 2; j < i+6; j++ {
					if j >= len(line) || unhex(line[j]) < 0 {
						return j, false, false
					}
				}
				i += 6
			default:
				return i + 1, false, false
			}
		default: // a control character
			return i, false, false
		}
	}
}

// jsonNumber returns where the number at i ends, or goes wrong.
func jsonNumber(line []byte, i int) (end int, kind jsonKind, ok bool) {
	kind = jsonInt
	if line[i] == '-' {
		i++
	}
	if i >= len(line) || line[i]-'0' > 9 {
		return i, kind, false
	}
	if line[i] == '0' {
		i++
	} else {
		i = digits(line, i)
	}
	if i < len(line) && line[i] == '.' {
		kind = jsonFloat
		from := i + 1
		if i = digits(line, from); i == from {
			return i, kind, false
		}
	}
	if i < len(line) && line[i]|0x20 == 'e' {
		kind = jsonFloat
		if i++; i < len(line) && (line[i] == '+' || line[i] == '-') {
			i++
		}
		from := i
		if i = digits(line, from); i == from {
			return i, kind, false
		}
	}
	return i, kind, true
}

// digits returns the index of the first byte from i on that is no digit.
func digits(line []byte, i int) int {
	for i < len(line) && line[i]-'0' <= 9 {
		i++
	}
	return i
}

// jsonWord returns where true, false or null at i ends, or goes wrong.
func jsonWord(line []byte, i int) (end int, ok bool) {
	word := ""
	switch line[i] {
	case 't':
		word = "true"
	case 'f':
		word = "false"
	case 'n':
		word = "null"
	default:
		return i, false
	}
	for j := range len(word) {
		if i+j >= len(line) || line[i+j] != word[j] {
			return i + j, false
		}
	}
	return i + len(word), true
}

// unhex is the value of a hexadecimal digit, or -1.
func unhex(c byte) int {
	switch {
	case c-'0' <= 9:
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// unescapeJSON appends the value of a string's text, which jsonString has
// accepted, to dst. Lone surrogates and bytes that are no UTF-8 become U+FFFD,
// as encoding/json has it.
func unescapeJSON(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '\\' && text[i+1] == 'u':
			r := hexRune(text[i+2:])
			i += 6
			if utf16.IsSurrogate(r) {
				pair := rune(-1)
				if len(text)-i >= 6 && text[i] == '\\' && text[i+1] == 'u' {
					pair = hexRune(text[i+2:])
				}
				if r = utf16.DecodeRune(r, pair); r != utf8.RuneError {
					i += 6
				}
			}
			dst = utf8.AppendRune(dst, r)
		case c == '\\':
			dst = append(dst, unescaped(text[i+1]))
			i += 2
		case c < utf8.RuneSelf:
			dst = append(dst, c)
			i++
		default:
			r, n := utf8.DecodeRune(text[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
		}
	}
	return dst
}

func unescaped(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

func hexRune(b []byte) rune {
	return rune(unhex(b[0])<<12 | unhex(b[1])<<8 | unhex(b[2])<<4 | unhex(b[3]))
}
