package format

import (
	"bytes"

	"weir/ingest/event"
)

// vhostCombined is Apache's "vhost_combined": %v:%p before the combined fields.
var vhostCombined = Format{
	Name: "vhost_combined", Title: "Combined Log Format behind the virtual host",
	New:    func(o Options) Parser { return &clf{text: newText(o), vhost: true, agent: true} },
	Append: func(dst []byte, e *event.Event) []byte { return appendCombined(appendHost(dst, e), e) },
}

// vhostCommon is the common log format behind the virtual host.
var vhostCommon = Format{
	Name: "vhost_common", Title: "Common Log Format behind the virtual host",
	New:    func(o Options) Parser { return &clf{text: newText(o), vhost: true} },
	Append: func(dst []byte, e *event.Event) []byte { return appendCommon(appendHost(dst, e), e) },
}

// appendHost writes "host:80 ".
func appendHost(dst []byte, e *event.Event) []byte {
	if len(e.Host) == 0 {
		return append(dst, "- "...)
	}
	return append(appendPort(dst, e.Host), ' ')
}

// appendPort writes "host:80", an IPv6 address in brackets.
func appendPort(dst, host []byte) []byte {
	if bytes.IndexByte(host, ':') >= 0 {
		dst = append(append(append(dst, '['), host...), ']')
	} else {
		dst = append(dst, host...)
	}
	return append(dst, ":80"...)
}
