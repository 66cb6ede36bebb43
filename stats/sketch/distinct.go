package sketch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"
)

const (
	// exactly is how many distinct values are kept as they are. Their table then
	// is as large as the registers that follow it.
	exactly = 1536

	finePrecision   = 14 // 16 KiB of registers, standard error 0.6 %
	coarsePrecision = 12 // 4 KiB of registers, standard error 1.2 %
)

// Distinct tells how many distinct values were added: exactly up to 1536, after
// that with a standard error of 0.6 %, so that 2 % is more than three of them
// away (UltraLogLog; Ertl, VLDB 2024). It holds at most 16 KiB, and 8 to 16
// bytes a value while it is exact. The zero value is ready. Merging parts gives
// what one Distinct of everything would hold.
type Distinct struct {
	set    []uint64 // exact: open addressing over a power of two, 0 is free; or, packed, just the values, ascending
	n      int      // values in set
	packed bool
	regs   registers // nil while exact
	spare  registers // left by Reset
}

// Add adds a value by its Stable hash.
func (d *Distinct) Add(stable uint64) {
	if d.regs != nil {
		d.regs.add(stable)
		return
	}
	if d.packed || len(d.set) == 0 {
		d.grow()
	}
	stable = max(stable, 1) // 0 marks a free place
	at, known := d.find(stable)
	switch {
	case known:
		return
	case d.n == exactly:
		d.estimate(finePrecision)
		d.regs.add(stable)
		return
	case 4*(d.n+1) > 3*len(d.set):
		d.grow()
		at, _ = d.find(stable)
	}
	d.set[at] = stable
	d.n++
}

// find returns where in set a value is, or would be.
func (d *Distinct) find(v uint64) (at uint64, known bool) {
	mask := uint64(len(d.set) - 1)
	at = v & mask
	for d.set[at] != 0 && d.set[at] != v {
		at = (at + 1) & mask
	}
	return at, d.set[at] == v
}

// grow makes a table with room for one more value.
func (d *Distinct) grow() {
	size := 8
	for 4*(d.n+1) > 3*size {
		size *= 2
	}
	old := d.set
	d.set, d.packed = make([]uint64, size), false
	for _, v := range old {
		if v != 0 {
			at, _ := d.find(v)
			d.set[at] = v
		}
	}
}

// estimate gives up the values for registers.
func (d *Distinct) estimate(precision int) {
	regs := d.spare
	if len(regs) != 1<<precision {
		regs = make(registers, 1<<precision)
	}
	clear(regs)
	for _, v := range d.set {
		if v != 0 {
			regs.add(v)
		}
	}
	*d = Distinct{regs: regs}
}

// Merge adds the values that o has seen; o is unchanged. Where one of the two
// was made coarse by Compact the result is coarse.
func (d *Distinct) Merge(o *Distinct) {
	if o.regs == nil {
		for _, v := range o.set {
			if v != 0 {
				d.Add(v)
			}
		}
		return
	}
	precision := o.regs.precision()
	if d.regs == nil {
		d.estimate(precision)
	}
	precision = min(precision, d.regs.precision())
	d.regs = d.regs.fold(precision)
	d.regs.merge(o.regs.fold(precision))
}

// Reset empties d and keeps its memory.
func (d *Distinct) Reset() {
	set, spare := d.set, d.spare
	if d.packed {
		set = nil
	}
	if d.regs != nil {
		spare = d.regs
	}
	clear(set)
	*d = Distinct{set: set, spare: spare}
}

// Compact shrinks d for the archive: nothing is lost while it is exact; after
// that the standard error becomes 1.2 %, in a quarter of the memory.
func (d *Distinct) Compact() {
	switch {
	case d.regs != nil:
		*d = Distinct{regs: d.regs.fold(coarsePrecision)}
	case !d.packed:
		*d = Distinct{set: d.values(), n: d.n, packed: d.n > 0}
	}
}

// values returns the values of the exact form, ascending.
func (d *Distinct) values() []uint64 {
	all := make([]uint64, 0, d.n)
	for _, v := range d.set {
		if v != 0 {
			all = append(all, v)
		}
	}
	slices.Sort(all)
	return all
}

