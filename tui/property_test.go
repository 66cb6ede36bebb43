package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"weir/alert"
	"weir/ingest"
	"weir/ingest/event"
	"weir/stats"
	"weir/tui/panel"
)

// hostile are pieces of text that someone puts into a log to break a screen.
var hostile = []string{
	"\x1b[2J\x1b[H", "\x1b]0;owned\x07", "\x1b[31m", "\x9b31m", "\u009b1A", "\x00\x01\x02", "\r\n", "\t", "\u202e", "\u2066", "\u200f", "\ufeff",
	"e\u0301", strings.Repeat("\u0301", 20), "日本語", "한국어", "\u1112\u1161\u11ab", "👍🏽", "👩‍👩‍👧‍👦", "🇩🇪", "❤️", "नमस्ते", "שלום", "مرحبا", "\xff\xfe", "\xe2\x82",
	"\u3000", "\u00ad", "ﷺ", "𒐫", strings.Repeat("/long", 400), "~", "/", " ", "<script>", "%1b%5b", "\U000e0041", "\u2028", "\x1bP+q\x1b\\",
}

func hostileText(t *rapid.T, label string) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(hostile), 0, 6).Draw(t, label), "a")
}

// hostileMoment is a moment full of such text.
func hostileMoment(t *rapid.T) *ingest.Moment {
	g := stats.New(stats.Config{})
	text := func(label string) []byte { return []byte(hostileText(t, label)) }
	m := &ingest.Moment{Seq: 1, Now: time.Unix(5000, 0), At: 5000, Live: true, Span: 10 * time.Second, Step: 1,
		Threshold: 10, AlertPeriod: 2 * time.Minute, Average: 12, Trends: map[string][]uint64{}, Total: ingest.Totals{Backlog: 1, Lines: 1 << 40, Unparsed: 12, Behind: 1 << 33}}
	timed := rapid.Bool().Draw(t, "timed")
	for i := range rapid.IntRange(0, 40).Draw(t, "requests") {
		e := event.Event{Time: int64(4990+i%10) * 1e9, Status: int32(rapid.SampledFrom([]int{200, 301, 404, 503, -1, 999}).Draw(t, "status")),
			Bytes: rapid.Int64Range(-1, 1<<40).Draw(t, "bytes"), Duration: event.Unknown,
			Client: text("client"), Agent: text("agent"), Host: text("host"), Method: text("method")}
		e.Path = append([]byte("/"), text("path")...)
		if timed {
			e.Duration = rapid.Int64Range(0, 1e12).Draw(t, "duration")
		}
		g.Add(&e)
		m.Trends[string(event.Section(e.Path))] = []uint64{0, 1, 2, 3}
		m.Lines = append(m.Lines, ingest.Line{At: time.Unix(4990, 0), Source: string(e.Host), Client: string(e.Client), Method: string(e.Method), Target: string(e.Path),
			Status: e.Status, Bytes: e.Bytes, Duration: e.Duration, Raw: hostileText(t, "raw")})
	}
	m.Window, m.Before, m.Series = g.Window(4990, 5000), g.Window(4980, 4990), g.Series(4400, 5000, 1)
	for i := range rapid.IntRange(0, 3).Draw(t, "sources") {
		m.Sources = append(m.Sources, event.Source{Path: hostileText(t, "source"), Format: hostileText(t, "format"), State: event.State(rapid.IntRange(0, 7).Draw(t, "state")),
			Err: hostileText(t, "error"), Lines: int64(i), Rejected: [event.NumReasons]int64{event.BadField: 3, event.Binary: 1}, Rotations: 3, Truncated: 1, Behind: 5,
			Bad: []event.Bad{{Reject: event.Reject{Reason: event.BadField, Field: hostileText(t, "field"), Column: 7}, Line: 12, Text: text("bad")}}})
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "alerts") {
		c := alert.Change{Rule: alert.Traffic, State: alert.Firing, Value: 12.5, Threshold: 10, Time: time.Unix(int64(4950-50*i), 0)}
		if i%2 == 1 {
			c.State, c.Since = alert.Recovered, time.Unix(4800, 0)
		}
		c.Message = alert.TrafficMessage(c, time.UTC)
		c.Why = []alert.Mover{{Dimension: "section", Key: hostileText(t, "why"), After: 12, Share: 0.7}, {Dimension: "client", Key: hostileText(t, "why"), After: 3, Share: 0.2}}
		c.Samples = []string{hostileText(t, "sample")}
		m.Alerts = append(m.Alerts, c)
	}
	if len(m.Alerts) > 0 && rapid.Bool().Draw(t, "firing") {
		m.Firing = m.Alerts[:1]
	}
	return m
}

