package ingest

import (
	"errors"
	"io"
	"strings"
)

// utf8Mark is the byte order mark that some editors and servers begin a file
// with. It says nothing in UTF-8 and belongs to no field.
const utf8Mark = "\xef\xbb\xbf"

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
