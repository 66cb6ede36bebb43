package format

import (
	"bytes"

	"weir/ingest/event"
)

// traefikCLF is Traefik's access log in its common format: combined, then the
// number of the request, "router", "server" and the duration in milliseconds.
var traefikCLF = Format{
	Name: "traefik_clf", Title: "Traefik access log, common format",
	New: func(o Options) Parser { return &clf{text: newText(o), agent: true, bare: true, tail: traefikTail} },
}

func traefikTail(t *text, line []byte, i int, e *event.Event, escapes bool) int {
	f := fields{line: line, i: i, escapes: escapes}
	b, ok := f.next()
	if _, digits := count(b); !ok || !digits {
		return f.at
	}
	if t.keep {
		attribute(e, "request_count", b)
	}
	if b, ok = f.next(); !ok || line[f.at] != '"' {
		return f.at
	}
	if b = given(b); len(b) > 0 {
		if t.keep {
			attribute(e, "router", b)
		}
	}
	if b, ok = f.next(); !ok || line[f.at] != '"' {
		return f.at
	}
	if b = given(b); len(b) > 0 {
		e.Extra().Upstream = b
	}
	b, ok = f.next()
	if !ok || f.more() || !bytes.HasSuffix(b, []byte("ms")) {
		return f.at
	}
	if e.Duration, ok = lapse(b[:len(b)-2], millis); !ok {
		return f.at
	}
	return -1
}
