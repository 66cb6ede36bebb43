package ingest

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// codec is how a file is compressed.
type codec int

const (
	plain codec = iota
	gzipped
	zstandard
	bzipped
	xzipped
)

var magics = map[codec][]byte{
	gzipped:   {0x1f, 0x8b, 8},
	zstandard: {0x28, 0xb5, 0x2f, 0xfd},
	bzipped:   []byte("BZh"),
	xzipped:   {0xfd, '7', 'z', 'X', 'Z', 0},
}

// codecOf tells by the first bytes how a file is compressed. No log line begins
// like that.
func codecOf(head []byte) codec {
	for c, magic := range magics {
		if bytes.HasPrefix(head, magic) && (c != bzipped || len(head) > 9 && bytes.HasPrefix(head[4:], []byte("1AY&SY"))) {
			return c
		}
	}
	return plain
}

// maxDictionary is how much memory a compressed file may ask for.
const maxDictionary = 128 << 20

// decoder returns what in holds when it is decoded.
func decoder(in io.Reader, c codec) (io.ReadCloser, error) {
	buffered := bufio.NewReaderSize(in, 64<<10)
	switch c {
	case gzipped:
		return gzip.NewReader(buffered)
	case zstandard:
		z, err := zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxDictionary))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	case bzipped:
		return io.NopCloser(bzip2.NewReader(buffered)), nil
	case xzipped:
		if err := checkDictionary(buffered); err != nil {
			return nil, err
		}
		x, err := xz.NewReader(buffered)
		if err != nil {
			return nil, err
		}
		return io.NopCloser(x), nil
	}
	return io.NopCloser(buffered), nil
}

// checkDictionary refuses an xz file whose first block asks for too much
// memory: the decoder takes what the file says (xz file format, 3.1 and 5.3.1).
func checkDictionary(in *bufio.Reader) error {
	head, _ := in.Peek(24)
	if len(head) < 18 {
		return nil // the decoder will say so
	}
	filter := 14
	for flag := byte(0x40); flag != 0; flag <<= 1 { // the sizes that may stand before the filter
		if head[13]&flag == 0 {
			continue
		}
		for filter < len(head) && head[filter]&0x80 != 0 {
			filter++
		}
		filter++
	}
	if filter+2 >= len(head) || head[filter] != 0x21 {
		return nil
	}
	if bits := head[filter+2] & 0x3f; bits > 30 { // 2 << (bits/2+11) bytes
		return fmt.Errorf("its dictionary is larger than %d MiB", maxDictionary>>20)
	}
	return nil
}

// ahead decodes on a goroutine of its own while the one that reads from it parses.
type ahead struct {
	full  chan []byte
	empty chan []byte
	stop  chan struct{}
	done  chan struct{}
	err   error // valid once full is closed
	rest  []byte
	block []byte
	trail *trail // keeps what has been read from it; may be nil
}

// newAhead begins to decode in. Close ends that and waits for it.
func newAhead(in io.Reader, how codec) *ahead {
	a := &ahead{full: make(chan []byte, 2), empty: make(chan []byte, 3), stop: make(chan struct{}), done: make(chan struct{})}
	for range cap(a.empty) {
		a.empty <- make([]byte, blockSize)
	}
	go a.run(in, how)
	return a
}

func (a *ahead) run(in io.Reader, how codec) {
	defer close(a.done)
	defer close(a.full)
	defer func() {
		if p := recover(); p != nil { // damage that a decoder did not foresee
			a.err = fmt.Errorf("cannot be decoded: %v", p)
		}
	}()
	var from io.ReadCloser
	if from, a.err = decoder(in, how); a.err != nil {
		return
	}
	defer from.Close()
	for {
		var block []byte
		select {
		case block = <-a.empty:
		case <-a.stop:
			return
		}
		n := 0
		for n < len(block) && a.err == nil {
			var m int
			m, a.err = from.Read(block[n:])
			n += m
		}
		select {
		case a.full <- block[:n]:
		case <-a.stop:
			return
		}
		if a.err != nil {
			return
		}
	}
}

// Read fills p with what is decoded, as far as that goes.
func (a *ahead) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(a.rest) == 0 && !a.next() {
			if n > 0 {
				return n, nil
			}
			return 0, a.err
		}
		m := copy(p[n:], a.rest)
		n, a.rest = n+m, a.rest[m:]
	}
	return n, nil
}

// next waits for the next block; it is false behind the last.
func (a *ahead) next() bool {
	if a.block != nil {
		a.empty <- a.block[:cap(a.block)]
		a.block = nil
	}
	block, ok := <-a.full
	switch {
	case !ok:
	case a.trail != nil:
		a.rest = block
		a.empty <- a.trail.take(block)
	default:
		a.block, a.rest = block, block
	}
	return ok
}

// Close ends the decoding.
func (a *ahead) Close() error {
	close(a.stop)
	<-a.done
	return nil
}
