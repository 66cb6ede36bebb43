package ingest

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"weir/ingest/event"
	"weir/ingest/format"
	"weir/stats/filter"
)

// written is a line as a test wrote it.
type written struct {
	second int64
	file   int
	text   string
}

// timeless reports whether nobody can tell the time of the line: it is no request,
// or so long that it is not parsed whole.
func (w written) timeless() bool { return strings.HasPrefix(w.text, "  at") || len(w.text) > tapeLine }

// pages are logs that a test writes, and the order in which their lines come.
type pages struct {
	paths []string
	whole []bool // nobody appends
	all   []written
	now   int64
	rng   *rand.Rand
}

// line is the next line of a file: mostly requests, sometimes none, sometimes very long.
func (p *pages) line(file int) string {
	p.now += []int64{0, 0, 0, 1, 1, 7}[p.rng.IntN(6)]
	path := fmt.Sprintf("/%c/%d", 'a'+p.rng.IntN(4), len(p.all))
	odd := p.rng.IntN(400)
	switch {
	case odd == 0:
		path += strings.Repeat("x", []int{5_000, 70_000}[p.rng.IntN(2)])
	case odd == 1 && len(p.paths) == 1 && p.rng.IntN(5) == 0: // it is read again at every step
		path += strings.Repeat("x", 1_200_000)
	}
	text := fmt.Sprintf(`192.0.2.%d - - [%s] "GET %s HTTP/1.1" %d 5`, file, time.Unix(p.now, 0).UTC().Format("02/Jan/2006:15:04:05 -0700"), path,
		[]int{200, 200, 200, 404, 500}[p.rng.IntN(5)])
	if odd < 8 && odd > 1 && len(p.paths) == 1 { // among several its place is anybody's guess
		text = "  at some.Function(line 12)"
	}
	p.all = append(p.all, written{p.now, file, text})
	return text + "\n"
}

// arrange puts the lines in the order in which they are to be read.
func (p *pages) arrange() {
	slices.SortStableFunc(p.all, func(a, b written) int {
		if a.second != b.second {
			return int(a.second - b.second)
		}
		return a.file - b.file
	})
}

func (p *pages) sources() []event.Source {
	var all []event.Source
	for i, path := range p.paths {
		state := event.Live
		if p.whole[i] {
			state = event.Done
		}
		all = append(all, event.Source{Path: path, State: state})
	}
	return all
}

