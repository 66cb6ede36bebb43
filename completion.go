package main

import (
	"errors"
	"io"
	"strings"

	"github.com/alecthomas/kong"

	"weir/ingest"
)

// completionCmd prints a completion script.
type completionCmd struct {
	Shell string `arg:"" optional:"" default:"" enum:"bash,zsh,fish," help:"bash, zsh or fish."`
}

// Run is the command.
func (c *completionCmd) Run(out io.Writer, parser *kong.Kong) error {
	if c.Shell == "" {
		return ingest.UsageError{Err: errors.New("name the shell: weir completion bash, zsh or fish")}
	}
	write := map[string]func([]completed) string{"bash": bash, "zsh": zsh, "fish": fish}[c.Shell]
	_, err := io.WriteString(out, write(completions(parser)))
	return err
}

// kind is what follows a flag, or stands as an argument.
type kind uint8

const (
	nothing kind = iota
	words        // one of those offered, or another
	files
	directories
)

// completed is what can be completed after one command.
type completed struct {
	path     string // the words of the command; "" is the dashboard without its name
	help     string
	commands []completed // below it, of which only path and help matter
	flags    []completedFlag
	argument completedFlag // every argument is completed like the first
}

type completedFlag struct {
	name, help string // the name with its hyphens
	switches   bool   // it takes no value
	kind       kind
	offers     []string
}

// completions lists what can be completed after each command, the one without a name first.
func completions(parser *kong.Kong) []completed {
	var all []completed
	var walk func(n *kong.Node, path, top string)
	walk = func(n *kong.Node, path, top string) {
		c := completed{path: path, help: brief(n.Help, n.Tag)}
		from := n
		if n.DefaultCmd != nil {
			from = n.DefaultCmd
		}
		for at := from; at != nil; at = at.Parent {
			for _, f := range at.Flags {
				if !f.Hidden && !(f.Name == "help" && at != parser.Model.Node) {
					c.flags = append(c.flags, completedOf(top, f))
				}
			}
		}
		for _, p := range from.Positional[:min(len(from.Positional), 1)] {
			c.argument = completedArgument(p)
		}
		for _, child := range n.Children {
			if !child.Hidden {
				c.commands = append(c.commands, completed{path: child.Name, help: brief(child.Help, child.Tag)})
			}
		}
		all = append(all, c)
		for _, child := range n.Children {
			if child.Hidden {
				continue
			}
			if path == "" {
				walk(child, child.Name, child.Name)
			} else {
				walk(child, path+" "+child.Name, top)
			}
		}
	}
	walk(parser.Model.Node, "", "")
	return all
}

// completedOf is a flag of a command.
func completedOf(command string, f *kong.Flag) completedFlag {
	c := completedFlag{name: "--" + f.Name, help: brief(f.Help, f.Tag), switches: f.IsBool()}
	if c.help == "-" {
		c.help = brief(f.Help, nil)
	}
	switch c.offers = ruleOf(command, f).offers; {
	case c.switches:
		c.offers = nil
	case len(c.offers) > 0:
		c.kind = words
	case f.PlaceHolder == "FILE" || f.PlaceHolder == "PATH":
		c.kind = files
	case strings.HasPrefix(f.PlaceHolder, "DIR"):
		c.kind = directories
	}
	return c
}

// completedArgument is an argument of a command.
func completedArgument(p *kong.Positional) completedFlag {
	c := completedFlag{name: p.Name, offers: given(p.EnumSlice())}
	switch {
	case len(c.offers) > 0:
		c.kind = words
	case p.Name == "file":
		c.kind = files
	case p.Name == "dir":
		c.kind = directories
	}
	return c
}
