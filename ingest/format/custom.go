package format

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"weir/typo"
)

// Custom compiles a format in the notation of nginx' log_format, of Apache's
// LogFormat or of GoAccess' --log-format; which of them is told by what stands
// in it, or by "nginx:", "apache:" or "goaccess:" before it. A whole directive,
// copied from a configuration, is understood too. Errors point at what is wrong.
func Custom(spec string) (Format, error) {
	spec = strings.TrimSpace(spec)
	switch {
	case spec == "":
		return Format{}, errors.New("the format is empty: give a name, or a format string")
	case strings.HasPrefix(spec, "nginx:"):
		return custom("nginx", spec[len("nginx:"):], nginxFields)
	case strings.HasPrefix(spec, "apache:"):
		return custom("Apache", spec[len("apache:"):], apacheFields)
	case strings.HasPrefix(spec, "goaccess:"):
		return custom("GoAccess", spec[len("goaccess:"):], goaccessFields)
	case strings.HasPrefix(spec, "log_format"):
		conf, err := FromNginxConf([]byte(spec))
		if err != nil {
			return Format{}, err
		}
		for name, f := range conf.Formats {
			if name != "combined" {
				return f, nil
			}
		}
		return Format{}, errors.New("log_format: no format in it: write log_format NAME '…';")
	case len(spec) > 9 && strings.EqualFold(spec[:9], "LogFormat"):
		text, err := apacheDirective(spec[9:])
		if err != nil {
			return Format{}, err
		}
		return custom("Apache", text, apacheFields)
	case strings.Contains(spec, "$"):
		return custom("nginx", spec, nginxFields)
	case strings.Contains(spec, "%{") || strings.Contains(spec, "%>"):
		return custom("Apache", spec, apacheFields)
	case strings.Contains(spec, "%^") || strings.Contains(spec, "%d") || strings.Contains(spec, "%x") || strings.Contains(spec, "~h{"):
		return custom("GoAccess", spec, goaccessFields)
	case strings.Contains(spec, "%"):
		return custom("Apache", spec, apacheFields)
	}
	if near := nearest(spec); near != "" {
		return Format{}, fmt.Errorf("no format is called %q: do you mean %s?", spec, near)
	}
	names := make([]string, len(Formats))
	for i, f := range Formats {
		names[i] = f.Name
	}
	return Format{}, fmt.Errorf("no format is called %q, and it is no format string, which has $variables or %%directives: the names are %s", spec, strings.Join(names, ", "))
}

// custom compiles spec with the reader of its notation.
func custom(notation, spec string, read func(string) (*program, error)) (Format, error) {
	p, err := read(spec)
	if err == nil {
		err = p.check()
	}
	if err != nil {
		return Format{}, pointed(notation, spec, err)
	}
	return Format{
		Name: "custom", Title: notation + " format " + spec,
		New: func(o Options) Parser { return &customParser{text: newText(o), program: p} },
	}, nil
}

// specError is what is wrong at a byte of a format string.
type specError struct {
	at   int
	text string
}

func (e specError) Error() string { return e.text }

// pointed says where in the format an error is.
func pointed(notation, spec string, err error) error {
	var wrong specError
	if !errors.As(err, &wrong) {
		return fmt.Errorf("%s format: %w", notation, err)
	}
	// A window of the format with a caret under the place.
	from, to := max(0, wrong.at-30), min(len(spec), wrong.at+30)
	return fmt.Errorf("%s format, column %d: %w\n  %s\n  %s^", notation, wrong.at+1, err,
		strings.ReplaceAll(spec[from:to], "\n", " "), strings.Repeat(" ", wrong.at-from))
}

// nearest is the name of a format that was meant by a word, or "".
func nearest(word string) string {
	known := slices.Collect(maps.Keys(aliases))
	for _, f := range Formats {
		known = append(known, f.Name)
	}
	near := typo.Nearest(word, known)
	if name, ok := aliases[near]; ok {
		return name
	}
	return near
}
