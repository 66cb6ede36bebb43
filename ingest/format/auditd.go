package format

import (
	"bytes"

	"weir/ingest/event"
)

// auditd is the log of the Linux Audit daemon:
//
//	type=USER_LOGIN msg=audit(1795240381.515:407): pid=7 uid=0 msg='op=login acct="root" exe="/usr/sbin/sshd" addr=192.0.2.44 res=failed'
var auditd = Format{
	Name: "auditd", Title: "the Linux Audit daemon's log",
	New: func(o Options) Parser { return &auditdParser{text: newText(o)} },
}

type auditdParser struct {
	text
}

// Parse implements Parser.
func (p *auditdParser) Parse(line []byte, e *event.Event) *event.Reject {
	body := strip(line)
	if r := p.idle(body, e); r != nil {
		return r
	}
	rest, node := body, []byte(nil)
	if bytes.HasPrefix(rest, []byte("node=")) {
		node, rest, _ = bytes.Cut(rest[len("node="):], []byte{' '})
	}
	if !bytes.HasPrefix(rest, []byte("type=")) {
		return p.reject(body, e, event.NoFormat, "", 0)
	}
	kind, rest, ok := bytes.Cut(rest[len("type="):], []byte(" msg=audit("))
	if !ok {
		return p.reject(body, e, event.NoFormat, "", 0)
	}
	stamp, rest, ok := bytes.Cut(rest, []byte("):"))
	stamp, serial, _ := bytes.Cut(stamp, []byte{':'})
	t, timed := epoch(stamp)
	if !ok || !timed {
		return p.reject(body, e, event.NoTime, "time", len(body)-len(rest))
	}
	message(e, line, t, 0)
	m := e.Extra()
	m.Hostname, m.Body = node, bytes.TrimLeft(rest, " ")
	m.Action = kind
	if p.keep {
		attribute(e, "serial", serial)
	}
	p.told(e, m, m.Body)
	return nil
}

// told takes what the pairs of the record say, those within msg='…' too. What stands first counts.
func (p *auditdParser) told(e *event.Event, m *event.More, rest []byte) {
	for len(rest) > 0 {
		var pair []byte
		if pair, rest, _ = bytes.Cut(rest, []byte{' '}); bytes.HasPrefix(pair, []byte("msg='")) {
			pair = pair[len("msg='"):]
		}
		pair, _, _ = bytes.Cut(pair, []byte{0x1d}) // behind it stand names in clear, as of UID=
		key, value, ok := bytes.Cut(pair, []byte{'='})
		value = bytes.Trim(value, `"'`)
		if !ok || len(value) == 0 || string(value) == "?" || string(value) == "(none)" || string(value) == "(null)" {
			continue
		}
		switch string(key) {
		case "res", "success":
			switch string(value) {
			case "success", "yes", "1":
				m.Outcome = own(e, "success", nil)
			case "failed", "no", "0":
				m.Outcome = own(e, "failure", nil)
			}
		case "acct":
			e.User = value
		case "addr":
			e.Client = value
		case "comm":
			if len(m.Service) == 0 {
				m.Service = value
			}
		case "exe":
			if len(m.Service) == 0 {
				m.Service = value[bytes.LastIndexByte(value, '/')+1:]
			}
		case "pid":
			if p.keep {
				attribute(e, "process.pid", value)
			}
		}
	}
}
