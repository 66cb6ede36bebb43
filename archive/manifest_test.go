package archive

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

func TestAManifestIsReadAsItWasWritten(t *testing.T) {
	_, m := packed(t, "zstd", accessLines(0, 10, noon))
	m.Key, m.Name, m.Filename, m.Summary = "web/a.log.zst", "a.log", "a.log", []byte{0, 1, 255}
	data, err := m.encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeManifest(data)
	if err != nil {
		t.Fatal(err)
	}
	same(t, m, got)
	again, err := got.encode()
	if err != nil || !bytes.Equal(data, again) {
		t.Error("the same manifest was written differently")
	}
}

func TestAnyFlippedBitOfAManifestIsFound(t *testing.T) {
	_, m := packed(t, "zstd", "one\ntwo\n")
	m.Key = "k"
	data, err := m.encode()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		bad := bytes.Clone(data)
		bad[rapid.IntRange(0, len(bad)-19).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if _, err := DecodeManifest(bad); err == nil {
			t.Fatal("a damaged manifest was read")
		}
	})
}

func TestManifestsThatCannotBeTrueAreRefused(t *testing.T) {
	for name, change := range map[string]func(*Manifest){
		"key that leads out":      func(m *Manifest) { m.Key = "../../etc/passwd" },
		"unknown codec":           func(m *Manifest) { m.Codec = "lzma" },
		"no codec":                func(m *Manifest) { m.Codec = "" },
		"frames of more than all": func(m *Manifest) { m.Frames[0].Raw = 1 << 60 },
		"frames of less than all": func(m *Manifest) { m.Raw.Size++ },
		"negative frame":          func(m *Manifest) { m.Frames[0].Packed = -1 },
		"packed beyond the end":   func(m *Manifest) { m.Frames[0].Packed = m.Packed.Size + 1 },
		"negative offset":         func(m *Manifest) { m.Offset = -1 },
	} {
		_, m := packed(t, "zstd", "one\ntwo\n")
		change(m)
		data, err := m.encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := DecodeManifest(data); err == nil {
			t.Errorf("%s: it was read", name)
		}
	}
}

func FuzzManifest(f *testing.F) {
	m := &Manifest{Key: "k", Codec: "none"}
	data, err := m.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := DecodeManifest(data); err == nil {
			if err := m.check(); err != nil {
				t.Error(err)
			}
		}
	})
}
