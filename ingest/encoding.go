package ingest

import (
	"bytes"
	"errors"
	"io"
	"strings"
)

// utf8Mark is the byte order mark that some editors and servers begin a file
// with. It says nothing in UTF-8 and belongs to no field.
const utf8Mark = "\xef\xbb\xbf"

// unmarked is a line without the byte order mark that stands at the start of every
// file that was joined to this one.
func unmarked(line []byte) []byte {
	if len(line) > 0 && line[0] == utf8Mark[0] {
		line = bytes.TrimPrefix(line, []byte(utf8Mark))
	}
	return line
}

// content is a line as a parser gets it: without its end and without a mark.
func content(line []byte) []byte {
	return unmarked(bytes.TrimSuffix(bytes.TrimSuffix(line, []byte{'\n'}), []byte{'\r'}))
}

var (
	errUTF16 = errors.New("the text is UTF-16: convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)")
	errCR    = errors.New("the lines end in carriage returns alone: convert them (tr '\\r' '\\n')")
)

// isUTF16 reports whether head, the beginning of a text, is UTF-16: it has the byte order
// mark, or every other byte is NUL and no other one.
func isUTF16(head []byte) bool {
	if strings.HasPrefix(string(head), "\xff\xfe") || strings.HasPrefix(string(head), "\xfe\xff") {
		return true
	}
	const enough = 16
	if len(head) < enough {
		return false
	}
	wide := [2]bool{true, true} // the even bytes are NUL, the odd ones
	for i, c := range head[:enough] {
		wide[i%2] = wide[i%2] && c == 0
		wide[1-i%2] = wide[1-i%2] && c != 0
	}
	return wide[0] || wide[1]
}

// fewReturns are not enough carriage returns to say that lines end so.
const fewReturns = 3

// readable returns why the text in in cannot be read as lines, if so.
func readable(in io.ReaderAt) error {
	head := make([]byte, spanHead)
	n, _ := in.ReadAt(head, 0)
	switch head = head[:n]; {
	case isUTF16(head):
		return errUTF16
	case codecOf(head) == plain && bytes.IndexByte(head, '\n') < 0 && bytes.Count(head, []byte{'\r'}) >= fewReturns:
		return errCR
	}
	return nil
}
