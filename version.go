package main

import (
	"fmt"
	"io"
	"runtime/debug"

	"github.com/alecthomas/kong"
)

// version is set by the build (-ldflags "-X main.version=…").
var version = ""

// versionCmd prints the version.
type versionCmd struct{}

// Run is the command.
func (c *versionCmd) Run(out io.Writer) error {
	_, err := fmt.Fprintf(out, "weir %s\n", versionText())
	return err
}

// versionFlag is the same where people expect a flag.
type versionFlag bool

// BeforeReset is kong's hook of a flag that was given.
func (versionFlag) BeforeReset(app *kong.Kong) error {
	fmt.Fprintf(app.Stdout, "weir %s\n", versionText())
	app.Exit(0)
	return nil
}

// versionText is the version, or the commit it was built from.
func versionText() string {
	v := version
	if info, ok := debug.ReadBuildInfo(); ok && v == "" {
		v = info.Main.Version
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v = s.Value[:min(12, len(s.Value))]
			}
		}
	}
	if v == "" || v == "(devel)" {
		v = "development"
	}
	return v
}
