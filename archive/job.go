package archive

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// job is a piece of a file that is packed and on its way. It is written when the
// packed file is whole, and gone when the journal has the piece.
type job struct {
	ID       identity `json:"id"` // of the file when it was packed
	Source   Content  `json:"source"`
	Manifest Manifest `json:"manifest"`
	Archive  string   `json:"archive,omitempty"` // where it is on its way to
	Upload   string   `json:"upload,omitempty"`  // of a multipart upload begun
	Direct   bool     `json:"direct,omitempty"`  // the file itself is the packed file
}

func jobID(id identity, offset int64) string {
	return fmt.Sprintf("%x-%x-%x", id.Dev, id.Ino, offset)
}

func jobPath(h *home, id string) string    { return filepath.Join(h.spool, id+".json") }
func packedPath(h *home, id string) string { return filepath.Join(h.spool, id+".packed") }

func loadJob(h *home, id string) (*job, error) {
	data, err := os.ReadFile(jobPath(h, id))
	if err != nil {
		return nil, err
	}
	j := &job{}
	if err := json.Unmarshal(data, j); err != nil {
		return nil, fmt.Errorf("read %s: %w", jobPath(h, id), err)
	}
	return j, nil
}

func (j *job) save(h *home, id string) error {
	data, err := json.Marshal(j)
	if err != nil {
		return fmt.Errorf("write %s: %w", jobPath(h, id), err)
	}
	return writeDurably(jobPath(h, id), data)
}

func dropJob(h *home, id string) {
	os.Remove(jobPath(h, id))
	os.Remove(packedPath(h, id))
}

// fits says that the piece is still in the file, at its place. The file may have
// grown since; the piece may be in the bucket already, so it is not made anew.
func (j *job) fits(f *os.File, now identity) (bool, error) {
	if j.ID == now {
		return true, nil
	}
	if j.Manifest.Offset+j.Source.Size > now.Size {
		return false, nil
	}
	sum, err := hashOf(f, j.Manifest.Offset, j.Source.Size)
	if err != nil || sum != j.Source.Hash {
		return false, err
	}
	j.ID = now
	return true, nil
}
