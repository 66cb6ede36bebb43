package format

import "weir/ingest/event"

// common is the log format of NCSA httpd: Apache's "common".
var common = Format{
	Name: "common", Title: "Common Log Format",
	New:    func(o Options) Parser { return &clf{text: newText(o)} },
	Append: func(dst []byte, e *event.Event) []byte { return appendCommon(dst, e) },
}
