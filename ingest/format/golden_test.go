package format

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"weir/ingest/event"
)

var update = flag.Bool("update", false, "write the golden files anew")

// goldenOptions are those that the corpus is read with.
func goldenOptions(t testing.TB) Options {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return Options{Location: loc, Now: time.Date(2026, 11, 21, 7, 0, 0, 0, loc), Keep: true}
}

// corpus calls f for every file testdata/FORMAT/NAME.log. A file NAME.format
// beside it holds the custom format that it is written in.
func corpus(t testing.TB, f func(path string, format Format, lines [][]byte)) {
	t.Helper()
	paths, err := filepath.Glob("testdata/*/*.log")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(filepath.Dir(path))
		format, ok := Lookup(name)
		if spec, err := os.ReadFile(strings.TrimSuffix(path, ".log") + ".format"); err == nil {
			if format, err = Custom(strings.TrimSpace(string(spec))); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
		} else if !ok {
			t.Fatalf("%s: no format %q", path, name)
		}
		f(path, format, bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n")))
	}
}

func TestCorpusHoldsWhatItsGoldensSay(t *testing.T) {
	corpus(t, func(path string, format Format, lines [][]byte) {
		var got bytes.Buffer
		p := format.New(goldenOptions(t))
		var e event.Event
		for i, line := range lines {
			e.Reset()
			r := p.Parse(line, &e)
			fmt.Fprintf(&got, "%d: %s\n", i+1, shown(line))
			if r != nil {
				fmt.Fprintf(&got, "    rejected      %s", r.Reason)
				if r.Field != "" {
					fmt.Fprintf(&got, ", %s", r.Field)
				}
				fmt.Fprintf(&got, ", column %d\n", r.Column)
			} else {
				describe(&got, &e)
			}
		}
		golden := strings.TrimSuffix(path, ".log") + ".golden"
		if *update {
			if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); diff != "" {
			t.Errorf("%s:\n%s", path, diff)
		}
	})
}

// describe writes every attribute of e that the line gave, one a line.
func describe(w *bytes.Buffer, e *event.Event) {
	put := func(name, value string) { fmt.Fprintf(w, "    %-13s %s\n", name, value) }
	text := func(name string, value []byte) {
		if len(value) > 0 {
			put(name, shown(value))
		}
	}
	duration := func(name string, ns int64) {
		if ns != event.Unknown {
			put(name, strconv.FormatFloat(float64(ns)/1e9, 'f', -1, 64)+" s")
		}
	}
	if e.Kind == event.Message {
		put("kind", "message")
	}
	if e.Flags&event.BadTime == 0 {
		put("time", e.When().Format(time.RFC3339Nano))
	}
	text("client", e.Client)
	text("user", e.User)
	text("method", e.Method)
	text("target", e.Target)
	text("path", e.Path)
	text("query", e.Query)
	text("proto", e.Proto)
	text("host", e.Host)
	if e.Status != event.Unknown {
		put("status", strconv.Itoa(int(e.Status)))
	}
	if e.Bytes != event.Unknown {
		put("bytes", strconv.FormatInt(e.Bytes, 10))
	}
	duration("duration", e.Duration)
	text("referrer", e.Referrer)
	text("agent", e.Agent)
	var flags []string
	for i, name := range []string{"tls-on-plain", "empty-request", "malformed", "binary-text", "long-line", "bad-time"} {
		if e.Flags&(1<<i) != 0 {
			flags = append(flags, name)
		}
	}
	text("flags", []byte(strings.Join(flags, " ")))
	if m := e.More; m != nil {
		text("forwarded", m.Forwarded)
		text("tls version", m.TLSVersion)
		text("tls cipher", m.TLSCipher)
		text("upstream", m.Upstream)
		duration("upstream time", m.UpstreamDuration)
		text("cache", m.CacheStatus)
		text("action", m.Action)
		text("outcome", m.Outcome)
		text("service", m.Service)
		text("hostname", m.Hostname)
		text("severity", m.Severity)
		text("body", m.Body)
		for _, a := range m.Attributes {
			value := shown(a.Value)
			if a.JSON {
				value += " (JSON)"
			}
			fmt.Fprintf(w, "    + %s = %s\n", shown(a.Key), value)
		}
	}
}

// shown is b as a line of a golden file can hold it.
func shown(b []byte) string {
	s := string(b)
	if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) || strings.TrimSpace(s) != s {
		return strconv.QuoteToASCII(s)
	}
	return s
}