func (p *pages) append(t *rapid.T, n int) {
	p.now++ // what comes is newer than what was there
	for range n {
		file := p.rng.IntN(len(p.paths))
		if strings.HasSuffix(p.paths[file], ".gz") {
			continue
		}
		f, err := os.OpenFile(p.paths[file], os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(p.line(file)); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	p.arrange()
}

// newPages writes some logs, one of them perhaps compressed.
func newPages(t *rapid.T, dir string) *pages {
	p := &pages{now: time.Now().Add(-30 * time.Hour).Unix(), rng: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))}
	var texts []bytes.Buffer
	for i := range rapid.SampledFrom([]int{1, 1, 3}).Draw(t, "files") {
		p.paths = append(p.paths, filepath.Join(dir, fmt.Sprint(i, ".log")))
		p.whole = append(p.whole, false)
		texts = append(texts, bytes.Buffer{})
	}
	for range rapid.SampledFrom([]int{0, 3, 500, 4000}).Draw(t, "lines") {
		file := p.rng.IntN(len(p.paths))
		texts[file].WriteString(p.line(file))
	}
	p.arrange()
	for i := range texts {
		content := texts[i].Bytes()
		if i == 1 {
			p.paths[i] += ".gz"
			var packed bytes.Buffer
			w := gzip.NewWriter(&packed)
			w.Write(content)
			w.Close()
			content = packed.Bytes()
		}
		if err := os.WriteFile(p.paths[i], content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func recordsOf(p *pages) *Records {
	return NewRecords(RecordsConfig{Sources: p.sources, Parsers: func() Parser { return format.NewAuto(format.Options{Now: time.Now(), Keep: true}) }})
}

// matching are the lines that a filter leaves, by parsing every one.
func matching(t *rapid.T, all []written, expression string) []string {
	only, err := filter.Compile(expression)
	if err != nil {
		t.Fatal(err)
	}
	parser := format.NewAuto(format.Options{})
	var out []string
	for _, w := range all {
		var e event.Event
		if bad := parser.Parse([]byte(w.text[:min(len(w.text), tapeLine)]), &e) != nil; bad && expression == "" || !bad && only.Match(&e) {
			out = append(out, w.text[:min(len(w.text), keptText)])
		}
	}
	return out
}

func linesOf(window []*Record) []string {
	var out []string
	for _, r := range window {
		out = append(out, string(r.Raw))
	}
	return out
}

// TestAnyScrollingShowsTheLinesOfTheLogsInTheirOrder compares a Browser with a
// list of all lines, whatever is done to both.
func TestAnyScrollingShowsTheLinesOfTheLogsInTheirOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir := t.TempDir()
		p := newPages(rt, dir)
		records := recordsOf(p)
		defer records.Close()
		expression := rapid.SampledFrom([]string{"", "", "status >= 500", `path startsWith "/b/" and status == 404`, "status == 999"}).Draw(rt, "filter")
		b, err := records.Browse(expression)
		if err != nil {
			rt.Fatal(err)
		}
		ctx, start := context.Background(), 0
		model := matching(rt, p.all, expression)
		b.End()
		start = len(model)
		end := start
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			n := rapid.SampledFrom([]int{1, 10, 200, 900, 2000}).Draw(rt, "n")
			switch rapid.SampledFrom([]string{"back", "back", "ahead", "end", "start", "time", "record", "append"}).Draw(rt, "what") {
			case "back":
				b.Back(ctx, n, time.Hour) // again after less would be n more
				start = max(0, start-n)
			case "ahead":
				b.Ahead(ctx, n, time.Hour)
				end = min(len(model), end+n)
			case "end":
				b.End()
				start, end = len(model), len(model)
			case "start":
				b.Start()
				start, end = 0, 0
			case "time":
				if len(p.all) == 0 {
					continue
				}
				second := rapid.SampledFrom(p.all).Draw(rt, "line").second + rapid.Int64Range(-1, 1).Draw(rt, "off")
				if err := b.Time(ctx, second*1e9); err != nil {
					rt.Fatal(err)
				}
				earlier := slices.DeleteFunc(slices.Clone(p.all), func(w written) bool { return w.second >= second })
				start = len(matching(rt, earlier, expression))
				end = start
				if slices.ContainsFunc(p.all, written.timeless) && expression == "" {
					b.Start() // a line without a time may stand on either side
					start, end = 0, 0
				}
			case "record":
				window := b.Window()
				if len(window) == 0 {
					continue
				}
				i := rapid.IntRange(0, len(window)-1).Draw(rt, "which")
				if err := b.Record(ctx, window[i]); err != nil {
					rt.Fatal(err)
				}
				start += i
				end = start
			case "append":
				p.append(rt, rapid.IntRange(1, 30).Draw(rt, "appended"))
				model = matching(rt, p.all, expression)
				continue
			}
			got := linesOf(b.Window())
			if over := end - start - len(got); over > 0 && len(got) >= leastKept { // bounded: what was farther away is gone
				if last, _ := b.Whole(); last && start > 0 {
					rt.Fatalf("says that nothing stands before record %d", start)
				}
				if end == start+len(got)+over && len(got) > 0 && model[start] == got[0] {
					end -= over
				} else {
					start += over
				}
			}
			if end > len(model) || start > end {
				rt.Fatalf("window [%d, %d) of %d", start, end, len(model))
			}
			if diff := cmp.Diff(model[start:end], got); diff != "" && end-start+len(got) > 0 {
				rt.Fatalf("records [%d, %d) of %d, expression %q: %s", start, end, len(model), expression, diff[:min(len(diff), 3000)])
			}
			if len(got) > keptRecords {
				rt.Fatalf("%d records in memory", len(got))
			}
		}
	})
}

