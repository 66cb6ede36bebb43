package format

import "weir/ingest/event"

// gcs is the usage log of Google Cloud Storage: CSV with a header line.
var gcs = Format{
	Name: "gcs", Title: "Google Cloud Storage usage log (CSV)",
	New: func(o Options) Parser { return &gcsParser{text: newText(o)} },
}

type gcsParser struct {
	text
	cells [len(gcsNames)][]byte
}

var gcsNames = [...]string{
	"time_micros", "c_ip", "c_ip_type", "c_ip_region", "cs_method", "cs_uri", "sc_status", "cs_bytes", "sc_bytes",
	"time_taken_micros", "cs_host", "cs_referer", "cs_user_agent", "s_request_id", "cs_operation", "cs_bucket", "cs_object",
}

// Parse implements Parser.
func (p *gcsParser) Parse(line []byte, e *event.Event) *event.Reject {
	e.Raw = line
	line = strip(line)
	if r := p.idle(line, e); r != nil {
		return r
	}
	i := 0
	for n := range p.cells {
		if i > len(line) {
			return p.reject(line, e, event.BadField, gcsNames[n], len(line))
		}
		cell, next, ok := csvCell(line, i, e)
		if !ok {
			return p.reject(line, e, event.BadField, gcsNames[n], next)
		}
		p.cells[n] = given(cell)
		switch n {
		case 0:
			if string(cell) == "time_micros" {
				return p.reject(line, e, event.Directive, "", 0)
			}
			if len(cell) < 15 || len(cell) > 17 || digits(cell, 0) != len(cell) {
				return p.reject(line, e, event.NoTime, "time", 0)
			}
			e.Time, _ = epoch(cell)
		case 6:
			if e.Status, ok = status(cell); len(cell) == 0 { // not a request, as when a rule deleted an object
				e.Status = event.Unknown
			} else if !ok {
				return p.reject(line, e, event.BadField, gcsNames[n], i)
			}
		case 8:
			if e.Bytes, ok = gcsCount(cell); !ok {
				return p.reject(line, e, event.BadField, gcsNames[n], i)
			}
		case 9:
			taken, ok := gcsCount(cell)
			if !ok || taken > 1<<62/micros {
				return p.reject(line, e, event.BadField, gcsNames[n], i)
			}
			if e.Duration = taken; taken > 0 {
				e.Duration = taken * micros
			}
		}
		i = next
	}
	if i <= len(line) {
		return p.reject(line, e, event.Trailing, "", i-1)
	}
	e.Client, e.Method, e.Host = p.cells[1], p.cells[4], p.cells[10]
	if target := p.cells[5]; len(target) > 0 {
		setTarget(e, target)
	}
	e.Referrer, e.Agent = p.cells[11], p.cells[12]
	if len(e.Method) == 0 {
		e.Flags |= event.EmptyRequest
	}
	if p.keep {
		for _, n := range [...]int{2, 3, 7, 13, 14, 15, 16} {
			if len(p.cells[n]) > 0 {
				attribute(e, gcsNames[n], p.cells[n])
			}
		}
	}
	if _, odd := survey(line); odd {
		e.Flags |= event.BinaryText
	}
	return nil
}

// gcsCount reads a number that may be left empty.
func gcsCount(b []byte) (int64, bool) {
	if len(b) == 0 {
		return event.Unknown, true
	}
	return count(b)
}
