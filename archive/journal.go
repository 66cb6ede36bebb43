package archive

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// record is one archived piece of one file. The journal only saves work: what is
// in the bucket says the same.
type record struct {
	Name     string    `json:"name"`
	ID       identity  `json:"id"` // of the file when it was packed
	Offset   int64     `json:"offset,omitempty"`
	Source   Content   `json:"source"` // the file's own bytes from Offset
	Key      string    `json:"key"`
	Manifest string    `json:"manifest"`
	Packed   Packed    `json:"packed"` // the object's bytes
	Archive  string    `json:"archive,omitempty"`
	Proof    string    `json:"proof"`
	At       time.Time `json:"at"`
	Deleted  bool      `json:"deleted,omitempty"`

	proven bool // in this pass
}

func (r *record) end() int64 { return r.Offset + r.Source.Size }

// journal remembers what was archived and is still here.
type journal struct {
	path string
	f    *os.File
	live map[[2]uint64][]record // by device and inode, in order of offset
}

// openJournal reads the journal. A torn last line, and any that cannot be read,
// is passed over.
func openJournal(dir string) (*journal, error) {
	j := &journal{path: filepath.Join(dir, homeName, "journal.jsonl"), live: make(map[[2]uint64][]record)}
	data, err := os.ReadFile(j.path)
	if err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	lines := 0
	for line := range bytes.Lines(data) {
		var r record
		if json.Unmarshal(line, &r) == nil && r.Key != "" {
			j.keep(r)
			lines++
		}
	}
	kept := 0
	for _, list := range j.live {
		kept += len(list)
	}
	if lines > 2*kept+100 || len(data) > 0 && data[len(data)-1] != '\n' {
		if err := j.compact(); err != nil {
			return nil, err
		}
	}
	if j.f, err = os.OpenFile(j.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600); err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	return j, nil
}

func (j *journal) keep(r record) {
	at := [2]uint64{r.ID.Dev, r.ID.Ino}
	if r.Deleted {
		delete(j.live, at)
		return
	}
	if list := j.live[at]; len(list) > 0 && list[len(list)-1].end() != r.Offset {
		j.live[at] = nil // another file has the inode now
	}
	j.live[at] = append(j.live[at], r)
}

func (j *journal) compact() error {
	var out bytes.Buffer
	for _, list := range j.live {
		for i := range list {
			line, err := json.Marshal(&list[i])
			if err != nil {
				return fmt.Errorf("write the journal: %w", err)
			}
			out.Write(append(line, '\n'))
		}
	}
	if err := writeDurably(j.path, out.Bytes()); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	return nil
}

// add makes a record durable.
func (j *journal) add(r record) error {
	line, err := json.Marshal(&r)
	if err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	if _, err := j.f.Write(append(line, '\n')); err != nil {
		return full(j.path, fmt.Errorf("write the journal: %w", err))
	}
	if err := j.f.Sync(); err != nil {
		return full(j.path, fmt.Errorf("write the journal: %w", err))
	}
	j.keep(r)
	return nil
}

// of returns what of the file's inode is in the archive of that name.
func (j *journal) of(id identity, archive string) []record {
	list := j.live[[2]uint64{id.Dev, id.Ino}]
	if slices.ContainsFunc(list, func(r record) bool { return r.Archive != archive }) {
		return nil
	}
	return list
}

func (j *journal) close() { _ = j.f.Close() }