// TestWhatIsCountedOfAStretchIsWhatStandsInIt compares both ways through a
// stretch of time with a pass over all lines.
func TestWhatIsCountedOfAStretchIsWhatStandsInIt(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir := t.TempDir()
		p := newPages(rt, dir)
		records := recordsOf(p)
		defer records.Close()
		s := Stretch{Expression: rapid.SampledFrom([]string{"", "status >= 500"}).Draw(rt, "filter"), Fields: rapid.Bool().Draw(rt, "fields")}
		if len(p.all) > 0 && rapid.Bool().Draw(rt, "part") {
			s.From = rapid.SampledFrom(p.all).Draw(rt, "from").second * 1e9
			s.To = s.From + rapid.Int64Range(1, 4000).Draw(rt, "length")*1e9
		}
		inside := slices.DeleteFunc(slices.Clone(p.all), func(w written) bool {
			return w.second*1e9 < s.From || s.To > 0 && w.second*1e9 >= s.To || w.timeless()
		})
		want := matching(rt, inside, s.Expression)
		var walked []string
		if err := records.Walk(context.Background(), s, func(r *Record) error { walked = append(walked, string(r.Raw)); return nil }, func(float64) {}); err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(want, walked); diff != "" {
			rt.Fatalf("walked: %s", diff[:min(len(diff), 3000)])
		}
		var each []string
		if err := records.Each(context.Background(), s, func(_ *event.Event, keep func() *Record) { each = append(each, string(keep().Raw)) }, func(float64) {}); err != nil {
			rt.Fatal(err)
		}
		slices.Sort(want)
		slices.Sort(each)
		if diff := cmp.Diff(want, each); diff != "" {
			rt.Fatalf("each: %s", diff[:min(len(diff), 3000)])
		}
	})
}

