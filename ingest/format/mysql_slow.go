package format

import (
	"bytes"

	"weir/ingest/event"
)

// mysqlSlow is the slow query log of MySQL and MariaDB: comments say when, by whom and how long, and the
// statement below them is the message.
var mysqlSlow = Format{
	Name: "mysql_slow", Title: "the slow query log of MySQL and MariaDB",
	New:      func(o Options) Parser { return &mysqlSlowParser{text: newText(o)} },
	Prose:    true,
	Stateful: true,
	Paired:   true,
}

type mysqlSlowParser struct {
	text
	time         int64
	zone         int32
	dated        bool   // by a # Time:, which is left out where it is the last one's
	texts        []byte // what the comments say
	user, client span   // in texts
	lapse        span   // of the query, in texts
	headed       bool   // the statement comes next
	told         bool   // the statement began
}

// Parse implements Parser.
func (p *mysqlSlowParser) Parse(line []byte, e *event.Event) *event.Reject {
	body := strip(line)
	switch {
	case len(body) == 0:
		return p.reject(body, e, event.Blank, "", 0)
	case comment(body) && !bytes.HasPrefix(body, []byte("# administrator command: ")):
		p.comment(body)
		return p.reject(body, e, event.Directive, "", 0)
	case p.headed && p.set(body), bytes.HasSuffix(body, []byte(". started with:")), bytes.HasPrefix(body, []byte("Tcp port: ")),
		bytes.HasPrefix(body, []byte("Time ")) && bytes.HasSuffix(body, []byte(" Argument")): // a server that starts
		return p.reject(body, e, event.Directive, "", 0)
	case p.headed:
		p.headed, p.told = false, true
		message(e, line, p.time, p.zone)
		if !p.dated {
			e.Time = p.clock.lately()
			e.Flags |= event.BadTime
		}
		scratch := e.Scratch()
		from := len(scratch)
		scratch = append(scratch, p.texts...)
		e.SetScratch(scratch)
		texts := scratch[from:len(scratch):len(scratch)]
		e.User, e.Client = p.user.of(texts), p.client.of(texts)
		m := e.Extra()
		m.Body = bytes.TrimPrefix(body, []byte("# "))
		m.Service = own(e, "mysqld", nil)
		if p.keep && !p.lapse.empty() {
			attribute(e, "query_time", p.lapse.of(texts))
		}
		return nil
	case p.told:
		return p.reject(body, e, event.Continued, "", 0)
	}
	return p.reject(body, e, event.NoFormat, "", 0)
}

// comment learns from a line that begins with '#'.
func (p *mysqlSlowParser) comment(line []byte) {
	if rest, ok := bytes.CutPrefix(line, []byte("# Time: ")); ok {
		var n int
		p.time, p.zone, n = p.clock.leading(bytes.TrimLeft(rest, " "))
		p.dated = n > 0
		return
	}
	if rest, ok := bytes.CutPrefix(line, []byte("# User@Host: ")); ok {
		p.headed, p.told = true, false
		p.texts = append(p.texts[:0], rest...)
		p.user, p.client, p.lapse = span{}, span{}, span{}
		if n := bytes.IndexByte(rest, '['); n > 0 {
			p.user = span{0, int32(n)}
		}
		at := bytes.Index(rest, []byte(" @ "))
		if at < 0 {
			return
		}
		at += len(" @ ")
		from, to := bytes.IndexByte(rest[at:], '['), bytes.IndexByte(rest[at:], ']')
		if from >= 0 && to > from+1 {
			p.client = span{int32(at + from + 1), int32(at + to)}
		}
		return
	}
	if rest, ok := bytes.CutPrefix(line, []byte("# Query_time: ")); ok && p.headed {
		n := bytes.IndexByte(rest, ' ')
		if n < 0 {
			n = len(rest)
		}
		from := len(p.texts)
		p.texts = append(p.texts, rest[:n]...)
		p.lapse = span{int32(from), int32(len(p.texts))}
	}
}

// set tells what stands before a statement: the database and the time, which counts where no other was said.
func (p *mysqlSlowParser) set(line []byte) bool {
	if rest, ok := bytes.CutPrefix(line, []byte("SET timestamp=")); ok {
		if ns, ok := epoch(bytes.TrimSuffix(rest, []byte{';'})); ok && !p.dated {
			p.time, p.zone, p.dated = ns, 0, true
		}
		return true
	}
	return bytes.HasPrefix(line, []byte("use ")) && line[len(line)-1] == ';'
}
