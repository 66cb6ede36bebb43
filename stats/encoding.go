package stats

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"weir/stats/sketch"
)

// The first byte of every encoding says how to read the rest, as in sketch. A
// new layout gets a new number, and the old ones stay readable.
const summaryV1 = 0x31

// maxCount is the most of anything that an encoding may claim, so that sums of
// what was decoded never wrap.
const maxCount = 1 << 56

// Append appends the encoding of s to dst: version 1, the slice and the totals
// as varints, the sketches of durations and clients, then each ranking behind
// the name of its dimension. Equal contents are equal bytes.
func (s *Summary) Append(dst []byte) []byte {
	dst = append(dst, summaryV1)
	dst = binary.AppendVarint(dst, s.From)
	dst = binary.AppendVarint(dst, s.To)
	dst = binary.AppendUvarint(dst, uint64(s.capacity))
	dst = s.appendTotals(dst)
	dst = s.Durations.Append(dst)
	dst = s.Clients.Append(dst)
	ranked := 0
	for _, top := range s.tops {
		if top != nil && top.Total() > 0 {
			ranked++
		}
	}
	dst = binary.AppendUvarint(dst, uint64(ranked))
	for d, top := range s.tops {
		if top == nil || top.Total() == 0 {
			continue
		}
		name := Dimensions[d].Name
		dst = binary.AppendUvarint(dst, uint64(len(name)))
		dst = append(dst, name...)
		dst = top.Append(dst)
	}
	return dst
}

// appendTotals appends what is counted without any key. The hits and the
// messages follow from their parts.
func (s *Summary) appendTotals(dst []byte) []byte {
	for _, n := range s.Classes {
		dst = binary.AppendUvarint(dst, n)
	}
	for _, n := range s.Severities {
		dst = binary.AppendUvarint(dst, n)
	}
	for _, n := range [...]uint64{s.Bytes, s.Sized, s.Suspicious} {
		dst = binary.AppendUvarint(dst, n)
	}
	return dst
}

// DecodeSummary reads what Append wrote, in any version. Whatever src holds, the
// Summary holds a few times as many bytes at most. A ranking of a dimension that
// is not known here is left out. An error names what is wrong with src.
func DecodeSummary(src []byte) (*Summary, error) {
	d := decoder{src: src}
	d.version(summaryV1, "summary")
	s := d.summary()
	if d.err == nil && len(d.src) > 0 {
		d.fail(fmt.Errorf("%d bytes follow it", len(d.src)))
	}
	if d.err != nil {
		return nil, fmt.Errorf("decode summary: %w", d.err)
	}
	return s, nil
}

// decoder takes values off the front of src. After the first error it returns zeros.
type decoder struct {
	src []byte
	err error
}

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
	d.src = nil
}

var errTruncated = errors.New("the encoding ends early")

func (d *decoder) version(want byte, what string) {
	if b := d.bytes(1); b != nil && b[0] != want {
		d.fail(fmt.Errorf("not a %s of a known version: first byte %#02x", what, b[0]))
	}
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

// upTo is a uvarint that may not exceed most.
func (d *decoder) upTo(most uint64, what string) uint64 {
	v, n := binary.Uvarint(d.src)
	if n <= 0 {
		d.fail(errTruncated)
		return 0
	}
	d.src = d.src[n:]
	if v > most {
		d.fail(fmt.Errorf("%s is %d, more than %d", what, v, most))
		return 0
	}
	return v
}

// second is a varint that can be added to others.
func (d *decoder) second() int64 {
	v, n := binary.Varint(d.src)
	switch {
	case n <= 0:
		d.fail(errTruncated)
	case v < math.MinInt64/4 || v > math.MaxInt64/4:
		d.fail(fmt.Errorf("second %d is beyond all time", v))
	default:
		d.src = d.src[n:]
		return v
	}
	return 0
}

// sketch decodes one sketch.
func (d *decoder) sketch(decode func(src []byte) (rest []byte, err error)) {
	if d.err != nil {
		return
	}
	rest, err := decode(d.src)
	if err != nil {
		d.fail(err)
		return
	}
	d.src = rest
}

func (d *decoder) summary() *Summary {
	s := &Summary{From: d.second(), To: d.second()}
	if s.To < s.From {
		d.fail(errors.New("the slice ends before it begins"))
	}
	s.capacity = max(int(d.upTo(math.MaxInt32, "capacity")), 1)
	d.totals(s)
	d.sketch(s.Durations.Decode)
	d.sketch(s.Clients.Decode)
	if s.Durations.Count() > s.Hits || s.Clients.Exact() && s.Clients.Count() > s.Hits {
		d.fail(errors.New("more durations or clients than requests"))
	}
	for range d.upTo(uint64(len(d.src)), "number of rankings") {
		d.ranking(s, string(d.bytes(d.upTo(uint64(len(d.src)), "length of a name"))))
	}
	return s
}

func (d *decoder) totals(s *Summary) {
	for i := range s.Classes {
		s.Classes[i] = d.upTo(maxCount, "requests of a class")
		s.Hits += s.Classes[i]
	}
	for i := range s.Severities {
		s.Severities[i] = d.upTo(maxCount, "messages of a severity")
		s.Messages += s.Severities[i]
	}
	s.Bytes = d.upTo(math.MaxUint64, "bytes")
	s.Sized = d.upTo(s.Hits, "requests that say how many bytes")
	s.Suspicious = d.upTo(s.Hits, "suspicious requests")
}

// ranking decodes the ranking of the dimension of that name into s.
func (d *decoder) ranking(s *Summary, name string) {
	dim, known := Find(name)
	if !known {
		d.sketch(new(sketch.Top).Decode)
		return
	}
	if s.tops[dim] != nil {
		d.fail(fmt.Errorf("two rankings by %s", name))
		return
	}
	top := sketch.NewTop(s.capacity, Dimensions[dim].Durations)
	d.sketch(top.Decode)
	if top.Total() > s.Hits {
		d.fail(fmt.Errorf("more hits by %s than requests", name))
	}
	s.tops[dim] = top
}
