package ingest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/alert"
	"weir/ingest/event"
)

// tenants writes lines of a log that starts an hour ago, ten a second: every
// fifth is acme's, and acme waits longer.
func tenants(from, n int, format string) string {
	var b strings.Builder
	start := time.Now().Add(-time.Hour)
	for i := from; i < from+n; i++ {
		at, tenant, depth := start.Add(time.Duration(i)*100*time.Millisecond).UTC(), "other", i%3
		if i%5 == 0 {
			tenant, depth = "acme", 10+i%3
		}
		switch format {
		case "jsonl":
			fmt.Fprintf(&b, `{"time":%q,"method":"GET","path":"/%d","status":200,"tenant":%q,"queue":{"depth":%d}}`+"\n", at.Format(time.RFC3339), i%2, tenant, depth)
		case "w3c":
			fmt.Fprintf(&b, "%s %s /%d 200 192.0.2.1 %s %d\n", at.Format("2006-01-02 15:04:05"), "GET", i%2, tenant, depth)
		}
	}
	return b.String()
}

const acme = `attributes.tenant == "acme" and attributes["queue.depth"] >= 10`

func TestAFilterByFurtherFieldsCountsWhatWasAndWhatComes(t *testing.T) {
	head := "#Version: 1.0\n#Fields: date time cs-method cs-uri-stem sc-status c-ip tenant queue.depth\n"
	for name, text := range map[string]string{"jsonl": tenants(0, 20_000, "jsonl"), "w3c": head + tenants(0, 20_000, "w3c")} {
		for _, how := range []string{"file", "pipe", "pipe that is not kept"} {
			if name == "w3c" && how == "pipe that is not kept" {
				continue // its header has gone by
			}
			t.Run(name+" "+how, func(t *testing.T) {
				flags := Flags{Timezone: "UTC"}
				past := uint64(4000)
				var more func(string)
				var p *Pump
				if how == "file" {
					path := filepath.Join(t.TempDir(), "log")
					more = func(text string) { appendText(t, path, text) }
					more(text)
					flags.Files = []string{path}
					p = session(t, flags, nil)
				} else {
					in, out, err := os.Pipe()
					if err != nil {
						t.Fatal(err)
					}
					t.Cleanup(func() { _ = out.Close() })
					if flags.Files, flags.Spool = []string{"-"}, 64<<20; how != "pipe" {
						flags.Spool, past = 0, 0
					}
					p = session(t, flags, in)
					more = func(text string) { fmt.Fprint(out, text) }
					more(text)
				}
				shows(t, p, "all is read", func(m *Moment) bool { return m.Total.Parsed == 20_000 })
				p.Ask(Query{Span: 2 * time.Hour, Graph: 60, Step: 60, Filter: acme})
				shows(t, p, "a fifth matches", func(m *Moment) bool { return m.Filter != nil && m.Filter.Done && m.Window.Hits == past })
				more(tenants(20_000, 500, name))
				m := shows(t, p, "a fifth of the new ones too", func(m *Moment) bool { return m.Total.Parsed == 20_500 && m.Window.Hits >= past+100 })
				if m.Window.Hits != past+100 || len(m.Lines) == 0 || !strings.Contains(m.Lines[len(m.Lines)-1].Raw, "acme") {
					t.Errorf("%d requests, want %d; lines %v", m.Window.Hits, past+100, m.Lines)
				}
				p.Ask(Query{Span: 2 * time.Hour, Graph: 60, Step: 60, Filter: `attributes.nothing == "acme"`})
				shows(t, p, "nothing matches", func(m *Moment) bool {
					return m.Filter != nil && m.Filter.Done && m.Filter.Err == "" && m.Window.Hits == 0
				})
			})
		}
	}
}

func appendText(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

func TestAFlagsFilterByFurtherFieldsHoldsForAllThatIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	appendText(t, path, tenants(0, 1000, "jsonl"))
	p := session(t, Flags{Files: []string{path}, Timezone: "UTC", Refine: Refine{Filter: `attributes.tenant == "acme"`}}, nil)
	p.Ask(Query{Span: 2 * time.Hour, Graph: 60, Step: 60})
	shows(t, p, "a fifth is counted", func(m *Moment) bool { return m.Total.Lines == 1000 && m.Window.Hits == 200 })
	p.Ask(Query{Span: 2 * time.Hour, Graph: 60, Step: 60, Filter: `attributes.queue.depth == 11`})
	shows(t, p, "a part of those matches", func(m *Moment) bool { return m.Filter != nil && m.Filter.Done && m.Window.Hits == 66 })
	appendText(t, path, tenants(1000, 30, "jsonl"))
	shows(t, p, "and of the new ones", func(m *Moment) bool { return m.Total.Lines == 1030 && m.Window.Hits == 68 })
}

