package explore

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"weir/ingest"
	"weir/stats/filter"
	"weir/tui/paint"
	"weir/tui/panel"
	"weir/tui/theme"
)

// details is everything that is known of one record.
type details struct {
	of     *ingest.Record
	fields []fact
	at     int // the field in focus
	top    int
	shown  [][2]int // rows of each field, when last drawn
	page   int
	rows   int
}

// fact is one field of a record.
type fact struct {
	name  string
	text  string
	field string // of filter expressions; "" is none
	value string // what a filter compares with
}

func (r *Room) openDetails(f *panel.Frame) panel.Action {
	o := r.current()
	if o == nil {
		return nil
	}
	at, name := 0, ""
	if d := r.detail; d != nil {
		if f != nil { // enter again: only what is in focus
			return d.only(f)
		}
		if d.at < len(d.fields) {
			at, name = d.at, d.fields[d.at].name
		}
	}
	d := &details{of: o, fields: facts(o)}
	if at < len(d.fields) && d.fields[at].name == name {
		d.at = at
	}
	if r.follow {
		r.follow, r.note = false, "details: no longer following   f follows again"
	}
	r.detail = d
	return nil
}

// fieldOf says by which field of filter expressions a key of weir parse can be asked for.
var fieldOf = map[string]string{
	"client.address": "client", "user.name": "user", "http.request.method": "method", "url.original": "target", "url.path": "path",
	"url.query": "query", "server.address": "host", "network.protocol.version": "proto", "http.response.status_code": "status",
	"http.response.body.size": "bytes", "http.request.header.referer": "referrer", "user_agent.original": "agent",
	"http.server.request.duration": "duration", "section": "section", "event.action": "action", "event.outcome": "outcome",
	"service.name": "service", "severity": "severity", "body": "body", "log.file.path": "source",
}

// facts are the fields of a record by the names of weir parse, in its order,
// and what makes them easier to read.
func facts(o *ingest.Record) []fact {
	var all []fact
	if o.Bad {
		all = append(all, fact{name: "no event", text: o.Reason.String()}, fact{name: "log.file.path", text: string(o.Source)})
	} else {
		object := ingest.AppendJSON(nil, o.Event, ingest.Place{Path: string(o.Source), Format: o.Format})
		all = members(object)
	}
	raw := string(o.Raw)
	if cut := o.End - o.At - int64(len(raw)); cut > 2 {
		raw += fmt.Sprintf(" … %s bytes more", panel.Signed(cut-1))
	}
	all = append(all, fact{name: "line", text: raw, value: string(o.Raw)})
	if text, ok := pretty(o.Raw); ok {
		all = append(all, fact{name: "as JSON", text: text})
	}
	return append(all, fact{name: "at byte", text: panel.Signed(o.At)})
}

// members are the fields of a JSON object, those of attributes among them.
func members(object []byte) []fact {
	var all []fact
	each(object, func(key string, value json.RawMessage) {
		if key == "attributes" {
			each(value, func(key string, value json.RawMessage) {
				all = append(all, fact{name: "attributes." + key, text: readable(value)})
			})
			return
		}
		text := readable(value)
		all = append(all, fact{name: key, text: text, field: fieldOf[key], value: text})
		switch key {
		case "url.original", "url.query", "http.request.header.referer":
			if decoded, err := url.QueryUnescape(text); err == nil && decoded != text {
				all = append(all, fact{name: "  decoded", text: decoded})
			}
		case "http.server.request.duration":
			if s, err := strconv.ParseFloat(text, 64); err == nil {
				all[len(all)-1].text = text + " s = " + (time.Duration(s * 1e9)).String()
			}
		}
	})
	return all
}

// each calls take for every member of a JSON object, in their order.
func each(object []byte, take func(key string, value json.RawMessage)) {
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		return
	}
	for d.More() {
		key, err := d.Token()
		var value json.RawMessage
		if err != nil || d.Decode(&value) != nil {
			return
		}
		take(fmt.Sprint(key), value)
	}
}

// readable is a JSON value for people: a text without its quotes, an object
// over several lines; and what is an object inside of a text, too.
func readable(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) != nil {
		if out, ok := pretty(value); ok {
			return out
		}
		return string(value)
	}
	if out, ok := pretty([]byte(text)); ok {
		return out
	}
	return text
}

