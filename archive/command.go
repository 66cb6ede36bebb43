package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"
)

// Cmd is weir archive.
type Cmd struct {
	Push     PushCmd     `cmd:"" default:"withargs" hidden:"" help:"Compress, upload, verify, then delete what is complete."`
	Compress CompressCmd `cmd:"" help:"Only the first half: pack what is complete into DIR/archive."`
	Upload   UploadCmd   `cmd:"" help:"Only the second half: upload, verify, then delete what is in DIR/archive."`
	List     ListCmd     `cmd:"" help:"What is in the archive, per day."`
	Verify   VerifyCmd   `cmd:"" help:"Hold what is in the archive against what is recorded of it."`
	Doctor   DoctorCmd   `cmd:"" help:"Can it read, write, prove? Which proof allows deletion there?"`
}

// Passing are the flags of commands that work pass by pass.
type Passing struct {
	Once      bool           `help:"One pass, then leave."`
	Interval  time.Duration  `default:"1m" help:"Time between passes."`
	After     *time.Duration `placeholder:"7d" help:"Age at which a file is complete whose name has neither a time nor a rotation (default: 7d, or BACKUP_ARCHIVE_AFTER days)."`
	Settle    time.Duration  `default:"2m" help:"How long a file must not have changed."`
	KeepLocal time.Duration  `default:"0" help:"How long after its last change an archived file stays here."`
	Codec     string         `default:"zstd" enum:"zstd,gzip,none" help:"zstd, gzip or none."`
	DryRun    bool           `help:"Say what would be done, and why."`
	JSON      bool           `help:"Print every step as a line of JSON."`

	// NewSummary is for main to set; see Config.
	NewSummary func() Summary `kong:"-"`
}

func (f *Passing) config(dir string, out io.Writer) Config {
	host, _ := os.Hostname()
	c := Config{
		Dir: dir, Codec: f.Codec, KeepLocal: f.KeepLocal, Host: host, Now: time.Now, DryRun: f.DryRun,
		NewSummary: f.NewSummary, OnEvent: f.say(out), Progress: &Progress{},
	}
	c.Rules.Settle = max(f.Settle, 1)
	if f.After != nil {
		c.Rules.After = max(*f.After, 1)
	}
	return c
}

// say prints events: to out for machines, to standard error for people.
func (f *Passing) say(out io.Writer) func(Event) { return say(out, f.JSON, f.DryRun || f.Once) }

func say(out io.Writer, asJSON, all bool) func(Event) {
	return func(e Event) {
		switch {
		case asJSON:
			_ = e.json(out)
		case e.What == Held && !all, e.What == Kept && !all, e.What == Packing, e.What == Verified:
			// A daemon would say these every minute.
		default:
			fmt.Fprintln(os.Stderr, e)
		}
	}
}

