package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"

	"weir/tui"
)

// manCmd prints the manual page, made from the command line's model and the key map.
type manCmd struct{}

// Run is the command.
func (c *manCmd) Run(out io.Writer, parser *kong.Kong) error {
	_, err := io.WriteString(out, manPage(parser))
	return err
}

// roff is a page in the language of man(7).
type roff struct{ strings.Builder }

func (r *roff) section(title string) { fmt.Fprintf(r, ".SH %s\n", strings.ToUpper(escape(title))) }

func (r *roff) part(title string) { fmt.Fprintf(r, ".SS %s\n", escape(title)) }

func (r *roff) paragraph(text string) { fmt.Fprintf(r, ".PP\n%s\n", escape(text)) }

// item is a term and what it means.
func (r *roff) item(term, text string) {
	fmt.Fprintf(r, ".TP\n\\fB%s\\fR\n%s\n", escape(term), escape(text))
}

// example is text as it is.
func (r *roff) example(text string) {
	fmt.Fprintf(r, ".PP\n.nf\n.RS 4\n")
	for line := range strings.Lines(text) {
		fmt.Fprintln(r, escape(strings.TrimRight(line, "\n")))
	}
	fmt.Fprintf(r, ".RE\n.fi\n")
}

// escape makes text of any kind text to roff, hyphens those of the keyboard.
func escape(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "\n", " ", "^", `\(ha`, "~", `\(ti`, "`", `\(ga`, "'", `\(aq`, "…", "...").Replace(text)
	if strings.HasPrefix(text, ".") {
		return `\&` + text
	}
	return text
}

// manPage is weir(1).
func manPage(parser *kong.Kong) string {
	r := &roff{}
	fmt.Fprintf(r, ".TH WEIR 1 \"\" \"weir %s\" \"User Commands\"\n", escape(versionText()))
	r.section("Name")
	fmt.Fprintf(r, "weir \\- %s\n", escape(strings.ToLower(description[:1])+strings.TrimSuffix(description[1:], ".")))
	r.section("Synopsis")
	r.WriteString("\\fBweir\\fR [\\fIFILE\\fR|\\fIGLOB\\fR|\\fIDIR\\fR|\\-]... [\\fIFLAG\\fR]...\n.br\n\\fBweir\\fR \\fICOMMAND\\fR [\\fIARGUMENT\\fR]... [\\fIFLAG\\fR]...\n")
	r.section("Description")
	r.WriteString(escape("Point weir at an access log and see at a glance what is going on, whether it is bad, why, and which lines say so. "+
		"It finds the format itself, reads what is there and follows what comes, through rotations, and keeps its memory bounded. "+
		"Without a file it reads what is piped in, or "+defaultLog+".") + "\n")
	for _, e := range examples {
		r.item(e.line, e.does)
	}
	r.section("Flags of the dashboard")
	for _, g := range groupsOf(parser.Model.DefaultCmd) {
		r.part(strings.TrimSuffix(g.title, ":"))
		for _, f := range g.flags {
			r.item(spelling(f), f.Help)
		}
	}
	r.commands(parser)
	r.keys()
	r.section("Settings")
	r.paragraph("In this order: " + strings.TrimPrefix(precedence, "Settings: "))
	r.paragraph("Each flag is a setting: --alert-period=5m is WEIR_ALERT_PERIOD=5m in the environment, and in a config file")
	r.example("alert-period = \"5m\"\n")
	r.paragraph("weir config prints every effective setting and where it comes from. A setting that is not accepted is an error, which names its place and what to write.")
	r.section("Exit status")
	for _, e := range exits {
		r.item(fmt.Sprint(e.code), e.means)
	}
	r.section("Files")
	r.item("~/.config/weir/config.toml, /etc/weir/config.toml", "The settings; the first counts more.")
	r.item(defaultLog, "What is read where nothing is named.")
	r.section("See also")
	r.WriteString("\\fBtail\\fR(1), \\fBlogrotate\\fR(8)\n")
	return r.String()
}

// commands lists the commands, each flag where it is first met.
func (r *roff) commands(parser *kong.Kong) {
	told := make(map[string]string)
	for _, f := range parser.Model.DefaultCmd.Flags {
		told[f.Name] = f.Help
	}
	r.section("Commands")
	for _, n := range parser.Model.Leaves(true) {
		if n == parser.Model.DefaultCmd {
			continue
		}
		title := []string{n.FullPath()}
		for _, p := range n.Positional {
			title = append(title, strings.ToUpper(p.Summary()))
		}
		r.part(strings.Join(title, " "))
		fmt.Fprintln(r, escape(n.Help))
		var again []string
		for _, f := range n.Flags {
			switch {
			case f.Hidden:
			case told[f.Name] == f.Help:
				again = append(again, "--"+f.Name)
			default:
				told[f.Name] = f.Help
				r.item(spelling(f), f.Help)
			}
		}
		if len(again) > 0 {
			r.paragraph("As above: " + strings.Join(again, ", ") + ".")
		}
	}
}

// keys lists the key map, and the keys of each panel.
func (r *roff) keys() {
	r.section("Keys")
	for _, group := range tui.Sheet() {
		r.part(group.Title)
		for _, k := range group.Keys {
			fmt.Fprintf(r, ".TP 16\n\\fB%s\\fR\n%s\n", escape(k.Key), escape(k.Help))
		}
	}
}
