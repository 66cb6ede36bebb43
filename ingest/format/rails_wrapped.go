package format

import (
	"bytes"

	"weir/ingest/event"
)

// railsWrapped are the requests of Ruby on Rails that lines behind a logger or a transport tell of.
type railsWrapped struct {
	open railsOpen
	line []byte       // that was the last to begin or to end one: it may come again, as a line that is tried
	last railsRequest // that it ended
	met  string       // how the one was written that was answered last, "" before any
}

// railsLine makes a request of e where said, behind w, is what Ruby on Rails answered one with: then it is answered.
// The other lines about a request are to be messages. Pid tells apart the requests of lines without tags.
func (p *wrappedParser) railsLine(w *wrap, pid, raw, said []byte, e *event.Event) (about, answered bool) {
	key, said := railsTags(said)
	switch {
	case len(key) > 0:
	case len(pid) > 0:
		key = pid
	default:
		key = w.program
	}
	var asked railsRequest
	begins := bytes.HasPrefix(said, railsStarted)
	if begins {
		var wrong int
		if asked, wrong = railsAsked(&p.clock, said); wrong > 0 {
			return false, false
		}
	} else if p.rails.phoenix(key) { // whose lines all have a level
		return false, false
	}
	return p.pairLine(w, key, raw, said, asked, begins, e)
}

// phoenix tells whether the newest request of a key is one of Phoenix, which names no client.
func (r *railsWrapped) phoenix(key []byte) bool {
	if i := r.open.newest(key); i >= 0 {
		return r.open.asked[i].client.empty()
	}
	return r.met != "" && bytes.Equal(r.last.key, key) && r.last.client.empty()
}

// phoenixLine is railsLine for what Phoenix says behind a level. Number is the request's.
func (p *wrappedParser) phoenixLine(w *wrap, number, raw, said []byte, e *event.Event) (answered bool) {
	asked, begins := phoenixAsked(said)
	if begins {
		if asked.time, asked.zone, asked.untimed = w.time, w.zone, !w.dated; !w.dated {
			asked.time = p.clock.lately()
		}
	} else if _, _, ok := phoenixAnswer(said); !ok {
		return false
	}
	if len(number) == 0 {
		number = w.program
	}
	_, answered = p.pairLine(w, number, raw, said, asked, begins, e)
	return answered
}

// pairLine notes a request that begins, and makes one of e where said is the answer to an open one of that key.
func (p *wrappedParser) pairLine(w *wrap, key, raw, said []byte, asked railsRequest, begins bool, e *event.Event) (about, answered bool) {
	r := &p.rails
	if len(key) > longestKey {
		return false, false
	}
	again := bytes.Equal(raw, r.line)
	if begins {
		if !again {
			r.open.begin(key, asked)
			r.line = append(r.line[:0], raw...)
		}
		return true, false
	}
	if len(r.line) == 0 {
		return false, false
	}
	i := r.open.newest(key)
	if i < 0 && !(r.met != "" && bytes.Equal(r.last.key, key)) {
		return false, false
	}
	e.Reset()
	if !again && i < 0 || !railsAnswer(said, e) {
		return true, false
	}
	if !again {
		r.last, r.open.asked[i] = r.open.asked[i], r.last
		r.open.end(i)
		r.line = append(r.line[:0], raw...)
	}
	r.last.into(e)
	if w.dated {
		e.Time, e.Zone = w.time, w.zone
	} else if r.last.untimed {
		e.Flags |= event.BadTime
	}
	if r.met = rails.Name; len(r.last.client.of(r.last.texts)) == 0 {
		r.met = phoenixName
	}
	p.finish(w, raw, e)
	return true, true
}

// rubyLogger finds what is said, and by which process, in a line of Ruby's logger, of which at is behind the level:
// "I, [2026-11-21T06:53:01.123456 #7]  INFO -- name: said". Said is nil in other lines.
func rubyLogger(line []byte, at int) (pid, said []byte) {
	if len(line) < 4 || string(line[1:4]) != ", [" || !bytes.HasPrefix(line[at:], []byte(" -- ")) {
		return nil, nil
	}
	colon := bytes.Index(line[at:], []byte(": "))
	from := bytes.LastIndexByte(line[:at], '#')
	end := bytes.LastIndexByte(line[:at], ']')
	if colon < 0 || from < 0 || end < from {
		return nil, nil
	}
	return line[from:end], line[at+colon+len(": "):]
}
