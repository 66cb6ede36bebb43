package format

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

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
