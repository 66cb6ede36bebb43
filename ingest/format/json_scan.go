package format

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
	csvOdd              // a cell with quotes that stand twice
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
