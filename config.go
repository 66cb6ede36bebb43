package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/alecthomas/kong"
	"github.com/pelletier/go-toml/v2"
)

// settings are the config file's, as a kong resolver: they count where neither
// a flag nor the environment says anything.
type settings struct {
	values map[string]setting
}

type setting struct {
	value any
	file  string
	line  int
}

func (s setting) at() string { return fmt.Sprintf("%s:%d", s.file, s.line) }

// configFiles returns the files to read, the one that counts most last.
func configFiles(args []string) (files []string, named bool) {
	for i, arg := range args {
		if name, ok := strings.CutPrefix(arg, "--config="); ok {
			return []string{name}, true
		}
		if arg == "--config" && i+1 < len(args) {
			return []string{args[i+1]}, true
		}
	}
	if name := os.Getenv("WEIR_CONFIG"); name != "" {
		return []string{name}, true
	}
	files = []string{"/etc/weir/config.toml"}
	if dir, err := os.UserConfigDir(); err == nil {
		files = append(files, filepath.Join(dir, "weir", "config.toml"))
	}
	return files, false
}

// load reads the config files and checks every key and value against the flags.
func (s *settings) load(parser *kong.Kong, args []string) error {
	s.values = make(map[string]setting)
	files, named := configFiles(args)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) && !named {
			continue
		}
		if err != nil {
			return fmt.Errorf("read the config file: %w", err)
		}
		if err := s.read(parser, file, text); err != nil {
			return err
		}
	}
	return nil
}

func (s *settings) read(parser *kong.Kong, file string, text []byte) error {
	var values map[string]any
	if err := toml.Unmarshal(text, &values); err != nil {
		if bad, ok := errors.AsType[*toml.DecodeError](err); ok {
			row, column := bad.Position()
			return fmt.Errorf("%s:%d:%d: %w", file, row, column, err)
		}
		return fmt.Errorf("%s: %w", file, err)
	}
	flags := allFlags(parser)
	for name, value := range values {
		at := setting{value, file, lineOf(text, name)}
		flag, ok := flags[name]
		if !ok {
			return fmt.Errorf("%s: there is no setting %q: did you mean %q?", at.at(), name, nearest(name, flags))
		}
		if err := check(flag, value); err != nil {
			return fmt.Errorf("%s: %s: %w", at.at(), name, err)
		}
		s.values[name] = at
	}
	return nil
}

// allFlags returns the flags of every command by name, help and config aside.
func allFlags(parser *kong.Kong) map[string]*kong.Flag {
	flags := make(map[string]*kong.Flag)
	var walk func(n *kong.Node)
	walk = func(n *kong.Node) {
		for _, f := range n.Flags {
			if f.Name != "help" && f.Name != "config" && flags[f.Name] == nil {
				flags[f.Name] = f
			}
		}
		for _, child := range n.Children {
			walk(child)
		}
	}
	walk(parser.Model.Node)
	return flags
}

// check tries a value on a copy of the flag's own type.
func check(flag *kong.Flag, value any) error {
	target := reflect.New(flag.Target.Type()).Elem()
	for _, v := range asList(value) {
		if err := flag.Mapper.Decode(&kong.DecodeContext{Value: flag.Value, Scan: kong.Scan(text(v))}, target); err != nil {
			return err
		}
		if flag.Enum != "" && !slices.Contains(flag.EnumSlice(), text(v)) {
			return fmt.Errorf("%q is none of %s", text(v), flag.Enum)
		}
	}
	return nil
}

func asList(value any) []any {
	if list, ok := value.([]any); ok {
		return list
	}
	return []any{value}
}

func text(value any) string { return fmt.Sprint(value) }

func lineOf(text []byte, key string) int {
	found := regexp.MustCompile(`(?m)^[ \t\[]*"?` + regexp.QuoteMeta(key) + `"?[ \t\]]*(=|$)`).FindIndex(text)
	if found == nil {
		return 1
	}
	return 1 + strings.Count(string(text[:found[0]]), "\n")
}

// nearest returns the known name with the least edits (Levenshtein, 1965).
func nearest(name string, flags map[string]*kong.Flag) string {
	best, least := "", len(name)+100
	for known := range flags {
		if d := edits(name, known); d < least || d == least && known < best {
			best, least = known, d
		}
	}
	return best
}

func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// Validate is part of kong.Resolver; load has validated already.
func (s *settings) Validate(*kong.Application) error { return nil }

// Resolve is part of kong.Resolver. The environment goes before the file.
func (s *settings) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, env := range flag.Envs {
		if _, ok := os.LookupEnv(env); ok {
			return nil, nil
		}
	}
	found, ok := s.values[flag.Name]
	if !ok {
		return nil, nil
	}
	if list, ok := found.value.([]any); ok {
		return list, nil
	}
	return text(found.value), nil
}

// configCmd prints every effective setting and where it comes from.
type configCmd struct{}

func (c *configCmd) Run(out io.Writer, parser *kong.Kong, s *settings) error {
	flags := allFlags(parser)
	names := make([]string, 0, len(flags))
	for name := range flags {
		names = append(names, name)
	}
	slices.Sort(names)
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, name := range names {
		flag := flags[name]
		value, origin := flag.Default, "default"
		if found, ok := s.values[name]; ok {
			value, origin = text(found.value), found.at()
		}
		for _, env := range flag.Envs {
			if v, ok := os.LookupEnv(env); ok {
				value, origin = v, "environment "+env
			}
		}
		if value == "" && flag.IsBool() {
			value = "false"
		}
		fmt.Fprintf(w, "%s\t%q\t%s\n", name, value, origin)
	}
	return w.Flush()
}

// durations reads "10s", "2m", "1h30m", "7d" and, as older tools took them, bare seconds.
var durations = kong.TypeMapper(reflect.TypeFor[time.Duration](), kong.MapperFunc(func(ctx *kong.DecodeContext, target reflect.Value) error {
	var value string
	if err := ctx.Scan.PopValueInto("duration", &value); err != nil {
		return err
	}
	d, err := parseDuration(value)
	if err != nil {
		return fmt.Errorf("%q is no duration: write 500ms, 10s, 2m, 1h or 7d", value)
	}
	target.SetInt(int64(d))
	return nil
}))

func parseDuration(s string) (time.Duration, error) {
	if d, err := time.ParseDuration(s); err == nil {
		return d, positive(d)
	}
	var days float64
	if n, err := fmt.Sscanf(s, "%gd", &days); n == 1 && err == nil && strings.HasSuffix(s, "d") {
		d := time.Duration(days * float64(24*time.Hour))
		return d, positive(d)
	}
	d, err := time.ParseDuration(s + "s")
	if err != nil {
		return 0, err
	}
	return d, positive(d)
}

func positive(d time.Duration) error {
	if d < 0 {
		return errors.New("negative")
	}
	return nil
}
