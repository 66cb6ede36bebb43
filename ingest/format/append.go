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

// appendLapse writes a duration in seconds, with at least three digits behind
// the point; "-" for none.
func appendLapse(dst []byte, ns int64) []byte {
	if ns < 0 {
		return append(dst, '-')
	}
	dst = strconv.AppendInt(dst, ns/1e9, 10)
	dst = append(dst, '.')
	part := ns % 1e9
	for scale, n := int64(1e8), 0; part > 0 || n < 3; scale, n = scale/10, n+1 {
		dst = append(dst, byte('0'+part/scale))
		part %= scale
	}
	return dst
}

// number is a small number in decimal.
func number(n int) string { return strconv.Itoa(n) }
