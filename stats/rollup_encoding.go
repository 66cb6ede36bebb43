package stats

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

const rollupV1 = 0x41

// minute is a Counter of a minute and its requests by the second.
type minute struct {
	Counter
	seconds [60]uint32
}

// packed is a minute's encoding.
type packed struct {
	at   int64
	data []byte
}

// Append appends the encoding of r to dst: at most a 1200th of the bytes of
// its lines, or 32 KiB, and besides 60 to 120 bytes for a busy minute. To get
// there it forgets the lightest keys of its slices. It appends nothing for a file
// with lines in more than 50,000 minutes.
func (r *Rollup) Append(dst []byte) []byte {
	r.settle()
	if len(r.minutes) > mostMinutes {
		return dst
	}
	dst = append(dst, rollupV1)
	dst = binary.AppendVarint(dst, r.first)
	dst = binary.AppendUvarint(dst, uint64(r.last-r.first))
	dst = binary.AppendUvarint(dst, uint64(len(r.minutes)))
	before := align(r.first, 60)
	for _, m := range r.minutes {
		dst = binary.AppendUvarint(dst, uint64(m.at-before)/60)
		dst = binary.AppendUvarint(dst, uint64(len(m.data)))
		dst = append(dst, m.data...)
		before = m.at
	}
	slices := r.appendSlices(nil)
	for keep := mostKept; len(slices) > r.bound() && keep > leastKept; {
		keep -= keep / 4
		r.stray.Compact(keep)
		for _, s := range r.slices {
			s.Compact(keep)
			s.Clients.Compact()
		}
		slices = r.appendSlices(slices[:0])
	}
	return append(dst, slices...)
}

// appendSlices appends the stray events and the slices, each behind its length.
func (r *Rollup) appendSlices(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(r.slices)))
	var one []byte
	for i := -1; i < len(r.slices); i++ {
		s := r.stray
		if i >= 0 {
			s = r.slices[i]
		}
		one = s.Append(one[:0])
		dst = binary.AppendUvarint(dst, uint64(len(one)))
		dst = append(dst, one...)
	}
	return dst
}

// DecodeRollup reads what Append wrote, in any version. Whatever src holds, the
// Rollup holds a few times as many bytes at most. It is only to be read, and to
// be restored; its AddAll must not be called.
func DecodeRollup(src []byte) (*Rollup, error) {
	d := decoder{src: src}
	d.version(rollupV1, "rollup")
	r := &Rollup{started: true, first: d.second()}
	r.last = r.first + int64(d.upTo(math.MaxInt64/4, "length of time"))
	at := align(r.first, 60)
	for i := range d.upTo(min(mostMinutes, uint64(len(d.src))), "number of minutes") {
		step := int64(d.upTo(math.MaxInt32, "time to the next minute"))
		at += 60 * step
		data := d.bytes(d.upTo(uint64(len(d.src)), "length of a minute"))
		m := minute{Counter: Counter{At: at}}
		one := decoder{src: data}
		one.minute(&m)
		switch {
		case d.err != nil:
		case one.err != nil:
			d.fail(one.err)
		case len(one.src) > 0 || m.Hits == 0 || i > 0 && step == 0 || at > r.last:
			d.fail(errors.New("a minute is not what it should be"))
		}
		if d.err != nil {
			break
		}
		r.minutes = append(r.minutes, packed{at, bytes.Clone(data)}) // src need not be kept
	}
	n := d.upTo(min(mostSlices, uint64(len(d.src))), "number of slices")
	r.stray = d.part()
	for range n {
		s := d.part()
		if k := len(r.slices); d.err == nil && (s.From >= s.To || k > 0 && s.From < r.slices[k-1].To) {
			d.fail(errors.New("slices out of order"))
		}
		if d.err != nil {
			break
		}
		r.slices = append(r.slices, s)
	}
	r.started = len(r.slices) > 0
	if d.err == nil && len(d.src) > 0 {
		d.fail(fmt.Errorf("%d bytes follow it", len(d.src)))
	}
	if d.err != nil {
		return nil, fmt.Errorf("decode rollup: %w", d.err)
	}
	return r, nil
}

// part is a Summary behind its length.
func (d *decoder) part() *Summary {
	data := d.bytes(d.upTo(uint64(len(d.src)), "length of a slice"))
	if d.err != nil {
		return nil
	}
	s, err := DecodeSummary(data)
	if err != nil {
		d.fail(err)
	}
	return s
}

// append appends the encoding of m, without its time: the bytes, the requests by
// class and by latency, each behind the set of those there are, then those by
// the second: their number and for each how many seconds it is after the one before.
func (m *minute) append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, m.Bytes)
	dst = appendSparse(dst, m.Classes[:])
	dst = appendSparse(dst, m.Latency[:])
	n := 0
	for _, hits := range m.seconds {
		if hits > 0 {
			n++
		}
	}
	dst = binary.AppendUvarint(dst, uint64(n))
	next := 0
	for i, hits := range m.seconds {
		if n > len(m.seconds)/2 { // all of them one after the other is shorter
			dst = binary.AppendUvarint(dst, uint64(hits))
		} else if hits > 0 {
			dst = append(dst, byte(i-next))
			dst = binary.AppendUvarint(dst, uint64(hits))
			next = i + 1
		}
	}
	return dst
}

func appendSparse(dst []byte, all []uint32) []byte {
	set := uint64(0)
	for i, n := range all {
		if n > 0 {
			set |= 1 << i
		}
	}
	dst = binary.AppendUvarint(dst, set)
	for _, n := range all {
		if n > 0 {
			dst = binary.AppendUvarint(dst, uint64(n))
		}
	}
	return dst
}

func (d *decoder) minute(m *minute) {
	m.Bytes = d.upTo(math.MaxUint64, "bytes")
	m.Hits = d.sparse(m.Classes[:])
	if d.sparse(m.Latency[:]) > m.Hits {
		d.fail(errors.New("more latencies than requests"))
	}
	sum, next := uint64(0), 0
	n := int(d.upTo(uint64(len(m.seconds)), "number of seconds"))
	for i := range m.seconds {
		if n > len(m.seconds)/2 {
			m.seconds[i] = uint32(d.upTo(math.MaxUint32, "requests of a second"))
			sum += uint64(m.seconds[i])
			continue
		}
		if i >= n {
			break
		}
		next += int(d.upTo(uint64(len(m.seconds)-1-next), "second"))
		m.seconds[next] = uint32(d.upTo(math.MaxUint32, "requests of a second"))
		sum += uint64(m.seconds[next])
		if next++; next == len(m.seconds) && i+1 < n {
			d.fail(errors.New("a minute of more than 60 seconds"))
			return
		}
	}
	if sum != m.Hits {
		d.fail(fmt.Errorf("the seconds of a minute have %d requests, it has %d", sum, m.Hits))
	}
}

// sparse reads what appendSparse wrote and returns its sum.
func (d *decoder) sparse(all []uint32) (sum uint64) {
	set := d.upTo(1<<len(all)-1, "set of counts")
	for i := range all {
		if set>>i&1 != 0 {
			all[i] = uint32(d.upTo(math.MaxUint32, "count"))
			sum += uint64(all[i])
		}
	}
	return sum
}

// read decodes a minute that is known to be good.
func (p *packed) read(m *minute) {
	*m = minute{Counter: Counter{At: p.at}}
	d := decoder{src: p.data}
	d.minute(m)
}