// passes runs one pass, or one after the other until ctx ends, which then is no
// error. What cannot get better by waiting ends them.
func (f *Passing) passes(ctx context.Context, out io.Writer, c Config, pass func(context.Context, Config) (Report, error)) error {
	once := f.Once || f.DryRun
	for {
		started := time.Now()
		report, err := withBar(ctx, c.Progress, func(ctx context.Context) (Report, error) { return pass(ctx, c) })
		if ctx.Err() != nil && !once {
			return nil
		}
		if !f.JSON && (once || report.Uploaded+report.Deleted+report.Failed > 0) {
			fmt.Fprintln(out, report)
		}
		if once || errors.As(err, new(*LockedError)) || errors.As(err, new(UsageError)) {
			return err
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "weir: %v (next pass in %s)\n", err, f.Interval)
		}
		timer := time.NewTimer(max(f.Interval-time.Since(started), time.Second))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

// String is the report in words.
func (r Report) String() string {
	text := fmt.Sprintf("%d archived", r.Uploaded)
	if r.Uploaded > 0 {
		text += fmt.Sprintf(" (%s lines, %s in %s)", humanize.Comma(r.Lines), size(r.Raw), size(r.Packed))
	}
	text += fmt.Sprintf(", %d deleted here", r.Deleted)
	for _, n := range []struct {
		n    int
		what string
	}{{r.Kept, "kept"}, {r.Held, "not complete"}, {r.Failed, "failed"}} {
		if n.n > 0 {
			text += fmt.Sprintf(", %d %s", n.n, n.what)
		}
	}
	return text
}

// PushCmd is weir archive DIR URI.
type PushCmd struct {
	Dir      string `arg:"" optional:"" help:"Directory of the logs."`
	URI      string `arg:"" optional:"" name:"uri" help:"s3://BUCKET/{prefix}/{year}/{month}/{day}/{filename} or file:///DIR; more fields: {hour} {minute} {host} {suffix} {hash}."`
	ReadBack bool   `help:"Read every object back before deleting, whatever the service says."`
	Remote
	Passing
}

// Run is the command.
func (c *PushCmd) Run(ctx context.Context, out io.Writer) error {
	return c.run(ctx, out, Push)
}

func (c *PushCmd) run(ctx context.Context, out io.Writer, pass func(context.Context, Config) (Report, error)) error {
	t, err := c.Remote.Open(ctx, c.Dir, c.URI, true)
	if err != nil {
		return err
	}
	config := c.Passing.config(t.Dir, out)
	if c.After == nil && t.After >= 0 {
		config.Rules.After = max(t.After, 1)
	}
	config.Bucket, config.Template, config.LimitRate, config.ReadBack = t.Bucket, t.Template, t.LimitRate, c.ReadBack
	return c.Passing.passes(ctx, out, config, pass)
}

// CompressCmd is weir archive compress DIR.
type CompressCmd struct {
	Dir string `arg:"" optional:"" help:"Directory of the logs."`
	Passing
	Archive string `placeholder:"DIR=URI" help:"The directory of logs and its archive, in place of the argument."`
}

// Run is the command.
func (c *CompressCmd) Run(ctx context.Context, out io.Writer) error {
	dir := c.Dir
	if dir == "" && c.Archive != "" {
		var err error
		if dir, _, err = ParsePair(c.Archive); err != nil {
			return err
		}
	}
	if dir == "" {
		return UsageError{errors.New("name the directory of the logs")}
	}
	return c.Passing.passes(ctx, out, c.Passing.config(dir, out), Compress)
}

// UploadCmd is weir archive upload DIR URI.
type UploadCmd struct{ PushCmd }

// Run is the command.
func (c *UploadCmd) Run(ctx context.Context, out io.Writer) error {
	return c.run(ctx, out, UploadPacked)
}

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

// parseWhen reads a time, a date, or how long ago: 2h, 7d.
func parseWhen(text string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if at, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return at, nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.ParseFloat(days, 64); err == nil && n >= 0 && n < 1e5 {
			return now.Add(-time.Duration(n * float64(24*time.Hour))), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time: write 2026-11-20, 2026-11-20T15:04 or how long ago, as in 2h or 7d", text)
}

// always is before any log.
const always = 100 * 365 * 24 * time.Hour

// ListCmd is weir archive list [URI].
type ListCmd struct {
	URI string `arg:"" optional:"" name:"uri" help:"The archive."`
	Remote
	Between
	JSON bool `help:"One JSON object a file."`
}

// Run is the command.
func (c *ListCmd) Run(ctx context.Context, out io.Writer) error {
	t, err := c.Remote.Open(ctx, "", c.URI, false)
	if err != nil {
		return err
	}
	since, until, err := c.Between.span(time.Now(), always)
	if err != nil {
		return err
	}
	entries, bad, err := List(ctx, t.Bucket, t.Template, since, until)
	if err != nil {
		return err
	}
	if c.JSON {
		err = listJSON(out, entries)
	} else {
		err = listDays(out, entries)
	}
	return errors.Join(err, errors.Join(bad...))
}

// VerifyCmd is weir archive verify URI.
type VerifyCmd struct {
	URI  string `arg:"" optional:"" name:"uri" help:"The archive."`
	Read bool   `help:"Read every byte, not only the service's checksums."`
	Remote
	Between
	JSON bool `help:"Print every object as a line of JSON."`
}

// Run is the command.
func (c *VerifyCmd) Run(ctx context.Context, out io.Writer) error {
	t, err := c.Remote.Open(ctx, "", c.URI, false)
	if err != nil {
		return err
	}
	since, until, err := c.Between.span(time.Now(), always)
	if err != nil {
		return err
	}
	checked, err := Verify(ctx, t.Bucket, t.Template, since, until, c.Read, time.Now, say(out, c.JSON, true))
	if !c.JSON {
		fmt.Fprintf(out, "%d objects, %s lines, %s in %s: %d are not what they should be\n",
			checked.Objects, humanize.Comma(checked.Lines), size(checked.Raw), size(checked.Packed), checked.Bad)
		if checked.Foreign > 0 {
			fmt.Fprintf(out, "%d of them have no manifest, so nothing is known to compare them with\n", checked.Foreign)
		}
	}
	return err
}

// DoctorCmd is weir archive doctor URI.
type DoctorCmd struct {
	URI string `arg:"" optional:"" name:"uri" help:"The archive."`
	Remote
}

// Run is the command.
func (c *DoctorCmd) Run(ctx context.Context, out io.Writer) error {
	t, err := c.Remote.Open(ctx, "", c.URI, false)
	if err != nil {
		return err
	}
	findings, err := Examine(ctx, t.Bucket, t.Template)
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, f := range findings {
		mark := "ok"
		if !f.OK {
			mark = "no"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", mark, f.What, f.Note)
	}
	if t.Dir != "" {
		mark, note := "ok", "seen: a file is never deleted while one has it open"
		if err := seesWriters(t.Dir); err != nil {
			mark, note = "no", err.Error()
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", mark, "writers in "+t.Dir, note)
	}
	return errors.Join(w.Flush(), err)
}

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
	t, err := c.Remote.Open(ctx, "", "", true)
	if err != nil {
		return err
	}
	days, words := defaultDays, c.Args
	if c.Since == "" && c.Until == "" && len(words) > 0 {
		if days, err = strconv.Atoi(words[0]); err != nil || days <= 0 || days > 36500 {
			return UsageError{fmt.Errorf("%q is no number of days: write weir restore 7 WORD…, or use --since", words[0])}
		}
		words = words[1:]
	}
	now := time.Now()
	since, until, err := c.Between.span(now, time.Duration(days)*24*time.Hour)
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
	done, err := withBar(ctx, w.Progress, func(ctx context.Context) (Restoring, error) { return Restore(ctx, w, plan) })
	if !c.JSON {
		fmt.Fprintf(out, "%d restored to %s (%s lines, %s), %d were there, %d frozen, %d failed\n",
			done.Fetched, w.Into, humanize.Comma(done.Lines), size(done.Raw), done.Have, done.Frozen, done.Failed)
	}
	return err
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
	if !c.JSON && !c.DryRun {
		fmt.Fprintf(out, "%d restored files deleted\n", n)
	}
	return err
}
