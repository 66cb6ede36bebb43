package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"strings"
	"text/tabwriter"
	"time"

	"weir/archive/report"
	"weir/typo"
)

// Cmd is weir archive.
type Cmd struct {
	Push     PushCmd     `cmd:"" default:"withargs" help:"Compress, upload, verify, then delete what is complete; what weir archive does when no command is named."`
	Compress CompressCmd `cmd:"" help:"Only the first half: pack what is complete into DIR/archive."`
	Upload   UploadCmd   `cmd:"" help:"Only the second half: upload, verify, then delete what is in DIR/archive."`
	List     ListCmd     `cmd:"" help:"What is in the archive, per day."`
	Verify   VerifyCmd   `cmd:"" help:"Hold what is in the archive against what is recorded of it."`
	Doctor   DoctorCmd   `cmd:"" help:"Can it read, write, prove? Which proof allows deletion there?"`
}

// there is a usage error where a directory of logs is missing before the first
// pass; one that goes later is waited for. As push needs no
// naming, dir may be the mistyped name of another command.
func there(dir string) error {
	if _, err := os.Stat(dir); dir == "" || !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var commands []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Cmd]()) {
		commands = append(commands, strings.ToLower(field.Name))
	}
	hint := "name the directory that holds the logs"
	if near := typo.Nearest(dir, commands); near != "" {
		hint = fmt.Sprintf("did you mean weir archive %s?", near)
	}
	return UsageError{fmt.Errorf("there is no directory %s: %s", dir, hint)}
}

// Passing are the flags of commands that work pass by pass.
type Passing struct {
	Once      bool           `help:"One pass, then leave."`
	Interval  time.Duration  `default:"1m" help:"Time between passes."`
	After     *time.Duration `placeholder:"7d" help:"Age at which a file is complete whose name has neither a time nor a rotation (default: 7d, or BACKUP_ARCHIVE_AFTER days)."`
	Settle    time.Duration  `default:"2m" help:"How long a file must not have changed."`
	KeepLocal time.Duration  `default:"0" help:"How long after its last change an archived file stays here."`
	MinFree   string         `placeholder:"SIZE" help:"Room on the disk below which archived files are deleted whatever --keep-local says, as in 2GB."`
	Codec     string         `default:"zstd" enum:"zstd,gzip,none" help:"zstd, gzip or none."`
	DryRun    bool           `help:"Say what would be done, and why."`
	JSON      bool           `help:"Print every step as a line of JSON."`

	// NewSummary is for main to set; see Config.
	NewSummary func() Summary `kong:"-"`
}

func (f *Passing) config(dir string, out io.Writer) (Config, error) {
	least, err := parseSize(f.MinFree)
	if err != nil {
		return Config{}, UsageError{fmt.Errorf("--min-free %w, as in 2GB", err)}
	}
	host, _ := os.Hostname()
	c := Config{
		Dir: dir, Codec: f.Codec, KeepLocal: f.KeepLocal, MinFree: least, Host: host, Now: time.Now, DryRun: f.DryRun,
		NewSummary: f.NewSummary, OnEvent: f.say(out), Progress: &Progress{},
	}
	c.Rules.Settle = max(f.Settle, 1)
	if f.After != nil {
		c.Rules.After = max(*f.After, 1)
	}
	return c, nil
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
	line, on := showing(c.Progress, c.OnEvent)
	c.OnEvent = on
	for {
		started := time.Now()
		hide := line.Show()
		did, err := pass(ctx, c)
		hide()
		if ctx.Err() != nil && !once {
			return nil
		}
		if !f.JSON && (once && err == nil || did.Uploaded+did.Deleted+did.Failed > 0) {
			fmt.Fprintln(out, did)
		}
		if once || errors.As(err, new(*LockedError)) || errors.As(err, new(UsageError)) {
			return err
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "weir: %s (next pass in %s)\n", report.VisibleLines(err.Error()), f.Interval)
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
	var text strings.Builder
	text.WriteString(fmt.Sprintf("%d archived", r.Uploaded))
	if r.Uploaded > 0 {
		text.WriteString(fmt.Sprintf(" (%s, %s in %s)", report.Many(r.Lines, "line"), size(r.Raw), size(r.Packed)))
	}
	text.WriteString(fmt.Sprintf(", %d deleted here", r.Deleted))
	for _, n := range []struct {
		n    int
		what string
	}{{r.Kept, "kept"}, {r.Held, "not complete"}, {r.Failed, "failed"}} {
		if n.n > 0 {
			text.WriteString(fmt.Sprintf(", %d %s", n.n, n.what))
		}
	}
	return text.String()
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
	config, err := c.Passing.config("", out)
	if err != nil {
		return err
	}
	if err := there(c.Dir); err != nil { // a mistyped command has no archive to be asked for
		return err
	}
	t, err := c.Remote.Open(ctx, c.Dir, c.URI, true)
	if err != nil {
		return err
	}
	if err := there(t.Dir); err != nil {
		return err
	}
	config.Dir = t.Dir
	if c.After == nil && t.After >= 0 {
		config.Rules.After = max(t.After, 1)
	}
	config.Bucket, config.Archive, config.Template, config.LimitRate, config.ReadBack = t.Bucket, t.Name(), t.Template, t.LimitRate, c.ReadBack
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
	if err := there(dir); err != nil {
		return err
	}
	config, err := c.Passing.config(dir, out)
	if err != nil {
		return err
	}
	return c.Passing.passes(ctx, out, config, Compress)
}

// UploadCmd is weir archive upload DIR URI.
type UploadCmd struct{ PushCmd }

// Run is the command.
func (c *UploadCmd) Run(ctx context.Context, out io.Writer) error {
	return c.run(ctx, out, UploadPacked)
}

// Reading are the arguments of commands that look at an archive.
type Reading struct {
	URI string `arg:"" optional:"" name:"uri" help:"The archive."`
	Remote
	Between
}

// open judges the times first, so that a slip needs no bucket to be told.
func (r *Reading) open(ctx context.Context) (t *Target, since, until time.Time, err error) {
	if since, until, err = r.Between.span(time.Now(), always); err == nil {
		t, err = r.Remote.Open(ctx, "", r.URI, false)
	}
	return t, since, until, err
}

// ListCmd is weir archive list [URI].
type ListCmd struct {
	Reading
	JSON bool `help:"One JSON object a file."`
}

// Run is the command.
func (c *ListCmd) Run(ctx context.Context, out io.Writer) error {
	t, since, until, err := c.open(ctx)
	if err != nil {
		return err
	}
	entries, bad, err := List(ctx, t.Bucket, t.Template, since, until, false)
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
	Read bool `help:"Read every byte, not only the service's checksums."`
	Reading
	JSON bool `help:"Print every object as a line of JSON."`
}

// Run is the command.
func (c *VerifyCmd) Run(ctx context.Context, out io.Writer) error {
	t, since, until, err := c.open(ctx)
	if err != nil {
		return err
	}
	checked, err := Verify(ctx, t.Bucket, t.Template, since, until, c.Read, time.Now, say(out, c.JSON, true))
	if !c.JSON && (err == nil || checked.Bad > 0) {
		fmt.Fprintf(out, "%s, %s, %s in %s: %d failed\n",
			report.Many(int64(checked.Objects), "object"), report.Many(checked.Lines, "line"), size(checked.Raw), size(checked.Packed), checked.Bad)
		if checked.Foreign > 0 {
			fmt.Fprintf(out, "%s without a manifest: nothing is known to compare with\n", report.Many(int64(checked.Foreign), "object"))
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
