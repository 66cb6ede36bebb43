package format

import (
	"bytes"

	"strconv"
)

// escapeFrom escapes dst[from:] in place.
func escapeFrom(dst []byte, from int) []byte {
	for _, c := range dst[from:] {
		if c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			return appendEscaped(dst[:from], bytes.Clone(dst[from:]))
		}
	}
	return dst
}

// appendGiven writes b, or "-" for nothing.
func appendGiven(dst, b []byte) []byte {
	if len(b) == 0 {
		return append(dst, '-')
	}
	return append(dst, b...)
}

// appendQuoted writes b between quotes, escaped; "-" for nothing.
func appendQuoted(dst, b []byte) []byte {
	dst = append(dst, '"')
	if len(b) == 0 {
		dst = append(dst, '-')
	}
	return append(appendEscaped(dst, b), '"')
}

func appendStatus(dst []byte, status int32) []byte {
	if status < 0 {
		return append(dst, '-')
	}
	if status < 100 {
		dst = append(dst, "00"[:2-min(1, status/10)]...)
	}
	return strconv.AppendInt(dst, int64(status), 10)
}

func appendCount(dst []byte, n int64) []byte {
	if n < 0 {
		return append(dst, '-')
	}
	return strconv.AppendInt(dst, n, 10)
}