// Exact tells whether Count is the true number.
func (d *Distinct) Exact() bool { return d.regs == nil }

// Count returns the number of distinct values added.
func (d *Distinct) Count() uint64 {
	if d.regs == nil {
		return uint64(d.n)
	}
	return d.regs.count()
}

// Error returns the standard error of Count, relative: 0 while it is exact.
func (d *Distinct) Error() float64 {
	switch {
	case d.regs == nil:
		return 0
	case d.regs.precision() >= finePrecision:
		return 0.006
	}
	return 0.012
}

// Size returns about how many bytes d holds.
func (d *Distinct) Size() int { return 96 + 8*cap(d.set) + cap(d.regs) + cap(d.spare) }

// Append appends the encoding of d to dst.
func (d *Distinct) Append(dst []byte) []byte {
	dst = append(dst, distinctV1)
	if d.regs != nil {
		dst = append(dst, byte(d.regs.precision()))
		return d.regs.append(dst)
	}
	dst = append(dst, 0)
	dst = binary.AppendUvarint(dst, uint64(d.n))
	before := uint64(0)
	for _, v := range d.values() {
		dst = binary.AppendUvarint(dst, v-before)
		before = v
	}
	return dst
}

// Decode replaces d by the encoding at the start of src and returns what follows
// it. On an error d is unchanged.
func (d *Distinct) Decode(src []byte) (rest []byte, err error) {
	in := decoder{src: src}
	in.version(distinctV1, "distinct count")
	var n Distinct
	switch p := in.uvarint(); p {
	case 0:
		n = decodeValues(&in)
	case coarsePrecision, finePrecision:
		n.regs = decodeRegisters(&in, int(p))
	default:
		in.fail(fmt.Errorf("precision %d", p))
	}
	if in.err != nil {
		return nil, fmt.Errorf("decode distinct count: %w", in.err)
	}
	*d = n
	return in.src, nil
}

func decodeValues(in *decoder) Distinct {
	n := in.upTo(min(exactly, uint64(len(in.src))), "number of values")
	set := make([]uint64, 0, n)
	before := uint64(0)
	for range n {
		step := in.uvarint()
		v := before + step
		if in.err == nil && (step == 0 || v < before) {
			in.fail(errors.New("values out of order"))
		}
		if in.err != nil {
			return Distinct{}
		}
		set = append(set, v)
		before = v
	}
	return Distinct{set: set, n: len(set), packed: len(set) > 0}
}

// append appends the registers as runs: how many zeros, then how many others, and those.
func (r registers) append(dst []byte) []byte {
	for at := 0; at < len(r); {
		start := at
		for at < len(r) && r[at] == 0 {
			at++
		}
		dst = binary.AppendUvarint(dst, uint64(at-start))
		start = at
		for at < len(r) && (r[at] != 0 || at+1 < len(r) && r[at+1] != 0) { // a lone zero is not worth a run
			at++
		}
		dst = binary.AppendUvarint(dst, uint64(at-start))
		dst = append(dst, r[start:at]...)
	}
	return dst
}

func decodeRegisters(in *decoder, precision int) registers {
	r := make(registers, 1<<precision)
	most := byte((64-precision+1)<<2 | 3)
	for at, first := 0, true; at < len(r) && in.err == nil; first = false {
		zeros := in.upTo(uint64(len(r)-at), "number of zeros")
		at += int(zeros)
		set := in.upTo(uint64(len(r)-at), "number of registers")
		if in.err == nil && zeros == 0 && set == 0 || !first && zeros == 0 {
			in.fail(errors.New("an empty run"))
		}
		for _, b := range in.bytes(set) {
			if b > most || b != pack(unpack(b)&^1) {
				in.fail(fmt.Errorf("register %d holds %d", at, b))
				return nil
			}
			r[at] = b
			at++
		}
	}
	return r
}

func log2(n int) int { return bits.Len(uint(n)) - 1 }
