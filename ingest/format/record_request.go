package format

import (
	"bytes"

	"weir/ingest/event"
)

// target sets the target and its parts from whichever of request line, target, path and
// query the record has, and method and protocol of a request line.
func (r *record) target(e *event.Event) {
	if r.has(slotRequest) && r.wholeRequest(e) {
		r.same(slotTarget, e, e.Target)
		r.same(slotPath, e, e.Path)
		r.same(slotQuery, e, e.Query)
		return
	}
	if v := &r.slots[slotPath]; r.has(slotPath) && v.rank <= routeRank && (e.Status == event.Unknown || v.of(r.line)[0] != '/') {
		r.seen &^= 1 << slotPath // the name of a handler
	}
	if v := &r.slots[slotTarget]; r.has(slotTarget) && v.rank == targetRank && !bytes.ContainsRune(v.of(r.line), '/') {
		r.seen &^= 1 << slotTarget // Rust's tracing: the module
	}
	switch {
	case r.has(slotTarget) && len(e.Method) == 0 && r.lineAsTarget(e):
	case r.has(slotTarget):
		target := r.text(e, slotTarget)
		if !r.has(slotPath) && r.has(slotQuery) && bytes.IndexByte(target, '?') < 0 && r.asksQuery() { // Azure
			target = r.asked(e, target)
		}
		setTarget(e, target)
		r.same(slotPath, e, e.Path)
		r.same(slotQuery, e, e.Query)
	case r.has(slotPath):
		target := r.text(e, slotPath)
		if r.has(slotQuery) && bytes.IndexByte(target, '?') < 0 {
			target = r.asked(e, target)
		}
		setTarget(e, target)
	case r.has(slotRequest) && len(e.Method) == 0:
		r.requestLine(e)
		return
	case r.has(slotRequest): // what is called request may be the target alone
		line := r.text(e, slotRequest)
		if n := len(e.Method); n > 0 && len(line) > n && line[n] == ' ' && string(line[:n]) == string(e.Method) { // API Gateway's route key
			line = line[n+1:]
		}
		if len(line) > 0 && line[0] == '/' && bytes.IndexByte(line, ' ') < 0 {
			setTarget(e, line)
		} else {
			r.leave(slotRequest)
		}
		return
	}
	if r.has(slotRequest) {
		if line := r.text(e, slotRequest); len(e.Method) == 0 && len(line) > 0 && len(line) <= longestMethod && token(line) {
			e.Method = line // or the method, as in Fastly's example
		} else {
			r.leave(slotRequest)
		}
	}
}

// longestMethod is the length of the longest method in use, and some more.
const longestMethod = 16

// usualMethod tells HTTP's methods from those of objects.
func usualMethod(b []byte) bool {
	switch string(b) {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		return true
	}
	return false
}

// wholeRequest takes what is called request where that is a request line with its
// protocol, unless another method stands beside it.
func (r *record) wholeRequest(e *event.Event) bool {
	line, method := r.text(e, slotRequest), e.Method
	n := bytes.IndexByte(line, ' ')
	if _, ok := httpVersion(line[bytes.LastIndexByte(line, ' ')+1:]); !ok || n <= 0 || len(method) > 0 && string(line[:n]) != string(method) {
		r.leave(slotRequest)
		return false
	}
	setRequest(e, line)
	return true
}

// lineAsTarget takes what is called a URL where that is a whole request line.
func (r *record) lineAsTarget(e *event.Event) bool {
	line := r.text(e, slotTarget)
	n := bytes.IndexByte(line, ' ')
	if _, ok := httpVersion(line[bytes.LastIndexByte(line, ' ')+1:]); !ok || n <= 0 || !token(line[:n]) {
		return false
	}
	setRequest(e, line)
	return true
}

// same takes what a slot says where that is known already; something else is left.
func (r *record) same(s slot, e *event.Event, known []byte) {
	if r.has(s) && string(r.text(e, s)) != string(known) {
		r.leave(s)
	}
}

// asked is target with the query behind it, in e's scratch space.
func (r *record) asked(e *event.Event, target []byte) []byte {
	query := bytes.TrimPrefix(r.text(e, slotQuery), []byte{'?'})
	b := e.Scratch()
	n := len(b)
	b = append(append(append(b, target...), '?'), query...)
	e.SetScratch(b)
	return b[n:len(b):len(b)]
}

// asksQuery tells a query of a target from what else is called so.
func (r *record) asksQuery() bool {
	query := r.slots[slotQuery].of(r.line)
	return r.slots[slotQuery].kind == jsonText && bytes.IndexByte(query, '=') > 0 && bytes.IndexByte(query, ' ') < 0
}
