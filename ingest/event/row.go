package event

import "encoding/binary"

// Row is what counting needs of an Event, beside its keys.
type Row struct {
	Time     int64 // nanoseconds since the Unix epoch
	Duration int64 // nanoseconds, or Unknown
	Bytes    int64 // body bytes, or Unknown
	Kind     Kind
	Class    uint8 // of the status, as Event.Class
	Flags    Flags
}

// Rows are the rows of a batch, and beside them the hashes of the keys, by dimension: what
// counts one dimension goes through its hashes, and the events, which are large, stay in
// the cache of the core that parsed them.
type Rows struct {
	rows    []Row
	tiles   []tile
	skip    int // rows that the first tile begins with and that are not these
	clients []clientText
	paths   []pathText
	n       int
	first   [MaxDimensions]uint64 // the hashes of the first row
	mixed   uint32                // dimensions in which any row differs from the first, a bit each
	holes   uint32                // dimensions of which any event has no key
	sealed  int                   // rows that mixed takes into account
}

// tileRows is how many rows have their hashes together: few enough that a dimension is near
// the next, for what writes a row, and many enough for what reads a dimension.
const tileRows = 64

// tile is the hashes of tileRows rows, one dimension after the other.
type tile [MaxDimensions * tileRows]uint64

// Hashes are where those of a row are to be written.
type Hashes struct {
	tile *tile
	row  uint
}

// Set sets the hash of the key in dimension d, 0 for none.
func (h Hashes) Set(d int, hash uint64) { h.tile[uint(d)%MaxDimensions*tileRows+h.row%tileRows] = hash }

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
	tiles := (n + tileRows - 1) / tileRows
	r.tiles = append(make([]tile, 0, tiles), r.tiles...)[:tiles]
}

// Row returns row i itself.
func (r *Rows) Row(i int) *Row { return &r.rows[i] }

// Hashes are those of row i. All of them have to be set.
func (r *Rows) Hashes(i int) Hashes { return Hashes{&r.tiles[uint(i)/tileRows], uint(i)} }

// Lack notes dimensions, a bit each, in which a row has no key.
func (r *Rows) Lack(dims uint32) { r.holes |= dims }

// Seal takes note of the dimensions in which rows differ. Who has added rows calls it: there
// they are in the cache.
func (r *Rows) Seal() {
	if r.sealed == 0 && r.n > 0 {
		for d := range r.first {
			r.first[d] = r.tiles[0][d*tileRows]
		}
	}
	for ; r.sealed < r.n; r.sealed = min(r.n, r.sealed/tileRows*tileRows+tileRows) {
		t := &r.tiles[r.sealed/tileRows]
		for d, first := range r.first {
			if r.mixed>>d&1 == 0 && !all(t[d*tileRows:][:min(tileRows, r.n-r.sealed/tileRows*tileRows)], first) {
				r.mixed |= 1 << d
			}
		}
	}
}

// all tells whether all hashes are one.
func all(hashes []uint64, one uint64) bool {
	for _, hash := range hashes {
		if hash != one {
			return false
		}
	}
	return true
}

// Same is the hash that all rows, sealed, have in dimension d, 0 where none has a key. It
// is false where they differ.
func (r *Rows) Same(d int) (hash uint64, same bool) {
	if r.n == 0 {
		return 0, true
	}
	return r.first[d], r.mixed>>d&1 == 0
}

// Column is the hashes in dimension d, whose rows differ, from row i on: of some rows, one at least.
func (r *Rows) Column(d, i int) []uint64 {
	from := r.skip + i
	at := d*tileRows + from%tileRows
	return r.tiles[from/tileRows][at : at+min(tileRows-from%tileRows, r.n-i)]
}

// Holes tells whether some rows have no key in dimension d.
func (r *Rows) Holes(d int) bool { return r.holes>>d&1 != 0 }

// SetTexts keeps the client and the path of row i where there is room.
func (r *Rows) SetTexts(i int, client, path []byte) {
	c, p := &r.clients[i], &r.paths[i]
	c.n, p.n = keep(c.text[:], client), keep(p.text[:], path)
}

// keep copies a text to where there is room for 32 bytes at least, and returns how long
// it is, 0 where there is none for it. It does by itself what a call of copy takes longer for.
func keep(room, text []byte) uint8 {
	n := len(text)
	switch {
	case n > len(room):
		return 0
	case n < 8 || n > 32:
		return uint8(copy(room, text))
	case n > 16:
		binary.LittleEndian.PutUint64(room[8:], binary.LittleEndian.Uint64(text[8:]))
		binary.LittleEndian.PutUint64(room[n-16:], binary.LittleEndian.Uint64(text[n-16:]))
	}
	binary.LittleEndian.PutUint64(room, binary.LittleEndian.Uint64(text))
	binary.LittleEndian.PutUint64(room[n-8:], binary.LittleEndian.Uint64(text[n-8:]))
	return uint8(n)
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
	r.Seal()
	p := *r
	p.sealed = to - from
	p.rows, p.clients, p.paths, p.n = r.rows[from:to], r.clients[from:to], r.paths[from:to], to-from
	p.tiles, p.skip = r.tiles[(r.skip+from)/tileRows:], (r.skip+from)%tileRows
	return p
}

// Clear empties r and keeps its memory.
func (r *Rows) Clear() { r.n, r.mixed, r.holes, r.sealed = 0, 0, 0, 0 }
