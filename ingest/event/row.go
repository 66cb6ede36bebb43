package event

// Row is what counting needs of an Event, beside its keys.
type Row struct {
	Time     int64 // nanoseconds since the Unix epoch
	Duration int64 // nanoseconds, or Unknown
	Bytes    int64 // body bytes, or Unknown
	Kind     Kind
	Class    uint8 // of the status, as Event.Class
	Flags    Flags
}

// Rows are the rows of a batch, and beside them the hashes of the keys, a column for
// each dimension in which they differ: what counts one dimension goes through one column, and the
// events, which are large, stay in the cache of the core that parsed them.
type Rows struct {
	rows    []Row
	columns [MaxDimensions][]uint64
	clients []clientText
	paths   []pathText
	n       int
	first   [MaxDimensions]uint64 // the hashes of the first row
	mixed   uint32                // dimensions in which any row differs from the first, a bit each: the columns of others are not written
	holes   uint32                // dimensions of which any event has none
}

// clientText is the Client of an Event: a key that is so often a new one that its text is
// asked for again and again, when the Event is in another core's cache.
type clientText struct {
	text [39]byte // as eight groups of an IPv6 address
	n    uint8    // bytes of it, 0 where it has no room
}

// pathText is the Path likewise, in one cache line.
type pathText struct {
	text [63]byte
	n    uint8
}

// Len is how many rows there are.
func (r *Rows) Len() int { return r.n }

// All are the rows.
func (r *Rows) All() []Row { return r.rows[:r.n] }

// Next appends a row and returns its index. Until it is set it holds what was there before.
func (r *Rows) Next() int {
	if r.n == len(r.rows) {
		r.Reserve(max(2*r.n, 16))
	}
	r.n++
	return r.n - 1
}

// Reserve makes room for n rows.
func (r *Rows) Reserve(n int) {
	if n <= len(r.rows) {
		return
	}
	r.rows = append(make([]Row, 0, n), r.rows...)[:n]
	r.clients = append(make([]clientText, 0, n), r.clients...)[:n]
	r.paths = append(make([]pathText, 0, n), r.paths...)[:n]
	const line = 8 // words of a cache line
	stride := (n + line - 1) / line * line
	if stride/line%2 == 0 { // an odd number of lines apart, the columns don't contend for the same places in a cache
		stride += line
	}
	all := make([]uint64, MaxDimensions*stride)
	for d := range r.columns {
		copy(all[d*stride:], r.columns[d])
		r.columns[d] = all[d*stride:][:n:n]
	}
}

// Row returns row i itself.
func (r *Rows) Row(i int) *Row { return &r.rows[i] }

// SetHashes sets the hashes of the keys that the newest row, i, has in every
// dimension, 0 for none.
func (r *Rows) SetHashes(i int, hashes *[MaxDimensions]uint64) {
	if i == 0 {
		r.first = *hashes
	}
	mixed, holes := r.mixed, uint32(0)
	for d, hash := range hashes {
		if hash == 0 {
			holes |= 1 << d
		}
		if mixed>>d&1 == 0 {
			if hash == r.first[d] {
				continue
			}
			r.mix(i, d)
		}
		r.columns[d][i] = hash
	}
	r.holes |= holes
}

// mix begins the column of a dimension in which the rows before i are all the same.
func (r *Rows) mix(i, d int) {
	column, first := r.columns[d][:i], r.first[d]
	for j := range column {
		column[j] = first
	}
	r.mixed |= 1 << d
}

// Same is the hash that all rows have in dimension d, 0 where none has a key. It is
// false where they differ.
func (r *Rows) Same(d int) (hash uint64, same bool) {
	if r.n == 0 {
		return 0, true
	}
	return r.first[d], r.mixed>>d&1 == 0
}

// Hashes is the column of dimension d, whose rows differ, and whether some have no key.
func (r *Rows) Hashes(d int) (hashes []uint64, holes bool) {
	return r.columns[d][:r.n], r.holes>>d&1 != 0
}

// SetTexts keeps the client and the path of row i where there is room.
func (r *Rows) SetTexts(i int, client, path []byte) {
	c, p := &r.clients[i], &r.paths[i]
	if c.n = 0; len(client) <= len(c.text) {
		c.n = uint8(copy(c.text[:], client))
	}
	if p.n = 0; len(path) <= len(p.text) {
		p.n = uint8(copy(p.text[:], path))
	}
}

// Client is the client of e, whose row is i.
func (r *Rows) Client(i int, e *Event) []byte {
	if c := &r.clients[i]; c.n > 0 {
		return c.text[:c.n]
	}
	return e.Client
}

// Path is the path of e, whose row is i.
func (r *Rows) Path(i int, e *Event) []byte {
	if p := &r.paths[i]; p.n > 0 {
		return p.text[:p.n]
	}
	return e.Path
}

// Part is the rows from one to another, in the memory of r.
func (r *Rows) Part(from, to int) Rows {
	p := Rows{rows: r.rows[from:to], clients: r.clients[from:to], paths: r.paths[from:to], n: to - from, first: r.first, mixed: r.mixed, holes: r.holes}
	for d := range r.columns {
		p.columns[d] = r.columns[d][from:to]
	}
	return p
}

// Clear empties r and keeps its memory.
func (r *Rows) Clear() { r.n, r.mixed, r.holes = 0, 0, 0 }
