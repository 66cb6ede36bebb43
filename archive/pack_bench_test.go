package archive

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"weir/stats"
)

// BenchmarkPack is what a pass does to a file before its upload.
func BenchmarkPack(b *testing.B) {
	text := accessLines(0, 200_000, noon)
	codec := Codecs[0]
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		var out bytes.Buffer
		m := &Manifest{Modified: noon}
		if err := pack(b.Context(), &out, strings.NewReader(text), codec, false, newDigest(inUTC(noon), stats.NewRollup()), m, func(int) {}); err != nil {
			b.Fatal(err)
		}
		if err := unpacksTo(b.Context(), &out, codec, m.Raw); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPackAlone is what the compressor takes of it.
func BenchmarkPackAlone(b *testing.B) {
	text := accessLines(0, 200_000, noon)
	b.SetBytes(int64(len(text)))
	encode, err := zstdEncoder()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		var packed []byte
		for rest := []byte(text); len(rest) > 0; {
			n := min(len(rest), frameSize)
			if packed, err = encode(packed[:0], rest[:n]); err != nil {
				b.Fatal(err)
			}
			rest = rest[n:]
		}
		io.Discard.Write(packed)
	}
}
