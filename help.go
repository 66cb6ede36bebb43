package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/kong"
)

const usage = `Usage: weir [FILE|GLOB|DIR|-]... [--FLAG]...
       weir COMMAND [ARGUMENT]... [--FLAG]...

A full-screen terminal monitor for logs.

Start:
`

// examples show how to start.
var examples = []struct{ line, does string }{
	{"weir --demo", "generated traffic to look around in; q quits"},
	{"weir /var/log/nginx/access.log", "a log in whatever format, or several, globs,\ndirectories (default: " + defaultLog + ")"},
	{"ssh HOST tail -F FILE | weir -", "standard input"},
	{"weir --once access.log", "no screen, a report of what is there"},
}

const readOn = `
? on the screen shows the keys; weir COMMAND --help, weir watch --help and weir
man tell more. A flag is a setting, too: WEIR_ALERT=200 in the environment, or
alert = 200 in ~/.config/weir/config.toml. Exits: 0 done, 1 failed, 2 usage.
`

// help is weir --help on one page: how to start, the flags of the dashboard in
// a line each, and the commands. What a command's --help says is kong's.
func help(options kong.HelpOptions, ctx *kong.Context) error {
	if node := ctx.Selected(); node != nil {
		if err := kong.DefaultHelpPrinter(options, ctx); err != nil || node != ctx.Model.DefaultCmd {
			return err
		}
		_, err := fmt.Fprintf(ctx.Stdout, "\n%s\nExit codes: %s.\n", precedence, exitCodes())
		return err
	}
	if slices.ContainsFunc(ctx.Path, func(p *kong.Path) bool { return p.Command != nil }) { // one that has commands
		return kong.DefaultHelpPrinter(options, ctx)
	}
	var b strings.Builder
	b.WriteString(usage)
	for _, e := range examples {
		fmt.Fprintf(&b, "  %-30s  %s\n", e.line, strings.ReplaceAll(e.does, "\n", "\n"+strings.Repeat(" ", 34)))
	}
	for _, g := range groupsOf(ctx.Model.DefaultCmd) {
		fmt.Fprintf(&b, "\n%s\n", g.title)
		for _, f := range g.flags {
			if text := brief(f.Help, f.Tag); text != "-" { // told elsewhere
				fmt.Fprintf(&b, "  %-19s %s\n", spelling(f), text)
			}
		}
	}
	b.WriteString("\nCommands:\n")
	for _, n := range ctx.Model.Children {
		if !n.Hidden && n != ctx.Model.DefaultCmd {
			fmt.Fprintf(&b, "  %-12s %s\n", n.Name, brief(n.Help, n.Tag))
		}
	}
	b.WriteString(readOn)
	_, err := io.WriteString(ctx.Stdout, b.String())
	return err
}

// exitCodes are the exit codes in a sentence.
func exitCodes() string {
	all := make([]string, len(exits))
	for i, e := range exits {
		all[i] = fmt.Sprintf("%d %s", e.code, e.means)
	}
	return strings.Join(all, ", ")
}

// group is flags under a heading.
type group struct {
	title string
	flags []*kong.Flag
}

// groupsOf lists the flags of a command and those of all commands, help aside,
// by group in the order of their appearance.
func groupsOf(n *kong.Node) []group {
	var groups []group
	for _, flags := range [][]*kong.Flag{n.Flags, n.Parent.Flags} {
		for _, f := range flags {
			if f.Hidden || f.Name == "help" {
				continue
			}
			title := "Further:"
			if f.Group != nil {
				title = f.Group.Title
			}
			at := 0
			for at < len(groups) && groups[at].title != title {
				at++
			}
			if at == len(groups) {
				groups = append(groups, group{title: title})
			}
			groups[at].flags = append(groups[at].flags, f)
		}
	}
	return groups
}

// spelling is a flag as it is written, with an example or the kind of its value.
func spelling(f *kong.Flag) string {
	if f.IsBool() {
		return "--" + f.Name
	}
	return "--" + f.Name + "=" + strings.Trim(f.FormatPlaceHolder(), `"`)
}

// brief is the first clause of a help text, or what the tag has in its stead.
func brief(help string, tag *kong.Tag) string {
	if tag != nil && tag.Get("brief") != "" {
		return tag.Get("brief")
	}
	for _, end := range []string{": ", "; ", " (", ", like"} {
		if at := strings.Index(help, end); at > 0 {
			help = help[:at]
		}
	}
	if r, _ := utf8.DecodeLastRuneInString(help); r != '.' {
		help += "."
	}
	return help
}
