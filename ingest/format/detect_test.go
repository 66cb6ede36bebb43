package format

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"weir/ingest/event"
)

// garbage is a line as they get into logs without being one.
func garbage(rng *rand.Rand) []byte {
	switch rng.IntN(8) {
	case 0:
		return []byte("\tat org.example.Server.handle(Server.java:42)")
	case 1:
		return []byte("Traceback (most recent call last):")
	case 2:
		return []byte("2026/11/21 06:53:01 error: open \"/srv/www/x\" failed (2: No such file or directory)")
	case 3:
		return []byte("[Sat Nov 21 06:53:01.123456 2026] Command line: '/usr/sbin/apache2'")
	case 4:
		return []byte("--- log rotated ---")
	case 5:
		b := make([]byte, rng.IntN(80))
		for i := range b {
			b[i] = byte(rng.IntN(256))
		}
		return bytes.ReplaceAll(b, []byte("\n"), []byte(" "))
	case 6:
		return bytes.Repeat([]byte{0}, 40)
	}
	return []byte(strings.Repeat("x y \"z\" [", 1+rng.IntN(20)))
}

// detected is the best candidate for lines.
func detected(t *testing.T, lines [][]byte) string {
	t.Helper()
	if all := Detect(lines, goldenOptions(t)); len(all) > 0 {
		return all[0].Format
	}
	return ""
}

// followed is the format that Auto arrives at.
func followed(t *testing.T, lines [][]byte) string {
	t.Helper()
	a, e := NewAuto(goldenOptions(t)), event.Event{}
	for _, line := range lines {
		e.Reset()
		a.Parse(line, &e)
	}
	return a.Format()
}

func TestFormatOfEveryCorpusFileIsDetected(t *testing.T) {
	corpus(t, func(path string, format Format, lines [][]byte) {
		want := filepath.Base(filepath.Dir(path))
		if _, ok := Lookup(want); !ok {
			return // a custom format
		}
		rng := rand.New(rand.NewPCG(7, 7))
		mixed := [][]byte{}
		for _, line := range lines {
			for rng.IntN(10) < 3 {
				mixed = append(mixed, garbage(rng))
			}
			mixed = append(mixed, line)
		}
		first := lines[0]
		half := append([][]byte{first[len(first)/2:]}, lines[1:]...)
		for how, lines := range map[string][][]byte{
			"whole":                  lines,
			"its first five lines":   lines[:min(5, len(lines))],
			"started mid-line":       half,
			"with garbage":           mixed,
			"with garbage before it": append([][]byte{garbage(rng), garbage(rng), garbage(rng)}, lines...),
		} {
			if got := detected(t, lines); got != want {
				t.Errorf("%s, %s: detected %q", path, how, got)
			}
			if got := followed(t, lines); got != want {
				t.Errorf("%s, %s: Auto arrived at %q", path, how, got)
			}
		}
	})
}

func TestFileThatChangesFormatIsFollowed(t *testing.T) {
	type sample struct {
		name  string
		lines [][]byte
	}
	var all []sample
	corpus(t, func(path string, format Format, lines [][]byte) {
		name := filepath.Base(filepath.Dir(path))
		if _, ok := Lookup(name); ok && (len(all) == 0 || all[len(all)-1].name != name) {
			all = append(all, sample{name, lines})
		}
	})
	count := func(a *Auto, lines [][]byte) (good int) {
		var e event.Event
		for _, line := range lines {
			e.Reset()
			if a.Parse(line, &e) == nil {
				good++
			}
		}
		return good
	}
	for _, before := range all {
		for _, after := range all { // arrives there, and stays
			if before.name == after.name {
				continue
			}
			// No line that the format alone explains may be lost by what came before.
			alone, e := 0, event.Event{}
			p := named(t, after.name).New(goldenOptions(t))
			for _, line := range after.lines {
				e.Reset()
				if p.Parse(line, &e) == nil {
					alone++
				}
			}
			a := NewAuto(goldenOptions(t))
			count(a, before.lines)
			if named(t, after.name).Last { // it has to wait until no other is in force
				alone -= 2 * turns
			}
			if got := count(a, after.lines); got < alone {
				t.Errorf("%s after %s: %d lines explained of %d", after.name, before.name, got, alone)
			}
			for n := 0; n < 4*askEvery && a.Format() != after.name; n += len(after.lines) {
				count(a, after.lines)
			}
			stay := 1
			if before.name == all[0].name { // one stands for all, it takes a while
				stay = 4 * askEvery
			}
			for n := 0; n < stay; n += len(after.lines) {
				count(a, after.lines)
			}
			if got := a.Format(); got != after.name {
				t.Errorf("%s after %s: Auto arrived at %q", after.name, before.name, got)
			}
		}
	}
}

