package format

import "weir/ingest/event"

// combined is the common log format with referrer and agent: nginx's stock
// format and Apache's "combined".
var combined = Format{
	Name: "combined", Title: "Combined Log Format (Apache, nginx)",
	New:    func(o Options) Parser { return &clf{text: newText(o), agent: true} },
	Append: func(dst []byte, e *event.Event) []byte { return appendCombined(dst, e) },
}