// TestLinesThatComeToSeveralLogsStandInOrder follows logs whose lines are older
// than the files: somebody pours yesterday's into them.
func TestLinesThatComeToSeveralLogsStandInOrder(t *testing.T) {
	dir := t.TempDir()
	p := &pages{now: time.Now().Add(-30 * time.Hour).Unix(), rng: rand.New(rand.NewPCG(1, 1))}
	put := func(file, at int, text string) {
		line := fmt.Sprintf("192.0.2.%d - - [%s] \"GET /%s HTTP/1.1\" 200 5\n", file, time.Unix(p.now+int64(at), 0).UTC().Format("02/Jan/2006:15:04:05 -0700"), text)
		f, err := os.OpenFile(p.paths[file], os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString(line); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 2 {
		p.paths, p.whole = append(p.paths, filepath.Join(dir, fmt.Sprint(i, ".log"))), append(p.whole, false)
		put(i, 0, "old")
	}
	records := recordsOf(p)
	defer records.Close()
	b, err := records.Browse("")
	if err != nil {
		t.Fatal(err)
	}
	b.End()
	put(0, 1, "first")
	put(0, 3, "third")
	put(1, 2, "second")
	for !b.Ahead(context.Background(), 10, time.Minute) {
	}
	var got []string
	for _, r := range b.Window() {
		got = append(got, string(r.Path))
	}
	if diff := cmp.Diff([]string{"/first", "/second", "/third"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestStreamIsBrowsedAsFarAsItsSpoolReaches(t *testing.T) {
	kept := newSpool(4 * spoolBlock)
	defer kept.close()
	rng := rand.New(rand.NewPCG(1, 1))
	source := []event.Source{{Path: "-", State: event.Live}}
	records := NewRecords(RecordsConfig{Sources: func() []event.Source { return source },
		Parsers: func() Parser { return format.NewAuto(format.Options{}) }, spool: func(int) *spool { return kept }})
	defer records.Close()
	b, err := records.Browse("")
	if err != nil {
		t.Fatal(err)
	}
	const lines = 40_000 // more than the spool holds, however well they compress
	path := func(i int) string { return fmt.Sprintf("/%d", i) }
	for i := range lines {
		noise := make([]byte, 60)
		for j := range noise {
			noise[j] = byte('!' + rng.IntN(90))
		}
		if err := kept.write(fmt.Appendf(nil, "192.0.2.1 - - [%s] \"GET %s HTTP/1.1\" 200 5 %x\n", time.Unix(int64(i), 0).UTC().Format("02/Jan/2006:15:04:05 -0700"), path(i), noise)); err != nil {
			t.Fatal(err)
		}
	}
	ctx := context.Background()
	b.Start()
	b.Ahead(ctx, 10, time.Minute)
	first := int(b.Window()[0].Time / 1e9)
	if first == 0 || first > lines-1000 {
		t.Fatalf("begins with line %d", first)
	}
	b.End()
	b.Back(ctx, 100, time.Minute)
	if last := b.Window()[99]; string(last.Path) != path(lines-1) {
		t.Errorf("ends with %s", last.Path)
	}
	if err := b.Time(ctx, int64(lines-500)*1e9); err != nil {
		t.Fatal(err)
	}
	b.Ahead(ctx, 100, time.Minute)
	for i, r := range b.Window() {
		if want := path(lines - 500 + i); string(r.Path) != want {
			t.Fatalf("record %d is %s, want %s", i, r.Path, want)
		}
	}
	if err := records.Each(ctx, Stretch{}, func(e *event.Event, _ func() *Record) {
		if string(e.Path) != path(first) {
			t.Fatalf("%s comes for %d", e.Path, first)
		}
		first++
	}, func(float64) {}); err != nil || first != lines {
		t.Errorf("%d of %d: %v", first, lines, err)
	}
}

func TestLogsThatCantBeReadAgainAreNamedBesideThoseThatCan(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	must(t, syscall.Mkfifo(pipe, 0o600))
	here, gone, looped := filepath.Join(dir, "here.log"), filepath.Join(dir, "gone.log"), filepath.Join(dir, "looped.log")
	line := "192.0.2.1 - - [01/Jan/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 5\n"
	must(t, os.WriteFile(here, []byte(line), 0o600))
	must(t, os.Symlink(looped, looped)) // unreadable for root, too
	recordsOf := func(paths ...string) *Records {
		sources := []event.Source{{Path: filepath.Join(dir, "never.log"), State: event.Unreadable, Err: "never read"}}
		for _, path := range paths {
			sources = append(sources, event.Source{Path: path, State: event.Live, Lines: 1})
		}
		records := NewRecords(RecordsConfig{Sources: func() []event.Source { return sources }, Parsers: func() Parser { return format.NewAuto(format.Options{}) }})
		t.Cleanup(func() { records.Close() })
		return records
	}
	out := filepath.Join(dir, "out.log")
	for _, c := range []struct {
		paths    []string
		records  int
		why      string
		exported string // why it is not
	}{
		{[]string{here}, 1, "", ""},
		{[]string{gone}, 0, gone + " can't be read again: no such file or directory", gone + " can't be read again: no such file or directory"},
		{[]string{"-"}, 0, "standard input can't be read again: " + errUnkept.Error(), "standard input can't be read again: " + errUnkept.Error()},
		{[]string{pipe}, 0, pipe + " can't be read again: " + errUnkept.Error(), pipe + " can't be read again: " + errUnkept.Error()},
		{[]string{looped, here, gone}, 1, looped + " and 1 more can't be read again: too many levels of symbolic links", ""},
	} {
		records := recordsOf(c.paths...)
		b, err := records.Browse("")
		must(t, err)
		b.End()
		b.Back(t.Context(), 10, time.Minute)
		if got := said(b.Err()); got != c.why || len(b.Window()) != c.records {
			t.Errorf("%d records of %q, and %q", len(b.Window()), c.paths, got)
		}
		n, err := records.Export(t.Context(), out, true, Stretch{}, func(float64) {})
		if n != c.records || said(err) != c.exported {
			t.Errorf("exported %d of %q: %v", n, c.paths, err)
		}
		if err := records.Each(t.Context(), Stretch{}, func(*event.Event, func() *Record) {}, func(float64) {}); said(err) != c.exported {
			t.Errorf("each of %q: %v", c.paths, err)
		}
	}
}

func TestALogThatWasOpenedIsReadOnWhenItIsDeleted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	must(t, os.WriteFile(path, []byte("192.0.2.1 - - [01/Jan/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 5\n"), 0o600))
	records := NewRecords(RecordsConfig{Sources: func() []event.Source { return []event.Source{{Path: path, State: event.Live, Lines: 1}} },
		Parsers: func() Parser { return format.NewAuto(format.Options{}) }})
	defer records.Close()
	must(t, records.Lost())
	must(t, os.Remove(path))
	must(t, records.Lost())
}

func TestCompressedLogForWhichThereIsNoRoomIsNamed(t *testing.T) {
	dir := t.TempDir()
	line := "192.0.2.1 - - [01/Jan/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 5\n"
	small, large := filepath.Join(dir, "small.log.gz"), filepath.Join(dir, "large.log.gz")
	must(t, os.WriteFile(small, gzipOf(t, line), 0o600))
	must(t, os.WriteFile(large, gzipOf(t, strings.Repeat(line, 100)), 0o600))
	open := func(paths ...string) *Records {
		var sources []event.Source
		for _, path := range paths {
			sources = append(sources, event.Source{Path: path, State: event.Done})
		}
		records := NewRecords(RecordsConfig{Sources: func() []event.Source { return sources }, Parsers: func() Parser { return format.NewAuto(format.Options{}) }})
		t.Cleanup(func() { records.Close() })
		return records
	}
	read := map[string]func(*Records) (int, error){
		"browsed": func(r *Records) (int, error) {
			b, err := r.Browse("")
			must(t, err)
			b.Start()
			b.Ahead(t.Context(), 1000, time.Minute)
			b.Ahead(t.Context(), 1, time.Minute)
			return len(b.Window()), b.Err()
		},
		"exported": func(r *Records) (int, error) {
			return r.Export(t.Context(), filepath.Join(dir, "out.log"), true, Stretch{}, func(float64) {})
		},
		"each": func(r *Records) (int, error) {
			n := 0
			err := r.Each(t.Context(), Stretch{}, func(*event.Event, func() *Record) { n++ }, func(float64) {})
			return n, err
		},
	}
	why := large + " can't be read again: " + errNoRoom.Error()
	for _, c := range []struct {
		paths   []string
		room    int // lines
		records int
		why     string
	}{
		{[]string{small, large}, 101, 101, ""},
		{[]string{small, large}, 100, 1, why},
		{[]string{large}, 99, 0, why},
	} {
		for how, all := range read {
			records := open(c.paths...)
			records.most = int64(c.room * len(line))
			for range 2 {
				n, err := all(records)
				want := c.why
				if how != "browsed" && c.records > 0 { // it leaves the log out
					want = ""
				}
				if n != c.records || said(err) != want || said(records.Lost()) != c.why {
					t.Errorf("%s %d of %q: %v, and lost %v", how, n, c.paths, err, records.Lost())
				}
			}
		}
	}
}

func TestCompressedLogIsDecodedOnceHoweverManyReadIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log.gz")
	text := strings.Repeat("192.0.2.1 - - [01/Jan/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 5\n", 50_000)
	must(t, os.WriteFile(path, gzipOf(t, text), 0o600))
	records := NewRecords(RecordsConfig{Sources: func() []event.Source { return []event.Source{{Path: path, State: event.Done}} },
		Parsers: func() Parser { return format.NewAuto(format.Options{}) }})
	defer records.Close()
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			b, err := records.Browse("")
			if err != nil {
				t.Error(err)
				return
			}
			if b.End(); !b.Back(t.Context(), 10, time.Minute) || len(b.Window()) != 10 {
				t.Errorf("%d records: %v", len(b.Window()), b.Err())
			}
		})
	}
	group.Wait()
	if records.spooled != int64(len(text)) || len(records.files) != 2 {
		t.Errorf("%d bytes in %d files, want %d in 2", records.spooled, len(records.files), len(text))
	}
}

// said is an error in words, "" for none.
func said(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
