package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"weir/alert"
	"weir/archive/report"
	"weir/ingest"
	"weir/stats"
)

// reportCmd prints a report of files.
type reportCmd struct {
	ingest.Flags
	ingest.RuleFlags
	To     string `default:"text" enum:"text,json,csv,html" help:"Write text, json, csv (one row an entry of a ranking) or html (one page that needs nothing else)."`
	Output string `placeholder:"PATH" help:"Write to PATH instead of standard output."`
	Top    int    `default:"10" help:"Rows of each ranking."`
}

// Run is the command.
func (c *reportCmd) Run(ctx context.Context, s streams, settings *settings) error {
	if len(c.Files) == 0 {
		return ingest.UsageError{Err: errors.New("name the files to report on, or - for standard input")}
	}
	rules, err := c.Rules(settings.rules, false)
	if err != nil {
		return err
	}
	var alerts []alert.Change
	session, err := c.Open(ingest.PumpConfig{
		Replay: true, Stats: stats.Config{Brief: len(rules) == 0}, Threshold: c.Alert, AlertPeriod: c.AlertPeriod, Rules: rules,
		OnChange: func(a alert.Change) { alerts = append(alerts, a) },
	}, true, s.in)
	if err != nil {
		return err
	}
	end := watchProgress(s.err, session.Reader.Sources)
	err = session.Run(ctx)
	end()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil && !session.Partly(err) {
		return err
	}
	r := reportOf(session.Pump.Moment())
	r.Summary, r.Alerts, r.Top, r.Location = session.Pump.Total(), alerts, c.Top, session.Location
	return errors.Join(err, c.write(s.out, r))
}

// write writes the report where it is wanted.
func (c *reportCmd) write(out io.Writer, r *report.Report) (err error) {
	if c.Output != "" {
		var file *os.File
		if file, err = os.Create(c.Output); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		out = file
	}
	writer, _ := report.Find(c.To)
	return writer.Write(out, r)
}
