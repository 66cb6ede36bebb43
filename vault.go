package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"weir/archive"
	"weir/demo"
	"weir/tui/vault"
)

// vaultFlags are the flags of the Archive tab. Those that are hidden are those of
// weir archive, which tells what they mean.
type vaultFlags struct {
	Archive   string `group:"Dashboard:" placeholder:"DIR=URI" help:"The directory of logs and its archive, as in /var/log/nginx=s3://BUCKET: tab 7, and the keys A, R and C. The flags of weir archive that say how it is reached are understood, too." brief:"Directory of logs and its archive; --into for R's."`
	Into      string `group:"Dashboard:" placeholder:"DIR" help:"Where R brings archived files back to (default: DIR/restored, or LOGS_DIR/archive)." brief:"-"`
	Endpoint  string `hidden:""`
	Region    string `hidden:""`
	Profile   string `hidden:""`
	PathStyle bool   `hidden:""`
	Provider  string `hidden:""`
	LimitRate string `hidden:""`
	EnvFile   string `hidden:"" default:".env"`
}

// remote is the same for package archive.
func (f *vaultFlags) remote() archive.Remote {
	return archive.Remote{
		Archive: f.Archive, Endpoint: f.Endpoint, Region: f.Region, Profile: f.Profile,
		PathStyle: f.PathStyle, Provider: f.Provider, LimitRate: f.LimitRate, EnvFile: f.EnvFile,
	}
}

// vault is the Archive tab's configuration; nil where no archive is configured,
// or there is no screen. Wrong settings are usage errors; what has to be asked
// for over the network is asked for later, and once ready is closed.
func (c *watchCmd) vault(screen bool, ready <-chan struct{}) (*vault.Config, error) {
	remote := c.remote()
	if !screen || !c.Demo && !remote.Configured() {
		return nil, nil
	}
	push := archive.Config{Host: hostname(), NewSummary: newSummary}
	if c.Demo {
		dir := filepath.Dir(c.Files[0])
		remote = archive.Remote{Archive: dir + "=file://" + demoArchive(dir), EnvFile: os.DevNull}
	}
	target, err := remote.Find("", "", true)
	if err != nil {
		return nil, err
	}
	if c.Into != "" {
		target.Into = c.Into
	}
	push.Archive = target.Name()
	if target.After >= 0 {
		push.Rules.After = max(target.After, 1)
	}
	return &vault.Config{
		Dir: target.Dir, Into: target.Into, URI: target.URI, Push: push,
		Connect: func(ctx context.Context) (*archive.Target, error) {
			select {
			case <-ready:
				return target, target.Connect(ctx)
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		},
	}, nil
}

func hostname() string {
	name, _ := os.Hostname()
	return name
}

// demoArchive is the directory of the demo's archive.
func demoArchive(dir string) string { return filepath.Join(dir, "archive-of-the-demo") }

// archiveDemo archives two past days of generated traffic, so that there is
// something to restore, and leaves a rotated log to be archived. Where that fails
// the demo goes on without.
func (c *watchCmd) archiveDemo(ctx context.Context) {
	dir := filepath.Dir(c.Files[0])
	remote := archive.Remote{Archive: dir + "=file://" + demoArchive(dir), EnvFile: os.DevNull}
	var target *archive.Target
	err := os.Mkdir(demoArchive(dir), 0o700)
	if err == nil {
		target, err = remote.Open(ctx, "", "", true)
	}
	if err == nil {
		err = demo.Past(ctx, demo.Config{Seed: c.Seed, Start: time.Now(), Dir: dir}, 2)
	}
	if err == nil {
		_, err = archive.Push(ctx, archive.Config{
			Dir: dir, Bucket: target.Bucket, Archive: target.Name(), Template: target.Template, Host: hostname(), Now: time.Now, NewSummary: newSummary,
		})
	}
	if err == nil {
		err = demo.Rotated(demo.Config{Seed: c.Seed, Start: time.Now(), Dir: dir})
	}
	if err != nil && ctx.Err() == nil {
		slog.Warn("the demo has no archive", "error", err)
	}
}