func TestLastResortTakesNoLineThatIsTorn(t *testing.T) {
	full := []byte(`203.0.113.7 - - [21/Nov/2026:06:53:01 +0100] "GET / HTTP/1.1" 200 612 "-" "curl/8"`)
	odd := []byte(`203.0.113.7 - [21/Nov/2026:06:53:01 +0100] "GET / HTTP/1.1" 200 612 "-" "curl/8"`)
	for name, c := range map[string]struct {
		lines [][]byte
		want  string
	}{
		"a stray line":          {[][]byte{full, odd, full, odd, odd, full}, "+-+--+ combined"},
		"three lines and then":  {[][]byte{full, odd, odd, odd, odd, full, odd, full}, "+---++-+ combined"},
		"a file that changes":   {[][]byte{full, odd, odd, odd, odd, odd, odd, odd}, "+---++++ access"},
		"a file that is all so": {[][]byte{odd, odd, odd}, "+++ access"},
		"and comes to order":    {[][]byte{odd, odd, full, full, full, full}, "++++++ combined"},
	} {
		a, e := NewAuto(Options{}), event.Event{}
		var got strings.Builder
		for _, line := range c.lines {
			e.Reset()
			if a.Parse(line, &e) == nil {
				got.WriteByte('+')
			} else {
				got.WriteByte('-')
			}
		}
		if got := got.String() + " " + a.Format(); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

func TestDetectTellsTheRunnerUpAndWhy(t *testing.T) {
	lines := [][]byte{
		[]byte(`203.0.113.7 - - [21/Nov/2026:06:53:01 +0100] "GET / HTTP/1.1" 200 612 "-" "curl/8"`),
		[]byte(`203.0.113.7 - - [21/Nov/2026:06:53:01 +0100] "GET / HTTP/1.1" 200 612 "-" "curl/8"`),
		[]byte(`203.0.113.7 - - [21/Nov/2026:06:53:01 +0100] "GET / HTTP/1.1" 200 612`),
		nil,
	}
	var got []string
	for _, c := range Detect(lines, Options{}) {
		got = append(got, fmt.Sprintf("%s %.2f, line %d: %s at %d", c.Format, c.Share, c.Line, c.First.Reason, c.First.Column))
	}
	want := "combined 0.67, line 2: truncated at 69; common 0.33, line 0: trailing text at 69"
	if s := strings.Join(got, "; "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}

func TestStrayLineDoesNotChangeTheFormat(t *testing.T) {
	a, e := NewAuto(Options{}), event.Event{}
	full := []byte(`203.0.113.7 - - [21/Nov/2026:06:53:01 +0100] "GET / HTTP/1.1" 200 612 "-" "curl/8"`)
	short := []byte(`203.0.113.7 - - [21/Nov/2026:06:53:01 +0100] "GET / HTTP/1.1" 200 612`)
	var got strings.Builder
	for _, line := range [][]byte{full, short, full, short, short, full, full, short, short, short, short, short, full} {
		e.Reset()
		if r := a.Parse(line, &e); r != nil {
			t.Errorf("%s: %s", line, r.Reason)
		}
		got.WriteString(map[string]string{"combined": "F", "common": "s"}[a.Format()])
	}
	if want := "FFFFFFFFFssss"; got.String() != want {
		t.Errorf("got %s, want %s", got.String(), want)
	}
}

func TestAutoGivesTheReasonOfTheFormatInForce(t *testing.T) {
	a, e := NewAuto(Options{}), event.Event{}
	var got []string
	for _, line := range []string{
		"hello", "\x00\x00\x00", "", "# comment",
		`203.0.113.7 - - [21/Nov/2026:06:53:01 +0100] "GET / HTTP/1.1" 200 612 "-" "curl/8"`,
		`203.0.113.7 - - [21/Nov/2026:06:53:01 +0100] "GET / HT`, "hello", "",
	} {
		e.Reset()
		if r := a.Parse([]byte(line), &e); r != nil {
			got = append(got, r.Reason.String())
		} else {
			got = append(got, "fine")
		}
	}
	want := "no known format, binary, blank, directive, fine, truncated, bad field, blank"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}

func TestFormatsAreFoundUnderTheNamesPeopleKnow(t *testing.T) {
	for name, want := range map[string]string{
		"combined": "combined", "COMBINED": "combined", "VCOMBINED": "vhost_combined", "clf": "common",
		"AWSALB": "aws_alb", "aws-s3": "aws_s3", "CLOUDSTORAGE": "gcs", "TRAEFIKCLF": "traefik_clf", "IIS": "w3c", "nonsense": "",
	} {
		if got, _ := Lookup(name); got.Name != want {
			t.Errorf("%s: got %q, want %q", name, got.Name, want)
		}
	}
	seen := map[string]bool{}
	for _, f := range Formats {
		if seen[f.Name] || f.Title == "" || f.New == nil {
			t.Errorf("%q is there twice, or without a title or a parser", f.Name)
		}
		seen[f.Name] = true
	}
	for alias, name := range aliases {
		if !seen[name] || seen[alias] {
			t.Errorf("alias %s of %s", alias, name)
		}
	}
}

func TestNearestFormatIsTheOneThatReadsFurthest(t *testing.T) {
	for line, want := range map[string]string{
		`203.0.113.7 - - [21/Nov/2026:06:53:01 +0100] "GET / HTTP/1.1" 200 612`:             "common",
		`203.0.113.7 - - [21/Nov/2026:06:53:01 +0100] "GET / HTTP/1.1" OK 612 "-" "curl/8"`: "",
		`[21/Nov/2026:06:53:01 +0100] 203.0.113.7 TLSv1.3 TLS_X "GET / HTTP/1.1" 12 plus`:   "ssl_request",
		"2026-11-21T10:15:32+00:00\tnginx.access\tx":                                        "",
		`{"time":"2026-11-21T10:15","method":"GET"}`:                                        "",
		"Traceback (most recent call last):":                                                "",
	} {
		if got := Nearest([]byte(line), "traefik_clf", 62); got != want {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
}

func TestVirtualHostBeforeForwardedAddressesIsNoClient(t *testing.T) {
	line := []byte(`www.example.org 203.0.113.7, 10.0.0.1 - - [21/Nov/2026:06:53:20 +0100] "GET / HTTP/1.1" 200 571 "-" "curl/8.5.0"`)
	if got, want := detected(t, [][]byte{line}), "vhost_combined"; got != want {
		t.Errorf("detected %q, want %q", got, want)
	}
	e := event.Event{}
	if r := NewAuto(goldenOptions(t)).Parse(line, &e); r != nil || string(e.Client) != "203.0.113.7" || string(e.Host) != "www.example.org" {
		t.Errorf("client %q, host %q, %v", e.Client, e.Host, r)
	}
}

func TestProseWithAsManyWordsAsColumnsIsNoW3C(t *testing.T) {
	line := []byte(`2026-11-21 06:53:01 [INF] Request finished HTTP/1.1 GET http://localhost:5004/api/Users - 403 0 - 12.5073ms`)
	e := event.Event{}
	if r := w3c.New(goldenOptions(t)).Parse(line, &e); r == nil {
		t.Errorf("method %q, client %q", e.Method, e.Client)
	}
}

func TestBarBehindAnAddressIsNoDockerCompose(t *testing.T) {
	e := event.Event{}
	line := []byte(`203.0.113.7 | - | 21/Nov/2026:06:53:01 +0100 | GET /a HTTP/1.1 | 200 | 1234 | 0.012 | - | curl/8.5.0`)
	if r := NewAuto(goldenOptions(t)).Parse(line, &e); r != nil || string(e.Client) != "203.0.113.7" {
		t.Errorf("client %q, %v", e.Client, r)
	}
}
