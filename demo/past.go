package demo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// pastRate is the requests per second of days that are past: a day of them is
// made within a second.
const pastRate = 0.4

// Past writes a log for each of so many days before today, as a writer that
// begins a file a day leaves them: access-20260314T0000Z.log.
func Past(ctx context.Context, cfg Config, days int) error {
	today := cfg.Start.UTC().Truncate(24 * time.Hour)
	for n := days; n > 0; n-- {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		end := today.AddDate(0, 0, 1-n)
		name := end.AddDate(0, 0, -1).Format("access-20060102T1504Z.log")
		day := Config{Seed: cfg.Seed + int64(n), Start: end.In(cfg.Start.Location()), Rate: pastRate, History: 24 * time.Hour}
		if err := write(day, filepath.Join(cfg.Dir, name), end); err != nil {
			return err
		}
	}
	return nil
}

// Rotated writes access.log.1, the hours before the history: what is complete
// and not archived.
func Rotated(cfg Config) error {
	end := cfg.Start.Add(-DefaultHistory)
	old := Config{Seed: cfg.Seed - 1, Start: end, Rate: pastRate, History: 2 * time.Hour}
	return write(old, filepath.Join(cfg.Dir, "access.log.1"), end)
}

// write makes the history of cfg a log of its own, last changed at end.
func write(cfg Config, path string, end time.Time) error {
	dir, err := os.MkdirTemp(filepath.Dir(path), ".past-")
	if err != nil {
		return fmt.Errorf("make room for the demo's past: %w", err)
	}
	defer os.RemoveAll(dir)
	cfg.Dir = dir
	g := New(cfg)
	if err := g.Backfill(); err != nil {
		return err
	}
	if err := os.Chtimes(g.logs[0].path, end, end); err != nil {
		return fmt.Errorf("write the demo's past: %w", err)
	}
	if err := os.Rename(g.logs[0].path, path); err != nil {
		return fmt.Errorf("write the demo's past: %w", err)
	}
	return nil
}
