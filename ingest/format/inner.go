package format

import (
	"slices"

	"weir/ingest/event"
)

// inner parses a line that stands within another: behind a transport's prefix or
// in a text of JSON. The formats that keep state stay out, so that a line tried in
// vain changes nothing.
type inner struct {
	auto    *Auto // nil before the first line
	options Options
	line    []byte // of a line that had to be unescaped
}

// Wrapper is a Parser of lines that may hold a line of another format.
type Wrapper interface {
	Parser
	// Inside names the format within and what is around it, "" before any such line.
	Inside() string
}

// parse parses line into e, or rejects it.
func (in *inner) parse(line []byte, e *event.Event) *event.Reject {
	if in.auto == nil {
		o := in.options
		if o.past != nil {
			o.past.inner = true
		}
		o.within = true
		in.auto = NewAuto(o)
		in.auto.formats, in.auto.eager = nil, true
		for _, f := range Formats {
			if !f.Stateful {
				in.auto.formats = append(in.auto.formats, f)
			}
		}
	}
	return in.auto.Parse(line, e)
}

// escaped is parse for a line in a JSON string.
func (in *inner) escaped(text []byte, e *event.Event) *event.Reject {
	in.line = unescapeJSON(in.line[:0], text)
	line := strip(in.line)
	if r := in.parse(line, e); r != nil {
		return r
	}
	// The texts of e stand in in.line, which the next line reuses: once more over a copy in e.
	e.Reset()
	e.SetScratch(append(e.Scratch(), line...))
	own := e.Scratch()
	return in.auto.parser(in.auto.last).Parse(slices.Clip(own), e)
}

// name is the format of the lines within, "" before any.
func (in *inner) name() string {
	if in.auto == nil {
		return ""
	}
	return in.auto.Format()
}

// explained names the format of the line explained last.
func (in *inner) explained() string { return in.auto.formats[in.auto.last].Name }

// errorLog tells whether the line explained last is of a server's error log, whose
// times name no zone: those around it are better.
func (in *inner) errorLog() bool {
	name := in.explained()
	return name == nginxError.Name || name == apacheError.Name
}
