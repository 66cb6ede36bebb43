package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"weir/alert"
	"weir/archive/report"
	"weir/duration"
	"weir/ingest"
	"weir/stats"
)

// rulesCmd lists the rules in force, and tries them on logs.
type rulesCmd struct {
	List rulesListCmd `cmd:"" default:"withargs" help:"List the rules in force, and what they mean in words."`
	Test rulesTestCmd `cmd:"" help:"Replay logs through the rules and print every alert and recovery."`
}

// rulesListCmd lists the rules in force.
type rulesListCmd struct {
	ingest.RuleFlags
}

// Run is the command.
func (c *rulesListCmd) Run(out io.Writer, s *settings) error {
	rules, err := c.Rules(s.rules, true)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "traffic  --alert and --alert-period\n    fires when the requests per second over %s exceed %g, and recovers below it\n", duration.Format(c.AlertPeriod), c.Alert)
	for i := range rules {
		r := &rules[i]
		fmt.Fprintf(out, "%s  %s, %s\n    %s\n    %s\n", r.Name, r.Severity, r.Origin, r.Text, r.Meaning())
	}
	fmt.Fprintln(out, "\nMetrics, each of what matches a filter expression; change(…) compares one with the window before:")
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, m := range alert.Metrics {
		fmt.Fprintf(w, "  %s\t%s\n", m.Usage, m.Description)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out, "\nWhat may follow the level:")
	for _, clause := range alert.Clauses {
		fmt.Fprintf(w, "  %s\t%s\n", clause.Usage, clause.Description)
	}
	return w.Flush()
}

// rulesTestCmd replays logs through the rules.
type rulesTestCmd struct {
	ingest.Flags
	ingest.RuleFlags
	JSON bool `help:"One JSON object for each alert and recovery."`
}

// Run is the command.
func (c *rulesTestCmd) Run(ctx context.Context, s streams, settings *settings) error {
	if len(c.Files) == 0 {
		return ingest.UsageError{Err: errors.New("name the files to replay, or - for standard input")}
	}
	rules, err := c.Rules(settings.rules, true)
	if err != nil {
		return err
	}
	c.Waits = waitsOn(s.err)
	t := trial{out: s.out, json: c.JSON, fired: make(map[string]int)}
	session, err := c.Open(ingest.PumpConfig{Replay: true, Stats: stats.Config{Brief: true}, Threshold: c.Alert, AlertPeriod: c.AlertPeriod, Rules: rules, OnChange: t.change}, true, s.in)
	if err != nil {
		return err
	}
	err = session.Run(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if c.JSON || err != nil && !session.Partly(err) {
		return errors.Join(err, t.err)
	}
	return errors.Join(err, t.err, t.sum(session.Pump.Moment(), rules))
}

// trial prints what rules find.
type trial struct {
	out   io.Writer
	json  bool
	fired map[string]int
	err   error
}

func (t *trial) change(c alert.Change) {
	if c.State == alert.Firing {
		t.fired[c.Rule]++
	}
	var err error
	if t.json {
		err = json.NewEncoder(t.out).Encode(c)
	} else {
		err = report.Change(t.out, &c)
	}
	t.err = errors.Join(t.err, err)
}

// sum says how often each rule fired, and which fire at the end.
func (t *trial) sum(m *ingest.Moment, rules []alert.Rule) error {
	firing := make(map[string]int)
	for i := range m.Firing {
		firing[m.Firing[i].Rule]++
	}
	w := tabwriter.NewWriter(t.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w)
	names := []string{alert.Traffic}
	for i := range rules {
		names = append(names, rules[i].Name)
	}
	for _, name := range names {
		still := ""
		if n := firing[name]; n > 0 {
			still = fmt.Sprintf("%d firing at the end", n)
		}
		fmt.Fprintf(w, "%s\tfired %s\t%s\n", name, report.Many(int64(t.fired[name]), "time"), still)
	}
	return w.Flush()
}
