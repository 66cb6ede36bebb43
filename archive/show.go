package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"

	"weir/archive/report"
	"weir/bar"
)

// listDays prints a line a day: the day of each file's first line.
func listDays(out io.Writer, entries []Entry) error {
	type day struct {
		files, foreign     int
		lines, raw, packed int64
	}
	found := make(map[string]*day)
	for i := range entries {
		first, _ := entries[i].Manifest.Span()
		name := first.UTC().Format("2006-01-02")
		d := found[name]
		if d == nil {
			d = &day{}
			found[name] = d
		}
		d.files++
		if entries[i].Foreign() {
			d.foreign++
		}
		d.lines, d.raw, d.packed = d.lines+entries[i].Manifest.Raw.Lines, d.raw+entries[i].Manifest.Raw.Size, d.packed+entries[i].Object.Size
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "DAY\tFILES\tLINES\tRAW\tSTORED\t\n")
	for _, name := range slices.Sorted(maps.Keys(found)) {
		d := found[name]
		note := ""
		if d.foreign > 0 {
			note = fmt.Sprintf("%d without manifest", d.foreign)
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\n", name, d.files, humanize.Comma(d.lines), size(d.raw), size(d.packed), note)
	}
	return w.Flush()
}

type listed struct {
	Key     string    `json:"key"`
	Name    string    `json:"name"`
	Host    string    `json:"host,omitempty"`
	Format  string    `json:"format,omitempty"`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
	Lines   int64     `json:"lines,omitempty"`
	Bytes   int64     `json:"bytes,omitempty"`
	Packed  int64     `json:"packed"`
	Class   string    `json:"class,omitempty"`
	Foreign bool      `json:"foreign,omitempty"`
}

func listJSON(out io.Writer, entries []Entry) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for i := range entries {
		e, m := &entries[i], entries[i].Manifest
		first, last := m.Span()
		l := listed{m.Key, m.Name, m.Host, m.Format, first.UTC(), last.UTC(), m.Raw.Lines, m.Raw.Size, e.Object.Size, e.Object.Class, e.Foreign()}
		if err := enc.Encode(l); err != nil {
			return err
		}
	}
	return nil
}

// showing is a bar of p on standard error, and on with its lines above the bar.
func showing(p *Progress, on func(Event)) (*bar.Bar, func(Event)) {
	b := bar.New(os.Stderr, func(elapsed time.Duration) string {
		if s := p.Snapshot(); s.Stage != "" {
			return s.line(elapsed)
		}
		return ""
	})
	return b, func(e Event) { b.Above(func() { on(e) }) }
}

// line is the state in one line: what, how far, how fast, how long still, and last
// the file, whose name may be longer than the line.
func (s Snapshot) line(after time.Duration) string {
	text := fmt.Sprintf("%s %d/%d files  %s of %s", s.Stage, s.FilesDone, s.Files, size(s.BytesDone), size(s.Bytes))
	if rate := float64(s.BytesDone) / after.Seconds(); rate > 0 && s.BytesDone <= s.Bytes {
		left := time.Duration(float64(s.Bytes-s.BytesDone) / rate * float64(time.Second))
		text += fmt.Sprintf("  %s/s  %s left", size(int64(rate)), left.Round(time.Second))
	}
	return text + "  " + report.Visible(filepath.Base(s.File))
}

// seesWriters tries on a file of its own whether open writers are seen in dir, and
// on those that are there whether they are this user's.
func seesWriters(dir string) error {
	f, err := os.CreateTemp(dir, ".weir-doctor-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	r, _, err := openSource(f.Name())
	if err != nil {
		return err
	}
	defer r.Close()
	if err := beingWritten(r); err != errWriter {
		return fmt.Errorf("not seen on this file system: archived files stay for 24 hours after their last change")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		log, _, err := openSource(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		err = beingWritten(log)
		log.Close()
		if errors.Is(err, errUnknown) {
			return fmt.Errorf("not seen for %s, which is another user's: it stays for 24 hours after its last change; run as its owner or with CAP_LEASE", e.Name())
		}
	}
	return nil
}
