package main

import (
	"errors"
	"io"
	"strings"

	"github.com/alecthomas/kong"

	"weir/completion"
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
	write := completion.Scripts[c.Shell]
	_, err := io.WriteString(out, write(completions(parser)))
	return err
}

// completions lists what can be completed after each command, the one without a name first.
func completions(parser *kong.Kong) []completion.Command {
	var all []completion.Command
	var walk func(n *kong.Node, path, top string)
	walk = func(n *kong.Node, path, top string) {
		c := completion.Command{Path: path, Help: brief(n.Help, n.Tag)}
		from := n
		if n.DefaultCmd != nil {
			from = n.DefaultCmd
		}
		for at := from; at != nil; at = at.Parent {
			for _, f := range at.Flags {
				if !f.Hidden && !(f.Name == "help" && at != parser.Model.Node) {
					c.Flags = append(c.Flags, completedOf(top, f))
				}
			}
		}
		for _, p := range from.Positional[:min(len(from.Positional), 1)] {
			c.Argument = completedArgument(p)
		}
		for _, child := range n.Children {
			if !child.Hidden {
				c.Commands = append(c.Commands, completion.Command{Path: child.Name, Help: brief(child.Help, child.Tag)})
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
func completedOf(command string, f *kong.Flag) completion.Flag {
	c := completion.Flag{Name: "--" + f.Name, Help: brief(f.Help, f.Tag), Switches: f.IsBool()}
	if c.Help == "-" {
		c.Help = brief(f.Help, nil)
	}
	switch c.Offers = ruleOf(command, f).offers; {
	case c.Switches:
		c.Offers = nil
	case len(c.Offers) > 0:
		c.Kind = completion.Words
	case f.PlaceHolder == "FILE" || f.PlaceHolder == "PATH":
		c.Kind = completion.Files
	case strings.HasPrefix(f.PlaceHolder, "DIR"):
		c.Kind = completion.Directories
	}
	return c
}

// completedArgument is an argument of a command.
func completedArgument(p *kong.Positional) completion.Flag {
	c := completion.Flag{Name: p.Name, Offers: given(p.EnumSlice())}
	switch {
	case len(c.Offers) > 0:
		c.Kind = completion.Words
	case p.Name == "file":
		c.Kind = completion.Files
	case p.Name == "dir":
		c.Kind = completion.Directories
	}
	return c
}
