package archive

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc64"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"weir/archive/bucket"
)

// Manifest says what a packed file holds. It lies beside the object, is made of
// the content alone, so that making it again gives the same bytes, and with the
// object is all that a restore needs.
type Manifest struct {
	Version  int       `json:"version"`
	Key      string    `json:"key"`      // of the object
	Name     string    `json:"name"`     // the file's, with what is no text written as %XX
	Filename string    `json:"filename"` // what a restored file is called
	Host     string    `json:"host,omitempty"`
	Codec    string    `json:"codec"`
	Format   string    `json:"format,omitempty"` // of most lines
	Offset   int64     `json:"offset,omitempty"` // in the file, of a segment appended late
	First    int64     `json:"first,omitempty"`  // least and greatest event time, unix seconds; 0 where no line says one
	Last     int64     `json:"last,omitempty"`
	Modified time.Time `json:"modified"`
	Mode     uint32    `json:"mode,omitempty"` // permission bits
	Raw      Content   `json:"raw"`
	Packed   Packed    `json:"packed"`
	Frames   []Frame   `json:"frames"`
	Summary  []byte    `json:"summary,omitempty"` // what Config.NewSummary's appended, in zstd; Counted unpacks it
}

// Content describes the unpacked bytes.
type Content struct {
	Size  int64  `json:"size"`
	Lines int64  `json:"lines"`
	Hash  string `json:"hash"` // XXH64, hex
}

// Packed describes the object's bytes.
type Packed struct {
	Size   int64  `json:"size"`
	CRC64  string `json:"crc64nvme"` // hex
	SHA256 string `json:"sha256"`
	MD5    string `json:"md5,omitempty"`
}

const (
	manifestVersion = 1
	manifestEnd     = ".weir"
	manifestTime    = "20060102T1504Z"
	manifestMost    = 64 << 20 // bytes of a manifest that is read
	summaryMost     = 64 << 20 // bytes of a Summary when unpacked
)

// Span is the time that the file covers; where its lines say none, the moment
// it was last changed.
func (m *Manifest) Span() (first, last time.Time) {
	if m.First == 0 {
		return m.Modified, m.Modified
	}
	return time.Unix(m.First, 0).UTC(), time.Unix(m.Last, 0).UTC()
}

// manifestKey is the object's key and the minute after the last line, so that a
// list alone says what a restore has to look at.
func (m *Manifest) manifestKey() string {
	_, last := m.Span()
	return m.Key + "." + last.Add(time.Minute).UTC().Format(manifestTime) + manifestEnd
}

// parseManifestKey takes a manifest's key apart.
func parseManifestKey(key string) (object string, last time.Time, ok bool) {
	key, ok = strings.CutSuffix(key, manifestEnd)
	dot := strings.LastIndexByte(key, '.')
	if !ok || dot <= 0 {
		return "", time.Time{}, false
	}
	last, err := time.Parse(manifestTime, key[dot+1:])
	return key[:dot], last, err == nil
}

// encode is one line of JSON and one with its CRC-64, so that a flipped bit is
// found where the bucket does not look for it.
func (m *Manifest) encode() ([]byte, error) {
	m.Version = manifestVersion
	text, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode the manifest of %s: %w", m.Key, err)
	}
	return fmt.Appendf(text, "\n%016x\n", crc64.Checksum(text, crc64.MakeTable(crc64.ECMA))), nil
}

// DecodeManifest reads what a manifest's object holds.
func DecodeManifest(data []byte) (*Manifest, error) {
	text, sum, ok := bytes.Cut(data, []byte("\n"))
	want, err := strconv.ParseUint(strings.TrimSpace(string(sum)), 16, 64)
	if !ok || err != nil || crc64.Checksum(text, crc64.MakeTable(crc64.ECMA)) != want {
		return nil, errors.New("the manifest is damaged: its checksum does not fit")
	}
	m := &Manifest{}
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("read the manifest: %w", err)
	}
	if m.Version != manifestVersion {
		return nil, fmt.Errorf("the manifest has version %d, this weir reads %d: use a newer one", m.Version, manifestVersion)
	}
	return m, m.check()
}

// check refuses a manifest that cannot be true.
func (m *Manifest) check() error {
	if _, err := codecNamed(m.Codec); err != nil || m.Codec == "" {
		return fmt.Errorf("the manifest says codec %q, which is not known", m.Codec)
	}
	if m.Raw.Size < 0 || m.Raw.Lines < 0 || m.Packed.Size < 0 || m.Offset < 0 {
		return errors.New("the manifest says a negative size")
	}
	var raw, packed int64
	for i := range m.Frames {
		f := &m.Frames[i]
		if f.Raw < 0 || f.Packed < 0 || f.Raw > m.Raw.Size-raw || f.Packed > m.Packed.Size-packed {
			return errors.New("the manifest's frames do not fit its sizes")
		}
		raw, packed = raw+f.Raw, packed+f.Packed
	}
	if raw != m.Raw.Size {
		return errors.New("the manifest's frames do not add up")
	}
	return bucket.CheckKey(m.Key)
}

// setSummary packs a Summary into the manifest.
func (m *Manifest) setSummary(raw []byte) error {
	m.Summary = nil
	if len(raw) == 0 {
		return nil
	}
	encode, err := zstdEncoder()
	if err != nil {
		return err
	}
	m.Summary, err = encode(nil, raw)
	return err
}

// Counted returns what Config.NewSummary's Summary of the events appended; nil
// where there was none.
func (m *Manifest) Counted() ([]byte, error) {
	if len(m.Summary) == 0 {
		return nil, nil
	}
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(summaryMost))
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	defer d.Close()
	raw, err := d.DecodeAll(m.Summary, nil)
	if err != nil {
		return nil, fmt.Errorf("unpack the summary of %s: %w", m.Name, err)
	}
	return raw, nil
}

// hash8 is the {hash} of a template.
func (m *Manifest) hash8() string { return m.Raw.Hash[:min(8, len(m.Raw.Hash))] }

// sum is the packed bytes as the bucket wants to know them.
func (p *Packed) sum() (bucket.Sum, error) {
	crc, err := strconv.ParseUint(p.CRC64, 16, 64)
	if err != nil {
		return bucket.Sum{}, fmt.Errorf("read CRC %q: %w", p.CRC64, err)
	}
	s := bucket.Sum{Size: p.Size, CRC64: crc}
	if p.MD5 != "" {
		if _, err := fmt.Sscanf(p.MD5, "%x", &s.MD5); err != nil {
			return bucket.Sum{}, fmt.Errorf("read MD5 %q: %w", p.MD5, err)
		}
	}
	return s, nil
}