func TestNothingInALogBreaksTheScreen(t *testing.T) {
	var names []string
	for _, spec := range panel.Panels {
		names = append(names, spec.Name)
	}
	keys := []string{"tab", "j", "k", "G", "g", "ctrl+d", "pgup", "s", "s", "r", "z", "?", "T", "5", "esc", " ", "w", "W", "h", "l", "L", "t", "3", "2", "1", "[", "]", "y", "+", "-", "enter", "enter", "/", ":", "/", ":", "e", "\"", "backspace", `\`, "v", "c"}
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(0, 250).Draw(t, "w"), rapid.IntRange(0, 80).Draw(t, "h")
		moment := hostileMoment(t)
		cfg := Config{Title: []string{hostileText(t, "title")}, Location: time.UTC, ASCII: rapid.Bool().Draw(t, "ascii")}
		if rapid.Bool().Draw(t, "labelled") {
			cfg.Label = func(agent string) string { return agent }
		}
		m := New(cfg, still{moment}, w, h)
		m.now = func() time.Time { return moment.Now }
		if rapid.Bool().Draw(t, "zoomed") {
			m.focus, m.zoomed = rapid.SampledFrom(names).Draw(t, "panel"), true
			m.arrange()
		}
		for _, k := range rapid.SliceOfN(rapid.SampledFrom(keys), 0, 12).Draw(t, "keys") {
			m.Update(keyMsg(k))
			whole(t, m)
		}
		m.Update(resize{rapid.IntRange(1, 250).Draw(t, "w2"), rapid.IntRange(1, 80).Draw(t, "h2")})
		whole(t, m)
	})
}

// whole checks a screen: every row fills the width, every border stands where
// the layout says, and nothing but text and our own sequences is sent.
func whole(t *rapid.T, m *Model) {
	m.View()
	for y, n := range m.grid.Columns() {
		if n != m.w {
			t.Fatalf("row %d fills %d of %d columns\n%s", y, n, m.w, m.grid.Plain())
		}
	}
	if err := sane(m.screen); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(m.screen, "\n") + 1; n != max(m.h, 1) {
		t.Fatalf("%d rows sent to a screen of %d", n, m.h)
	}
	if len(m.over) > 0 {
		return
	}
	box := m.cfg.Terminal.Glyphs.Box
	for _, p := range m.layout.places {
		if p.border != panel.Full || p.w < 4 || p.h < 3 {
			continue
		}
		r, b := p.x+p.w-1, p.y+p.h-1
		corners := []rune{m.grid.Rune(p.x, p.y), m.grid.Rune(r, p.y), m.grid.Rune(r, b), m.grid.Rune(p.x, b)}
		if string(corners) != string(box[:4]) {
			t.Fatalf("corners of %s are %q\n%s", p.panel, corners, m.grid.Plain())
		}
		for y := p.y + 1; y < b; y++ {
			if m.grid.Rune(p.x, y) != box[5] || m.grid.Rune(r, y) != box[5] {
				t.Fatalf("%s has lost its border in row %d\n%s", p.panel, y, m.grid.Plain())
			}
		}
	}
}

// sane checks that a frame holds no sequence but SGR and the column of the
// cursor, and no other control or format character.
func sane(frame string) error {
	for rest := frame; ; {
		i := strings.IndexFunc(rest, func(r rune) bool {
			return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == 0x2028 || r == 0x2029 || r == unicode.ReplacementChar)
		})
		if i < 0 {
			return nil
		}
		params := strings.TrimLeft(strings.TrimPrefix(rest[i:], "\x1b["), "0123456789;")
		if !strings.HasPrefix(rest[i:], "\x1b[") || params == "" || params[0] != 'm' && params[0] != 'G' {
			return fmt.Errorf("%q is sent", rest[i:min(i+24, len(rest))])
		}
		rest = params[1:]
	}
}
