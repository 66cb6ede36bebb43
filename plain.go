package main

import (
	"fmt"
	"io"
	"time"

	"weir/alert"
	"weir/archive/report"
	"weir/ingest"
	"weir/ingest/event"
)

// printer is the face without a screen.
type printer struct {
	out, err io.Writer
	json     bool
	once     bool           // nothing is waited for
	zone     *time.Location // of the times
	alerts   []alert.Change // since the last object
	states   []event.State  // of the sources, as last told
	told     int64          // lines read when the last period was printed
	until    int64          // where that ended
	quiet    bool           // it was said that the log has ended
	failed   error          // the first failure to write
}

func (p *printer) attach(cfg *ingest.PumpConfig) {
	write := cfg.OnChange
	cfg.OnChange = func(a alert.Change) {
		if write != nil {
			write(a)
		}
		p.change(a)
	}
	cfg.OnPeriod, cfg.OnMoment = p.period, p.sources
}

func (p *printer) failure() error { return p.failed }

// sources tells on standard error what state each input is in, when it changes.
func (p *printer) sources(m *ingest.Moment) {
	for i := range m.Sources {
		s := &m.Sources[i]
		known := i < len(p.states)
		if !known {
			p.states = append(p.states, event.Done)
		}
		if p.once && (s.State != event.Waiting || s.Err == "") { // a pipe is waited for, nothing else
			continue
		}
		if known && p.states[i] == s.State || m.Seq == 1 { // at first nobody has looked yet
			continue
		}
		p.states[i] = s.State
		switch s.State {
		case event.Waiting:
			why := s.Path + " is not there yet: waiting for it"
			if s.Err != "" {
				why = s.Err
			}
			fmt.Fprintf(p.err, "weir: %s\n", report.Visible(why))
		case event.Empty:
			fmt.Fprintf(p.err, "weir: %s is empty: waiting for lines\n", report.Visible(s.Path))
		case event.Gone:
			fmt.Fprintf(p.err, "weir: %s is gone: waiting for it to come back\n", report.Visible(s.Path))
		case event.Unreadable:
			fmt.Fprintf(p.err, "weir: %s\n", report.Visible(s.Err))
		}
	}
}

func (p *printer) change(c alert.Change) {
	if p.json {
		p.alerts = append(p.alerts, c)
		return
	}
	p.keep(report.Change(p.out, &c))
}

func (p *printer) period(m *ingest.Moment) {
	if m == nil {
		return
	}
	if !m.Live && m.At == p.until && m.Total.Lines == p.told && len(p.alerts) == 0 { // an old log: its end again
		if !p.quiet && !p.once {
			fmt.Fprintf(p.err, "weir: the log ends at %s: waiting for lines\n", time.Unix(m.At, 0).In(p.zone).Format(time.RFC3339))
		}
		p.quiet = true
		return
	}
	r, write := reportOf(m, p.zone), report.Block
	if p.json {
		r.Alerts, p.alerts, write = p.alerts, nil, report.JSON
	}
	err := write(p.out, r)
	if p.keep(err); err == nil { // what could not be written is tried again
		p.told, p.until, p.quiet = m.Total.Lines, m.At, false
	} else {
		p.alerts = r.Alerts
	}
}

// rest prints the period that has begun where something came in it: the input has
// ended, or weir is to end.
func (p *printer) rest(s *ingest.Session) {
	if m := s.Pump.Moment(); m != nil && (m.Total.Lines > p.told || len(p.alerts) > 0) {
		p.period(m)
	}
}

// final prints the report of everything read.
func (p *printer) final(s *ingest.Session) {
	r := reportOf(s.Pump.Moment(), p.zone)
	r.Summary = s.Pump.Total()
	if p.json {
		r.Alerts = p.alerts
		p.keep(report.JSON(p.out, r))
		return
	}
	p.keep(report.Text(p.out, r)) // the alerts were printed as they came
}

// keep keeps the first failure. While weir goes on, it says so at once: the log
// is followed and the alert file written, and there may be room again.
func (p *printer) keep(err error) {
	if p.failed != nil || err == nil {
		return
	}
	p.failed = fmt.Errorf("write to standard output: %w", err)
	if !p.once {
		fmt.Fprintf(p.err, "weir: %v\n", p.failed)
	}
}

// lines writes what ends with a line, and keeps it apart from one that a full disk
// has torn.
type lines struct {
	io.Writer
	torn bool
}

// Write implements io.Writer.
func (l *lines) Write(b []byte) (int, error) {
	if l.torn {
		if _, err := l.Writer.Write([]byte{'\n'}); err != nil {
			return 0, err
		}
		l.torn = false
	}
	n, err := l.Writer.Write(b)
	l.torn = err != nil && n > 0
	return n, err
}

// reportOf is the report of a Moment's window, with times in zone.
func reportOf(m *ingest.Moment, zone *time.Location) *report.Report {
	return &report.Report{
		Summary: m.Window, Sources: m.Sources, Lines: m.Total.Lines, Unparsed: m.Total.Unparsed,
		Late: m.Total.Late, Future: m.Total.Future, Dropped: m.Total.Dropped,
		Location: zone,
	}
}
