package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"weir/alert"
	"weir/alert/notify"
	"weir/archive/report"
	"weir/bar"
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
func (c *reportCmd) Run(ctx context.Context, s streams, settings *settings) (err error) {
	if len(c.Files) == 0 {
		return ingest.UsageError{Err: errors.New("name the files to report on, or - for standard input")}
	}
	rules, err := c.Rules(settings.rules, false)
	if err != nil {
		return err
	}
	to, err := openSheet(c.Output, s.out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.close()) }()
	if c.Output != "" {
		c.Skip = append(c.Skip, c.Output)
	}
	if files, err := ingest.Expand(c.Files); err == nil {
		generous(files)
	}
	var session *ingest.Session
	line := bar.New(s.err, func(elapsed time.Duration) string { return progress(session.Reader.Sources(), elapsed) })
	waits := waitsOn(s.err)
	c.Waits = func(pipe string) { line.Above(func() { waits(pipe) }) }
	var alerts []alert.Change
	session, err = c.Open(ingest.PumpConfig{
		Replay: true, Stats: stats.Config{Brief: true}, Threshold: c.Alert, AlertPeriod: c.AlertPeriod, Rules: rules,
		OnChange: func(a alert.Change) { alerts = append(alerts, a) },
	}, true, s.in)
	if err != nil {
		return err
	}
	hide := line.Show()
	err = session.Run(ctx)
	hide()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil && !session.Partly(err) {
		return err
	}
	r := reportOf(session.Pump.Moment(), session.Location)
	r.Summary, r.Alerts, r.Top = session.Pump.Total(), alerts, c.Top
	writer, _ := report.Find(c.To)
	return errors.Join(err, writer.Write(to, r))
}

// waitsOn tells on err of a pipe that is waited for.
func waitsOn(err io.Writer) func(pipe string) {
	return func(pipe string) { fmt.Fprintf(err, "weir: waiting for a writer of %s\n", report.Visible(pipe)) }
}

// sheet is what a report is written to: standard output, or a file. That is
// opened before anything is read, so that nobody waits for a report that can't be
// written, and keeps what is in it until there is one.
type sheet struct {
	io.Writer
	file    *os.File // nil: standard output
	made    bool     // there was no such file
	written bool
}

// openSheet opens path; "" is out.
func openSheet(path string, out io.Writer) (*sheet, error) {
	if path == "" {
		return &sheet{Writer: out}, nil
	}
	_, there := os.Lstat(path)
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o666)
	if err != nil {
		err = fmt.Errorf("--output: %w%s", err, notify.Remedy(err))
		if !full(err) {
			err = ingest.UsageError{Err: err}
		}
		return nil, err
	}
	return &sheet{Writer: file, file: file, made: errors.Is(there, fs.ErrNotExist)}, nil
}

// Write implements io.Writer.
func (s *sheet) Write(b []byte) (int, error) {
	if s.file != nil && !s.written {
		if info, err := s.file.Stat(); err == nil && info.Mode().IsRegular() {
			if err := s.file.Truncate(0); err != nil {
				return 0, fmt.Errorf("--output: %w%s", err, notify.Remedy(err))
			}
		}
	}
	s.written = true
	n, err := s.Writer.Write(b)
	if err != nil && s.file != nil {
		err = fmt.Errorf("--output: %w%s", err, notify.Remedy(err))
	}
	return n, err
}

// close leaves no file that was made for a report that never came.
func (s *sheet) close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	if s.made && !s.written {
		err = errors.Join(err, os.Remove(s.file.Name()))
	}
	return err
}
