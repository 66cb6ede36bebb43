package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"weir/ingest"
	"weir/tui"
)

// playCmd shows again what a session file says: files, filters, a moment, a tab.
type playCmd struct {
	Session string `arg:"" help:"A session that :save wrote."`
	watchCmd
}

// Help is the page of help's last part.
func (c *playCmd) Help() string {
	return "A session holds commands, as they can be typed after a colon, and the files it was saved over; name others to see those in the same way."
}

// Run is the command.
func (c *playCmd) Run(ctx context.Context, s streams, command *kong.Context, settings *settings) error {
	files, commands, err := readSession(c.Session)
	if err != nil {
		return err
	}
	if len(c.Files) == 0 && !c.Demo {
		c.Files = files
	}
	c.play = commands
	return c.watchCmd.Run(ctx, s, command, settings)
}

// readSession returns the files and the commands of a session.
func readSession(path string) (files, commands []string, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, ingest.UsageError{Err: fmt.Errorf("read the session: %s", ingest.Explain(path, err))}
	}
	if !strings.HasPrefix(string(text), tui.SessionMark) {
		return nil, nil, ingest.UsageError{Err: errors.New(path + " is no session: in weir, :save FILE writes one")}
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		file, named := strings.CutPrefix(line, "file ")
		switch {
		case line == "" || line[0] == '#':
		case named:
			files = append(files, file)
		default:
			commands = append(commands, line)
		}
	}
	return files, commands, nil
}
