package format

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"weir/ingest/event"
)

// tails are lines that end in the numbers, behind an agent or without one.
func tails(agent bool, numbers ...int) []byte {
	var b strings.Builder
	for i, n := range numbers {
		fmt.Fprintf(&b, `203.0.113.7 - - [21/Nov/2026:06:%02d:%02d +0100] "GET /a HTTP/1.1" 200 612`, i/60%60, i%60)
		if agent {
			b.WriteString(` "-" "curl/8"`)
		}
		fmt.Fprintf(&b, " %d\n", n)
	}
	return []byte(b.String())
}

// durations are those of the lines, as Auto reads them from their beginning.
func durations(text []byte) string {
	a, e := NewAuto(Options{}), event.Event{}
	a.Learn(text)
	var got []string
	for line := range strings.Lines(string(text)) {
		e.Reset()
		if r := a.Parse([]byte(strings.TrimSpace(line)), &e); r != nil {
			got = append(got, r.Reason.String())
		} else if e.Duration == event.Unknown {
			got = append(got, "-")
		} else {
			got = append(got, fmt.Sprint(float64(e.Duration)/1e9))
		}
	}
	return strings.Join(got, " ")
}

func TestUnitOfDurationsIsToldByManyLines(t *testing.T) {
	for _, c := range []struct {
		name    string
		agent   bool
		numbers []int
		want    string
	}{
		{"Apache's %D", true, []int{48211, 251, 1200345, 730}, "0.048211 0.000251 1.200345 0.00073"},
		{"Apache's %D, one line", true, []int{51234}, "0.051234"},
		{"Apache's %T", true, []int{0, 0, 1, 0, 12}, "- - - - -"},
		{"Tomcat's %D", false, []int{3, 112, 1, 45, 2034, 0}, "0.003 0.112 0.001 0.045 2.034 0"},
		{"Tomcat's combined with %D", true, []int{15, 0, 700, 8}, "0.015 0 0.7 0.008"},
		{"Jetty's latency", true, []int{5, 12}, "0.005 0.012"},
		{"Tomcat 10.1's %D", false, []int{812, 120345, 95, 3021}, "0.000812 0.120345 0.000095 0.003021"},
		{"slow pages in what may be either", false, []int{120, 450, 300}, "- - -"},
		{"the number of a connection", true, []int{10021, 10022, 10025, 10026, 10031, 10040, 10041}, "- - - - - - -"},
		{"the port of a client", true, []int{51234, 40022, 60999}, "- - -"},
		{"the port of a server", true, []int{443, 443, 80, 443}, "- - - -"},
	} {
		want := strings.ReplaceAll(c.want, "0.000095", "9.5e-05")
		if got := durations(tails(c.agent, c.numbers...)); got != want {
			t.Errorf("%s: got %s, want %s", c.name, got, want)
		}
	}
}

// What a fork makes of lines before the unit is known does not hold; afterwards it does.
// What an answer took on the wire is its body and a header, whatever the body; a duration knows nothing of bodies.
func TestSizeOfAnAnswerIsNoDuration(t *testing.T) {
	lines := func(number func(body, n int) int) []byte {
		var b strings.Builder
		for n, body := range []int{5321, 120, 48_311, 0, 512_044, 730, 5321, 9904} {
			fmt.Fprintf(&b, "203.0.113.7 - - [21/Nov/2026:06:53:%02d +0100] \"GET /a HTTP/1.1\" 200 %d \"-\" \"curl/8\" %d\n", n, body, number(body, n))
		}
		return []byte(b.String())
	}
	if got, want := durations(lines(func(body, n int) int { return body + 240 + n })), "- - - - - - - -"; got != want {
		t.Errorf("of sizes: %s", got)
	}
	if got := durations(lines(func(_, n int) int { return 251 + 90_017*(n%3) })); strings.Contains(got, "-") {
		t.Errorf("of durations: %s", got)
	}
}

func TestForkKnowsTheUnit(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	numbers := make([]int, 500)
	for i := range numbers {
		numbers[i] = 100 + rng.IntN(1<<(8+rng.IntN(12)))
	}
	lines := strings.Split(strings.TrimSpace(string(tails(false, numbers...))), "\n")
	a, e := NewAuto(Options{}), event.Event{}
	parse := func(a *Auto, lines []string) (known int) {
		for _, line := range lines {
			e.Reset()
			a.Parse([]byte(line), &e)
			if e.Duration != event.Unknown {
				known++
			}
		}
		return known
	}
	parse(a, lines[:10])
	f := a.Fork(nil, 0)
	parse(f, lines[10:20])
	if a.Join(f) {
		t.Error("joined a fork that had to guess")
	}
	parse(a, lines[10:200])
	f = a.Fork(f, 0)
	if known := parse(f, lines[200:]); known != 300 || !a.Join(f) {
		t.Errorf("%d durations known of 300, or not joined", known)
	}
}
