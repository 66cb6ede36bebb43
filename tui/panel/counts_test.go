package panel

import (
	"strings"
	"testing"

	"weir/ingest/event"
	"weir/tui/paint"
)

func TestInputsOfWhichNothingComesAreNamedInWords(t *testing.T) {
	lived := event.Source{Path: "/var/log/a.log", State: event.Live, Lines: 5, Parsed: 5}
	old := event.Source{Path: "/var/log/app/old.log.gz", State: event.Gone}
	is := func(path string, state event.State, why string) event.Source {
		return event.Source{Path: path, State: state, Err: why}
	}
	for _, c := range []struct {
		sources []event.Source
		width   int
		want    string
	}{
		{nil, 80, ""},
		{[]event.Source{old}, 80, ""},
		{[]event.Source{is("typo.log", event.Waiting, "")}, 80, "typo.log is not there   "},
		{[]event.Source{is("typo.log", event.Gone, "")}, 80, "typo.log is not there   "},
		{[]event.Source{is("typo.log", event.Waiting, "")}, 66, "1 not there   "},
		{[]event.Source{is("typo.log", event.Waiting, ""), is("a.lgo", event.Waiting, "")}, 80, "2 not there   "},
		{[]event.Source{is("logs/*.log", event.Waiting, "no log matches"), is("-", event.Waiting, "")}, 80, "*.log is waited for   "},
		{[]event.Source{is("/var/log/auth.log", event.Unreadable, "permission denied")}, 80, "auth.log is unreadable   "},
	} {
		f := &Frame{Moment: Empty()}
		f.Files = []string{"/var/log/a.log", "/var/log/app"}
		f.Sources, f.Total.Parsed = append(c.sources, lived), 5
		for _, s := range c.sources {
			if s.State != event.Gone || s.Path != old.Path {
				f.Files = append(f.Files, s.Path)
			}
		}
		g := paint.NewGrid(c.width, 1, &paint.Unicode)
		Counts(g.Canvas(), f)
		want := strings.TrimRight(" read 0.0 lines/s   "+c.want+"0 unparsed   0 late   0 dropped", " ")
		if got := strings.TrimRight(strings.TrimSuffix(strings.TrimSpace(g.Plain()), "0 lines so far"), " "); " "+got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}
