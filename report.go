package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"weir/alert"
	"weir/archive/report"
	"weir/ingest"
	"weir/stats"
)

// reportCmd prints a report of files.
type reportCmd struct {
	ingest.Flags
	To     string `default:"text" enum:"text,json" help:"Write text or json."`
	Output string `placeholder:"PATH" help:"Write to PATH instead of standard output."`
	Top    int    `default:"10" help:"Rows of each ranking."`
}

// Run is the command.
func (c *reportCmd) Run(ctx context.Context, s streams) (err error) {
	if len(c.Files) == 0 {
		return ingest.UsageError{Err: errors.New("name the files to report on, or - for standard input")}
	}
	var alerts []alert.Change
	session, err := c.Open(ingest.PumpConfig{Replay: true, Stats: stats.Config{Brief: true}, OnChange: func(a alert.Change) { alerts = append(alerts, a) }}, true, s.in)
	if err != nil {
		return err
	}
	end := watchProgress(s.err, session.Reader.Sources)
	err = session.Run(ctx)
	end()
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	r := reportOf(session.Pump.Moment())
	r.Summary, r.Alerts, r.Top, r.Location = session.Pump.Total(), alerts, c.Top, session.Location
	out := s.out
	if c.Output != "" {
		if out, err = os.Create(c.Output); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
		defer func() { err = errors.Join(err, out.Close()) }()
	}
	writer, _ := report.Find(c.To)
	return writer.Write(out, r)
}
