package archive

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"weir/archive/bucket"
)

// DefaultTemplate is used where an archive URI has no fields of its own.
const DefaultTemplate = "{prefix}/{year}/{month}/{day}/{filename}"

// fields are what a template may hold, with what each matches in a key.
var fields = map[string]string{
	"prefix": `.+`, "year": `\d{4}`, "month": `\d\d`, "day": `\d\d`, "hour": `\d\d`, "minute": `\d\d`,
	"filename": `.+`, "host": `.+`, "suffix": `.*`, "hash": `[0-9a-f]{8}`,
}

var mandatory = []string{"prefix", "year", "month", "day", "filename"}

// Template makes keys from what is known of a file.
type Template struct {
	text  string
	parts []part
}

// part is literal text or a field.
type part struct{ literal, field string }

// ParseTemplate reads {prefix}/{year}/{month}/{day}/{filename} and the like. A
// text without fields is taken as a folder for DefaultTemplate. "{/" is read as
// "/": logjam's manual has it so.
func ParseTemplate(text string) (Template, error) {
	if !utf8.ValidString(text) {
		return Template{}, fmt.Errorf("the archive URI %q is no text", text)
	}
	text = strings.ReplaceAll(text, "{/", "/")
	if !strings.ContainsAny(text, "{}") {
		text = strings.TrimPrefix(strings.Trim(text, "/")+"/"+DefaultTemplate, "/")
	}
	t := Template{text: text}
	for rest := text; rest != ""; {
		open := strings.IndexAny(rest, "{}")
		if open < 0 {
			t.parts = append(t.parts, part{literal: rest})
			break
		}
		if open > 0 {
			t.parts = append(t.parts, part{literal: rest[:open]})
		}
		end := open + 1 + strings.IndexAny(rest[open+1:], "{}")
		if rest[open] == '}' || end == open || rest[end] != '}' {
			return Template{}, fmt.Errorf("the archive URI has an unmatched brace at %q: write {prefix}/{year}/{month}/{day}/{filename}", rest[open:])
		}
		name := rest[open+1 : end]
		if _, ok := fields[name]; !ok {
			return Template{}, fmt.Errorf("the archive URI has the field {%s}, which is not known: use %s", name, fieldNames())
		}
		t.parts = append(t.parts, part{field: name})
		rest = rest[end+1:]
	}
	var lacks []string
	for _, name := range mandatory {
		if !slices.Contains(t.parts, part{field: name}) {
			lacks = append(lacks, "{"+name+"}")
		}
	}
	if len(lacks) > 0 {
		return Template{}, fmt.Errorf("the archive URI lacks mandatory fields: %s", strings.Join(lacks, ", "))
	}
	if t.parts[len(t.parts)-1].field != "filename" || !strings.HasSuffix("/"+text, "/{filename}") {
		return Template{}, fmt.Errorf("the archive URI must end in /{filename}, it is %q", text)
	}
	if err := bucket.CheckKey(t.Key(Fields{Name: Name{Prefix: "p"}, Filename: "f", Host: "h", Hash: "0"})); err != nil {
		return Template{}, fmt.Errorf("the archive URI makes no keys: %w", err)
	}
	return t, nil
}

func fieldNames() string {
	return "{prefix} {year} {month} {day} {hour} {minute} {filename} {host} {suffix} {hash}"
}

// Fields fill a template.
type Fields struct {
	Name     Name   // prefix, time, suffix
	Filename string // safe, with the codec's ending
	Host     string
	Hash     string // eight hex digits of the content
}

// Key fills the template.
func (t Template) Key(f Fields) string {
	at := f.Name.Time.UTC()
	var key strings.Builder
	for _, p := range t.parts {
		switch p.field {
		case "":
			key.WriteString(p.literal)
		case "prefix":
			key.WriteString(safe(f.Name.Prefix))
		case "year":
			fmt.Fprintf(&key, "%04d", at.Year())
		case "month":
			fmt.Fprintf(&key, "%02d", at.Month())
		case "day":
			fmt.Fprintf(&key, "%02d", at.Day())
		case "hour":
			fmt.Fprintf(&key, "%02d", at.Hour())
		case "minute":
			fmt.Fprintf(&key, "%02d", at.Minute())
		case "filename":
			key.WriteString(f.Filename)
		case "host":
			key.WriteString(orNone(safe(f.Host)))
		case "suffix":
			key.WriteString(orNone(safe(f.Name.Suffix)))
		case "hash":
			key.WriteString(f.Hash)
		}
	}
	return key.String()
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// safe is one element of a key: what a file system or a service could take
// amiss is written as %XX.
func safe(s string) string {
	if s == "." || s == ".." {
		return strings.ReplaceAll(s, ".", "%2E")
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if c := s[i]; r == utf8.RuneError && n == 1 || c < ' ' || c == 0x7f || c == '/' || c == '\\' || c == '%' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// level is one path element of a template, to be matched while walking.
type level struct {
	pattern *regexp.Regexp
	fields  []string
	literal string // the element itself where it has no field
}

// levels splits the template at its slashes, the file name left out.
func (t Template) levels() []level {
	var levels []level
	for element := range strings.SplitSeq(strings.TrimSuffix(t.text, "{filename}"), "/") {
		if element == "" {
			continue
		}
		l := level{}
		var expr strings.Builder
		expr.WriteString("^")
		for rest := element; rest != ""; {
			literal, after, found := strings.Cut(rest, "{")
			expr.WriteString(regexp.QuoteMeta(literal))
			if !found {
				break
			}
			name, tail, _ := strings.Cut(after, "}")
			l.fields = append(l.fields, name)
			expr.WriteString("(" + fields[name] + ")")
			rest = tail
		}
		if len(l.fields) == 0 {
			l.literal = element
		}
		l.pattern = regexp.MustCompile(expr.String() + "$")
		levels = append(levels, l)
	}
	return levels
}

// makes reports whether the template makes such keys of log files.
func (t Template) makes(key string) bool {
	elements, levels := strings.Split(key, "/"), t.levels()
	if len(elements) != len(levels)+1 {
		return false
	}
	for i := range levels {
		if !levels[i].pattern.MatchString(elements[i]) {
			return false
		}
	}
	_, ok := ParseName(withoutCodec(elements[len(levels)]))
	return ok
}

// span is the time that a partly known date covers.
type span struct{ year, month, day string }

func (s *span) set(field, value string) {
	switch field {
	case "year":
		s.year = value
	case "month":
		s.month = value
	case "day":
		s.day = value
	}
}

// overlaps says whether some moment of the date can lie between since and until.
func (s span) overlaps(since, until time.Time) bool {
	for _, u := range []struct{ value, layout string }{
		{s.year, "2006"}, {s.year + s.month, "200601"}, {s.year + s.month + s.day, "20060102"},
	} {
		if len(u.value) != len(u.layout) {
			continue
		}
		if u.value < since.UTC().Format(u.layout) || u.value > until.UTC().Format(u.layout) {
			return false
		}
	}
	return true
}
