package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/alecthomas/kong"

	"weir/ingest"
	"weir/ingest/event"
)

// analyseCmd opens the records of everything, what is fresh and what was
// restored, in Explore or in VisiData.
type analyseCmd struct {
	With string `default:"weir" enum:"weir,visidata" placeholder:"weir" help:"What to open the records with: weir or visidata."`
	watchCmd
}

// Help is the page of help's last part.
func (c *analyseCmd) Help() string {
	return "Of a directory everything is read: the logs in it and in its fresh, restored and archive directories. Without one it is $LOGS_DIR."
}

// Run is the command.
func (c *analyseCmd) Run(ctx context.Context, s streams, command *kong.Context, settings *settings) error {
	if logs := os.Getenv("LOGS_DIR"); len(c.Files) == 0 && logs != "" {
		c.Files = []string{logs}
	}
	c.Files = everything(c.Files)
	if c.With == "visidata" {
		return c.visidata(ctx, s)
	}
	c.play = []string{"tab explore"}
	return c.watchCmd.Run(ctx, s, command, settings)
}

// everything puts beside each directory those in it that hold logs.
func everything(names []string) []string {
	var all []string
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil || !info.IsDir() {
			all = append(all, name)
			continue
		}
		found := false
		for _, inner := range []string{".", "fresh", "restored", "archive"} {
			dir := filepath.Join(name, inner)
			if info, err := os.Stat(dir); err != nil || !info.IsDir() {
				continue
			}
			if files, err := ingest.Expand([]string{dir}); err == nil && len(files) > 0 {
				all, found = append(all, dir), true
			}
		}
		if !found {
			all = append(all, name)
		}
	}
	return all
}

// visidata hands the records over as JSON lines.
func (c *analyseCmd) visidata(ctx context.Context, s streams) error {
	program, err := exec.LookPath("vd")
	if err != nil {
		return errors.New("VisiData is not installed: pipx install visidata, or apt-get install visidata; weir analyse shows the records without it")
	}
	if len(c.Files) == 0 {
		file, err := usual(s.in, defaultLog)
		if err != nil {
			return err
		}
		c.Files = []string{file}
	}
	files, err := ingest.Expand(c.Files)
	if err != nil {
		return err
	}
	zone, err := c.Location()
	if err != nil {
		return err
	}
	parsers, err := c.Parsers(true)
	if err != nil {
		return err
	}
	sources := make([]event.Source, len(files))
	for i, file := range files {
		sources[i] = event.Source{Path: file, State: event.Done}
	}
	records := ingest.NewRecords(ingest.RecordsConfig{Sources: func() []event.Source { return sources }, Parsers: parsers, Location: zone})
	defer func() { _ = records.Close() }() // of files that were read
	dir, err := os.MkdirTemp("", "weir-analyse-")
	if err != nil {
		return fmt.Errorf("make room for the records: %w", err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "records.jsonl")
	n, err := records.Export(ctx, path, false, ingest.Stretch{}, func(float64) {})
	if err != nil {
		return err
	}
	if n == 0 {
		return errors.New("no record to show: weir detect FILE tells the format of a file")
	}
	vd := exec.CommandContext(ctx, program, path)
	vd.Stdin, vd.Stdout, vd.Stderr = s.in, s.out, s.err
	if err := vd.Run(); err != nil {
		return fmt.Errorf("vd: %w", err)
	}
	return records.Lost()
}
