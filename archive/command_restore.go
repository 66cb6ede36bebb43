package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"weir/archive/report"
	"weir/duration"
)

// Between are the flags that choose a time.
type Between struct {
	Since string `placeholder:"WHEN" help:"From this time on: a time, or a duration before now."`
	Until string `placeholder:"WHEN" help:"Before this time: a time, or a duration before now."`
}

// span returns what is meant; without flags it is the last fallback before now.
func (b *Between) span(now time.Time, fallback time.Duration) (since, until time.Time, err error) {
	until = now
	if b.Until != "" {
		if until, err = parseWhen(b.Until, now); err != nil {
			return since, until, UsageError{fmt.Errorf("--until %w", err)}
		}
	}
	since = now.Add(-fallback)
	if b.Since != "" {
		if since, err = parseWhen(b.Since, now); err != nil {
			return since, until, UsageError{fmt.Errorf("--since %w", err)}
		}
	}
	if !since.Before(until) {
		return since, until, UsageError{fmt.Errorf("nothing lies between %s and %s: --since must be before --until", since.Format(time.RFC3339), until.Format(time.RFC3339))}
	}
	return since, until, nil
}

// CheckWhen says what is wrong with a --since or --until of an archive, and what to write.
func CheckWhen(text string) error {
	if text == "" {
		return nil
	}
	_, err := parseWhen(text, time.Now())
	return err
}

// parseWhen reads a time, a date, how long ago (2h, 7d), or all.
func parseWhen(text string, now time.Time) (time.Time, error) {
	if text == "all" {
		return now.Add(-always), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if at, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return at, nil
		}
	}
	if d, err := duration.Parse(text); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	return time.Time{}, fmt.Errorf("%q is no time: write 2026-11-20, 2026-11-20T15:04 or how long ago, as in 2h or 7d", text)
}

// always is before any log.
const always = 100 * 365 * 24 * time.Hour

// RestoreCmd is weir restore.
type RestoreCmd struct {
	Args   []string `arg:"" optional:"" name:"days-or-word" help:"How many days back (default 7), then words: only files with all of them in their name. With --since or --until only words."`
	Into   string   `placeholder:"DIR" help:"Where the files go (default: DIR/restored, or LOGS_DIR/archive)."`
	Thaw   bool     `help:"Ask for objects that are in an archive class."`
	DryRun bool     `help:"Say what would be fetched and what it costs."`
	JSON   bool     `help:"Print every step as a line of JSON."`
	Remote
	Between
}

// defaultDays is how far a restore goes back.
const defaultDays = 7

// Run is the command.
func (c *RestoreCmd) Run(ctx context.Context, out io.Writer) error {
	now := time.Now()
	since, until, words, err := c.wanted(now)
	if err != nil {
		return err
	}
	t, err := c.Remote.Open(ctx, "", "", true)
	if err != nil {
		return err
	}
	w := Wanted{
		Dir: t.Dir, Into: t.Into, Bucket: t.Bucket, Template: t.Template, Since: since, Until: until, Words: words, Thaw: c.Thaw,
		LimitRate: t.LimitRate, Now: time.Now, OnEvent: say(out, c.JSON, true), Progress: &Progress{},
	}
	if c.Into != "" {
		w.Into = c.Into
	}
	plan, err := NewPlan(ctx, w)
	if err != nil {
		return err
	}
	if c.DryRun {
		for i := range plan.Items {
			item := &plan.Items[i]
			w.OnEvent(Event{Time: now, What: Planned, File: item.Name, Key: item.Manifest.Key, Lines: item.Lines, Bytes: item.Raw, Packed: item.Packed, Reason: strings.TrimSuffix(item.Do+": "+item.Reason, ": ")})
		}
	}
	if !c.JSON {
		fmt.Fprintln(os.Stderr, plan)
	}
	if c.DryRun {
		return errors.Join(plan.Bad...)
	}
	line, on := showing(w.Progress, w.OnEvent)
	w.OnEvent = on
	hide := line.Show()
	done, err := Restore(ctx, w, plan)
	hide()
	if !c.JSON && (err == nil || done != Restoring{}) {
		fmt.Fprintf(out, "%d restored to %s (%s, %s), %d were there, %d frozen, %d failed\n",
			done.Fetched, w.Into, report.Many(done.Lines, "line"), size(done.Raw), done.Have, done.Frozen, done.Failed)
	}
	return err
}

// wanted is the time that is asked for, and the words that a file is found by.
func (c *RestoreCmd) wanted(now time.Time) (since, until time.Time, words []string, err error) {
	days, words := defaultDays, c.Args
	if c.Since == "" && c.Until == "" && len(words) > 0 {
		if days, err = strconv.Atoi(words[0]); err != nil || days <= 0 || days > 36500 {
			return since, until, nil, UsageError{fmt.Errorf("%q is no number of days: write weir restore 7 WORD…, or use --since", words[0])}
		}
		words = words[1:]
	}
	since, until, err = c.Between.span(now, time.Duration(days)*24*time.Hour)
	return since, until, words, err
}

// CleanCmd is weir clean.
type CleanCmd struct {
	Into   string `placeholder:"DIR" help:"Clean only this directory of restored files."`
	DryRun bool   `help:"Say what would be deleted."`
	JSON   bool   `help:"Print every step as a line of JSON."`
	Dir    string `arg:"" optional:"" help:"Directory of the logs."`
	// Only the directory is needed; the archive is not asked.
	Archive string `placeholder:"DIR=URI" help:"The directory of logs and its archive, in place of the argument."`
	EnvFile string `default:".env" placeholder:"FILE" help:"File with LOGS_DIR, read where it is there."`
}

// Run is the command.
func (c *CleanCmd) Run(_ context.Context, out io.Writer) error {
	dir := c.Dir
	if dir == "" && c.Archive != "" {
		var err error
		if dir, _, err = ParsePair(c.Archive); err != nil {
			return err
		}
	}
	if dir == "" {
		env, err := readEnv(c.EnvFile)
		if err != nil {
			return err
		}
		if logs := env.get("LOGS_DIR"); logs != "" {
			dir = logs + "/fresh"
		}
	}
	if dir == "" {
		return UsageError{errors.New("name the directory of the logs: DIR, --archive DIR=URI, or LOGS_DIR")}
	}
	n, err := Clean(dir, c.Into, c.DryRun, time.Now, say(out, c.JSON, true))
	if !c.JSON && !c.DryRun && (err == nil || n > 0) {
		fmt.Fprintf(out, "%s deleted\n", report.Many(int64(n), "restored file"))
	}
	return err
}
