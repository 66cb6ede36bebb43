package demo

import (
	"hash/fnv"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// starts are moments at which a demo may be started: in odd parts of a second,
// at night, across midnight, a new year and both changes of the clock.
func starts(t *testing.T) map[string]time.Time {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]time.Time{
		"a second later":      start.Add(time.Second),
		"late in the second":  start.Truncate(time.Second).Add(time.Second - 1),
		"four seconds later":  start.Add(4 * time.Second),
		"seven minutes later": start.Add(7*time.Minute + 13*time.Second),
		"before dawn":         time.Date(2026, 3, 15, 4, 59, 59, 999, time.UTC),
		"at midnight":         time.Date(2025, 12, 31, 23, 59, 58, 0, berlin),
		"as summer begins":    time.Date(2026, 3, 29, 1, 59, 30, 0, berlin),
		"as summer ends":      time.Date(2026, 10, 25, 2, 59, 30, 0, berlin),
		"with an odd offset":  time.Date(2027, 7, 1, 12, 0, 0, 1, time.FixedZone("", 5*3600+45*60)),
	}
}

// told is what a generator's requests of two cycles come to, with every time
// taken from the start.
type told struct {
	Requests         int
	Digest           uint64 // of every field of every request, and when it came
	Fired, Recovered []int  // seconds from the start
}

func tell(start time.Time) told {
	var got told
	sum := fnv.New64a()
	g := New(Config{Seed: 1, Start: start})
	for e := range g.Until(g.cfg.Start.Add(Cycle)) {
		got.Requests++
		since := e.Time - g.cfg.Start.UnixNano()
		for _, field := range [][]byte{e.Client, e.User, e.Method, e.Target, e.Host, e.Proto, e.Referrer, e.Agent} {
			sum.Write(append(slices.Clip(field), 0))
		}
		sum.Write(appendDecimal(nil, since+int64(24*time.Hour), 9))
		sum.Write(appendDecimal(nil, e.Duration, 9))
		sum.Write(appendDecimal(nil, e.Bytes<<10|int64(e.Status), 0))
	}
	got.Digest = sum.Sum64()
	got.Fired, got.Recovered = changes(New(Config{Seed: 1, Start: start}), 2*time.Minute)
	return got
}

func TestSameSeedGivesTheSameRequestsWheneverItIsStarted(t *testing.T) {
	want := tell(start)
	if want.Requests < 50_000 || len(want.Fired) != 4 {
		t.Fatalf("%d requests and alerts at %d: this proves too little", want.Requests, want.Fired)
	}
	for name, at := range starts(t) {
		if diff := cmp.Diff(want, tell(at)); diff != "" {
			t.Errorf("started %s (%s), (+) against %s (-):\n%s", name, at, start, diff)
		}
	}
}

var stamps = regexp.MustCompile(`\[[^\]]*\]|"ts":[0-9.]+,`)

func TestSameSeedGivesTheSameLinesButForTheirTimes(t *testing.T) {
	at := starts(t)["as summer begins"]
	want := history(t, Config{Seed: 1, Start: start, History: 5 * time.Minute})
	for name, text := range history(t, Config{Seed: 1, Start: at, History: 5 * time.Minute}) {
		if stamps.ReplaceAllString(text, "") != stamps.ReplaceAllString(want[name], "") {
			t.Errorf("%s is another at another start", name)
		}
		if text == want[name] {
			t.Errorf("%s has the times of another start", name)
		}
	}
}

func TestLinesAcrossAChangeOfTheClockNameTheOffsetInForce(t *testing.T) {
	at := starts(t)["as summer begins"]
	g := New(Config{Seed: 1, Start: at, History: time.Minute})
	before, after := 0, 0
	var line []byte
	for e := range g.Until(at.Add(time.Minute)) {
		if isAPI(e) {
			continue
		}
		line = g.logs[0].appendCombined(line[:0], e)
		switch text := string(line); {
		case strings.Contains(text, "29/Mar/2026:01:5") && strings.Contains(text, " +0100]"):
			before++
		case strings.Contains(text, "29/Mar/2026:03:00:") && strings.Contains(text, " +0200]"):
			after++
		default:
			t.Fatalf("neither winter nor summer: %s", text)
		}
	}
	if before < 1000 || after < 1000 {
		t.Errorf("%d lines in winter and %d in summer", before, after)
	}
}
