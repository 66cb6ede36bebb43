package sketch

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The first byte of every encoding says how to read the rest. A new layout gets
// a new number, and the old ones stay readable.
const (
	topV1       = 0x01
	quantilesV1 = 0x11
	distinctV1  = 0x21
)

var errTruncated = errors.New("the encoding ends early")

// decoder takes values off the front of src. After the first error it returns zeros.
type decoder struct {
	src []byte
	err error
}

func (d *decoder) uvarint() uint64 {
	if len(d.src) > 0 && d.src[0] < 0x80 { // most are
		v := uint64(d.src[0])
		d.src = d.src[1:]
		return v
	}
	v, n := binary.Uvarint(d.src)
	if n <= 0 {
		d.fail(errTruncated)
		return 0
	}
	d.src = d.src[n:]
	return v
}

// upTo is a uvarint that may not exceed most.
func (d *decoder) upTo(most uint64, what string) uint64 {
	v := d.uvarint()
	if v > most {
		d.fail(fmt.Errorf("%s is %d, more than %d", what, v, most))
		return 0
	}
	return v
}

func (d *decoder) bytes(n uint64) []byte {
	if n > uint64(len(d.src)) {
		d.fail(errTruncated)
		return nil
	}
	b := d.src[:n]
	d.src = d.src[n:]
	return b
}

func (d *decoder) version(want byte, what string) {
	if b := d.bytes(1); b != nil && b[0] != want {
		d.fail(fmt.Errorf("not a %s of a known version: first byte %#02x", what, b[0]))
	}
}

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
	d.src = nil
}

// plus adds and stays at the largest value instead of wrapping.
func plus(a, b uint64) uint64 {
	if s := a + b; s >= a {
		return s
	}
	return ^uint64(0)
}
