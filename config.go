package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/alecthomas/kong"
	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"weir/alert"
	"weir/archive/report"
	"weir/conf"
	"weir/typo"
)

// settings are the config file's, as a kong resolver: they count where neither
// a flag nor the environment says anything.
type settings struct {
	files  []string // that were read, the one that counts most last
	values map[string]setting
	rules  []alert.Rule // of the [[rule]] tables
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

// load reads the config files and checks every key and value, there and in the
// environment, against the flags. A file that nobody named and nobody may read,
// and a variable that is no setting, are told of and left out.
func (s *settings) load(parser *kong.Kong, args []string, warnings io.Writer) error {
	s.values = make(map[string]setting)
	files, named := configFiles(args)
	for _, file := range files {
		text, err := conf.Read(file)
		if errors.Is(err, fs.ErrNotExist) && !named {
			continue
		}
		if err != nil && !named { // somebody else's home, under sudo -u
			fmt.Fprintf(warnings, "weir: the config file counts for nothing: %v: name one with --config, or set XDG_CONFIG_HOME\n", err)
			continue
		}
		if err != nil {
			return fmt.Errorf("read the config file: %w", err)
		}
		if err := s.read(parser, file, text); err != nil {
			return err
		}
		s.files = append(s.files, file)
	}
	if err := environment(parser); err != nil {
		return err
	}
	if !asksForHelp(args) {
		strangers(warnings, parser)
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
	if err := s.readRules(file, text, values["rule"]); err != nil {
		return err
	}
	flags := allFlags(parser)
	for _, k := range keysOf(text) {
		at := setting{file: file, line: k.line}
		if k.section {
			return fmt.Errorf("%s: [%s]: settings stand in no section: write them without one, as in alert = 200", at.at(), strings.Join(k.path, "."))
		}
		name := k.path[len(k.path)-1]
		if dotted := strings.Join(k.path, "."); len(k.path) > 1 {
			if len(flags[name]) > 0 {
				return fmt.Errorf("%s: there is no setting %q: write %s = …", at.at(), dotted, name)
			}
			name = dotted
		}
		if len(flags[name]) == 0 {
			return fmt.Errorf("%s: there is no setting %q: %s", at.at(), name, meant(name, flags))
		}
		at.value = values[name]
		if err := accepts(flags[name], at.at()+": "+name+" =", at.value); err != nil {
			return err
		}
		s.values[name] = at
	}
	return nil
}

// meant says which setting a wrong name may have been meant to be.
func meant(name string, flags map[string][]*kong.Flag) string {
	if near := typo.Nearest(name, slices.Collect(maps.Keys(flags))); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "weir config lists them all"
}

// key is a key of a config file, or the heading of a section.
type key struct {
	path    []string
	line    int
	section bool
}

// keysOf lists the keys of a TOML text that parses, up to the first section;
// [[rule]] and what it holds is left out.
func keysOf(text []byte) []key {
	var keys []key
	inRule := false
	p := &unstable.Parser{}
	p.Reset(text)
	for p.NextExpression() {
		e := p.Expression()
		if inRule = isRule(e) || inRule && e.Kind == unstable.KeyValue; inRule {
			continue
		}
		k := key{section: e.Kind != unstable.KeyValue}
		for parts := e.Key(); parts.Next(); {
			part := parts.Node()
			if k.path = append(k.path, string(part.Data)); len(k.path) == 1 {
				k.line = p.Shape(part.Raw).Start.Line
			}
		}
		keys = append(keys, k)
		if k.section {
			break
		}
	}
	return keys
}

// environment checks what the environment says.
func environment(parser *kong.Kong) error {
	flags := allFlags(parser)
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		for _, env := range flags[name][0].Envs {
			if value, ok := os.LookupEnv(env); ok {
				if err := accepts(flags[name], env+" =", value); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// allFlags returns the flags of every command by name, help, config and version aside.
// Several commands may have one of the same name.
func allFlags(parser *kong.Kong) map[string][]*kong.Flag {
	flags := make(map[string][]*kong.Flag)
	var walk func(n *kong.Node)
	walk = func(n *kong.Node) {
		for _, f := range n.Flags {
			if f.Name != "help" && f.Name != "config" && f.Name != "version" {
				flags[f.Name] = append(flags[f.Name], f)
			}
		}
		for _, child := range n.Children {
			walk(child)
		}
	}
	walk(parser.Model.Node)
	return flags
}

// accepts returns nil where one of the flags of one name takes the value, and
// otherwise what the first of them has against it.
func accepts(flags []*kong.Flag, place string, value any) error {
	var first error
	for _, f := range flags {
		err := check(f, place, value)
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// check tries a value on a copy of the flag's own type.
func check(flag *kong.Flag, place string, value any) error {
	switch list, isList := value.([]any); {
	case isList && flag.IsSlice():
		for _, v := range list {
			if err := check(flag, place, v); err != nil {
				return err
			}
		}
		return nil
	case isList:
		return fmt.Errorf("%s a list: write one value", place)
	}
	if _, ok := value.(map[string]any); ok {
		return fmt.Errorf("%s a table: write one value", place)
	}
	target := reflect.New(flag.Target.Type()).Elem()
	if target.Kind() == reflect.Pointer {
		target.Set(reflect.New(target.Type().Elem()))
	}
	scan := kong.Scan().PushTyped(text(value), kong.FlagValueToken)
	err := flag.Mapper.Decode(&kong.DecodeContext{Value: flag.Value, Scan: scan}, target)
	if bad, ok := errors.AsType[*badValue](err); ok {
		bad.place = place
	}
	return err
}

func text(value any) string { return fmt.Sprint(value) }

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

// strangers tells of variables that are called like settings and are none. Those
// that Kubernetes sets where a service is called weir are nobody's mistake.
func strangers(out io.Writer, parser *kong.Kong) {
	known := map[string]bool{"CONFIG": true}
	for _, same := range allFlags(parser) {
		for _, env := range same[0].Envs {
			known[strings.TrimPrefix(env, "WEIR_")] = true
		}
	}
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		setting, ours := strings.CutPrefix(name, "WEIR_")
		if !ours || known[setting] || setting == "PORT" || strings.HasPrefix(setting, "PORT_") || strings.HasPrefix(setting, "SERVICE_") {
			continue
		}
		do := "weir config lists them all"
		if near := typo.Nearest(setting, slices.Collect(maps.Keys(known))); near != "" {
			do = "did you mean WEIR_" + near + "?"
		}
		fmt.Fprintf(out, "weir: %s is no setting, and counts for nothing: %s\n", report.Visible(name), do)
	}
}

// configCmd prints every effective setting and where it comes from.
type configCmd struct{}

// Run is the command.
func (c *configCmd) Run(std streams, parser *kong.Kong, s *settings) error {
	out, flags := std.out, allFlags(parser)
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		flag := flags[name][0]
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
		if name == "rule" {
			for _, r := range append(alert.BuiltIn(), s.rules...) {
				fmt.Fprintf(w, "%s\t%q\t%s\n", name, r.String(), r.Origin)
			}
		}
	}
	return w.Flush()
}