// pretty indents a JSON object or array.
func pretty(b []byte) (string, bool) {
	b = bytes.TrimSpace(b)
	if len(b) < 2 || b[0] != '{' && b[0] != '[' || !json.Valid(b) {
		return "", false
	}
	var out bytes.Buffer
	if json.Indent(&out, b, "", "  ") != nil {
		return "", false
	}
	return out.String(), true
}

// widestName is how many columns the names of fields have at most.
const widestName = 30

func (d *details) draw(c paint.Canvas, f *panel.Frame) {
	if c.Empty() {
		return
	}
	names := 0
	for _, one := range d.fields {
		names = max(names, c.Width(one.name))
	}
	names = min(names, widestName, c.W()/2)
	d.page, d.shown = c.H(), d.shown[:0]
	var rows []func(y int)
	for i, one := range d.fields {
		begin := len(rows)
		for line := range strings.SplitSeq(one.text, "\n") {
			for _, piece := range c.Rows(line, max(c.W()-names-4, 1)) {
				first := len(rows) == begin
				rows = append(rows, func(y int) {
					if first {
						c.Fit(1, y, names, one.name, paint.CutMiddle, nameStyle(i == d.at))
					}
					c.Text(names+3, y, piece, theme.Text)
					if i == d.at {
						c.Set(0, y, c.Glyphs().Marker, theme.Accent)
					}
				})
			}
		}
		d.shown = append(d.shown, [2]int{begin, len(rows)})
	}
	d.rows = len(rows)
	d.top = max(0, min(d.top, d.rows-c.H()))
	for y := 0; y < c.H() && d.top+y < len(rows); y++ {
		rows[d.top+y](y)
	}
}

func nameStyle(focused bool) paint.Style {
	if focused {
		return theme.Accent
	}
	return theme.Dim
}

// key moves through the fields, copies and filters.
func (d *details) key(key string, r *Room, f *panel.Frame) (panel.Action, bool) {
	switch key {
	case "j", "down":
		d.step(1)
	case "k", "up":
		d.step(-1)
	case "ctrl+d", "pgdown":
		d.top += max(d.page/2, 1)
	case "ctrl+u", "pgup":
		d.top = max(d.top-max(d.page/2, 1), 0)
	case "g", "home":
		d.at, d.top = 0, 0
	case "G":
		d.at, d.top = len(d.fields)-1, d.rows
	case ">":
		last := r.row == len(r.rows())-1 && r.view.last && r.sorted == nil
		r.onward = last && r.moment == 0 && f.Total.Lines > r.lines
		return nil, r.move("down")
	case "<":
		return nil, r.move("up")
	case "q":
		r.detail = nil
	case "y":
		one := d.fields[d.at]
		if one.value == "" {
			return panel.Copy{Text: one.text}, true
		}
		return panel.Copy{Text: one.value}, true
	default:
		return nil, false
	}
	return nil, true
}

// step focuses the field after or before, once the one in focus is seen to its end.
func (d *details) step(by int) {
	if d.at >= len(d.shown) {
		return
	}
	rows := d.shown[d.at]
	switch {
	case by > 0 && rows[1] > d.top+d.page:
		d.top++
		return
	case by < 0 && rows[0] < d.top:
		d.top--
		return
	}
	d.at = max(0, min(d.at+by, len(d.fields)-1))
	rows = d.shown[d.at]
	if rows[0] < d.top {
		d.top = max(rows[1]-d.page, rows[0]-d.page+1, 0)
		if rows[1]-rows[0] <= d.page {
			d.top = rows[0]
		}
	}
	if rows[1] > d.top+d.page {
		d.top = min(rows[0], rows[1]-d.page)
	}
}

// only is the filter for the field in focus.
func (d *details) only(f *panel.Frame) panel.Action {
	one := d.fields[d.at]
	if one.field == "" {
		return nil
	}
	label := one.value
	if one.field == "agent" && f.Label != nil {
		label = f.Label(label)
	}
	return panel.Only{Chip: panel.Chip{Text: filter.Equal(one.field, one.value), Label: one.field + " " + label}}
}