func TestARuleByFurtherFieldsFires(t *testing.T) {
	for name, c := range map[string]struct{ rule, line string }{
		"requests": {`acme: ratio(attributes.queue.depth >= 10, attributes.tenant == "acme") > 50% over 1m`, tenants(0, 3000, "jsonl")},
		"messages": {`acme: count(attributes.tenant == "acme") > 100 over 1m`, strings.ReplaceAll(tenants(0, 3000, "jsonl"), `"method":"GET","path":`, `"msg":`)},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "log")
			appendText(t, path, c.line)
			var told []string
			s, err := (&Flags{Files: []string{path}, Timezone: "UTC"}).Open(PumpConfig{Replay: true, Rules: ruled(t, c.rule, `other: count(attributes.missing == "acme") > 0 over 1m`), OnChange: func(c alert.Change) {
				told = append(told, c.Rule+" "+string(c.State))
			}}, true, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if len(told) == 0 || !strings.HasPrefix(told[0], "acme firing") || strings.Contains(fmt.Sprint(told), "other") {
				t.Errorf("told %q", told)
			}
		})
	}
}

func TestEventsComeWithFurtherFieldsOnlyWhereSomebodyAsks(t *testing.T) {
	for _, c := range []struct {
		filter, rule string
		want         bool
	}{
		{`status == 200`, `a: count(status == 200) > 5`, false},
		{`attributes.tenant != ""`, `a: count() > 5`, true},
		{``, `a: count(attributes.tenant == "acme") > 5`, true},
		{``, `a: ratio(status >= 500, attributes.tenant == "acme") > 5%`, true},
	} {
		flags := Flags{Timezone: "UTC", Refine: Refine{Filter: c.filter}}
		parsers, err := flags.Parsers(flags.further(time.UTC, ruled(t, c.rule)))
		if err != nil {
			t.Fatal(err)
		}
		var e event.Event
		line, _, _ := strings.Cut(tenants(0, 1, "jsonl"), "\n")
		if r := parsers().Parse([]byte(line), &e); r != nil {
			t.Fatal(r)
		}
		if got := e.More != nil && len(e.More.Attributes) > 0; got != c.want {
			t.Errorf("%q, %q: with further fields is %v", c.filter, c.rule, got)
		}
	}
}

func TestRecordsByFurtherFieldsAreFoundAlsoWhereNoneAreWanted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	appendText(t, path, tenants(0, 1000, "jsonl"))
	s, err := (&Flags{Files: []string{path}, Timezone: "UTC"}).Open(PumpConfig{}, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Records.Close()
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	found := 0
	if err := s.Records.Each(t.Context(), Stretch{Expression: acme}, func(*event.Event, func() *Record) { found++ }, func(float64) {}); err != nil || found != 200 {
		t.Errorf("%d found: %v", found, err)
	}
}

// TestASourceInPlaceOfAnotherInheritsNothing lets files come and go in a directory
// until one takes the number of another, which had late lines and another header.
func TestASourceInPlaceOfAnotherInheritsNothing(t *testing.T) {
	dir := t.TempDir()
	s, err := (&Flags{Files: []string{dir + "/*.log"}, Timezone: "UTC"}).Open(PumpConfig{Refresh: 20 * time.Millisecond}, false, nil)
	must(t, err)
	r := s.Reader
	r.cfg.sources, r.cfg.Grace, r.cfg.Poll, r.cfg.Rescan = 2, time.Millisecond, 5*time.Millisecond, 20*time.Millisecond
	appendText(t, dir+"/a.log", tenants(10_000, 100, "jsonl"))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()
	defer func() {
		cancel()
		must(t, <-ended)
	}()
	p := s.Pump
	shows(t, p, "the first file is read", func(m *Moment) bool { return m.Total.Parsed == 100 })
	p.Ask(Query{Span: 2 * time.Hour, Graph: 60, Step: 60, Filter: acme})
	shows(t, p, "a fifth of it matches", func(m *Moment) bool { return m.Filter != nil && m.Filter.Done && m.Window.Hits == 20 })
	appendText(t, dir+"/b.log", "#Version: 1.0\n#Fields: date time cs-method cs-uri-stem sc-status c-ip tenant queue.depth\n"+tenants(0, 100, "w3c"))
	shows(t, p, "the second file is late", func(m *Moment) bool {
		return len(m.Sources) == 2 && m.Sources[1].Late == 100 && m.Window.Hits == 40
	})
	must(t, os.Remove(dir+"/b.log"))
	shows(t, p, "the second file is gone", func(*Moment) bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.sources[1].gone()
	})
	head := "#Version: 1.0\n#Fields: date time cs-method cs-uri-stem sc-status c-ip queue.depth tenant\n"
	var swapped strings.Builder
	for line := range strings.Lines(tenants(10_100, 100, "w3c")) {
		words := strings.Fields(line)
		words[6], words[7] = words[7], words[6]
		fmt.Fprintln(&swapped, strings.Join(words, " "))
	}
	appendText(t, dir+"/c.log", head+swapped.String())
	m := shows(t, p, "the third file is read", func(m *Moment) bool { return m.Total.Parsed == 300 })
	if got := m.Sources[1]; len(m.Sources) != 2 || got.Path != dir+"/c.log" || got.Late != 0 {
		t.Errorf("%d sources, the second %+v", len(m.Sources), got)
	}
	if m.Window.Hits != 60 || m.Total.Late != 100 {
		t.Errorf("%d match, %d late in all", m.Window.Hits, m.Total.Late)
	}
}
