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

var errUTF16 = errors.New("the text is UTF-16: convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)")

// isUTF16 reports whether head, the beginning of a text, has the byte order mark of UTF-16.
func isUTF16(head []byte) bool {
	return strings.HasPrefix(string(head), "\xff\xfe") || strings.HasPrefix(string(head), "\xfe\xff")
}

// readable returns why the text in in cannot be read as lines, if so.
func readable(in io.ReaderAt) error {
	var head [2]byte
	if n, _ := in.ReadAt(head[:], 0); isUTF16(head[:n]) {
		return errUTF16
	}
	return nil
}
