package format

import (
	"bytes"

	"weir/ingest/event"
)

// s3 is the server access log of Amazon S3. Fields that later versions append
// are kept as further fields.
var s3 = Format{
	Name: "aws_s3", Title: "Amazon S3 server access log",
	New: func(o Options) Parser { return &s3Parser{text: newText(o)} },
}

type s3Parser struct {
	text
}

var s3Rest = []string{"version_id", "host_id", "signature_version"}
var s3Last = []string{"authentication_type"}
var s3Tail = []string{"access_point_arn", "acl_required"}

// Parse implements Parser.
func (p *s3Parser) Parse(line []byte, e *event.Event) *event.Reject {
	e.Raw = line
	line = strip(line)
	if r := p.idle(line, e); r != nil {
		return r
	}
	// Owner, bucket, then the time: told at once.
	i := bytes.IndexByte(line, ' ')
	n := 0
	if i > 0 {
		n = bytes.IndexByte(line[i+1:], ' ')
	}
	if at := i + n + 2; n <= 0 || at >= len(line) || line[at] != '[' || line[0] == '"' {
		return p.reject(line, e, event.NoFormat, "time", max(i, 0))
	}
	f := fields{line: line}
	f.escapes, _ = survey(line)
	bad := func(field string) *event.Reject { return p.reject(line, e, event.BadField, field, f.at) }
	text := func() []byte {
		b, ok := f.next()
		if !ok {
			return nil
		}
		return given(b)
	}
	keep := func(name string, b []byte) {
		if p.keep && len(b) > 0 {
			attribute(e, name, b)
		}
	}
	keep("bucket_owner", text())
	bucket := text()
	keep("bucket", bucket)
	b, _ := f.next()
	if e.Time, e.Zone, n = p.clock.common(b); n == 0 || n != len(b) {
		return p.reject(line, e, event.NoTime, "time", f.at)
	}
	e.Client = bare(text())
	e.User = text()
	keep("request_id", text())
	operation := text()
	if len(operation) == 0 {
		return bad("operation")
	}
	keep("operation", operation)
	keep("key", text())
	b, ok := f.next()
	if !ok {
		return bad("http.request")
	}
	setRequest(e, plain(e, b, f.escapes))
	b, _ = f.next()
	if e.Status, ok = status(b); !ok {
		return bad("http.response.status_code")
	}
	keep("error_code", text())
	b, _ = f.next()
	if e.Bytes, ok = count(b); !ok {
		return bad("http.response.body.size")
	}
	b, _ = f.next()
	if _, ok = count(b); !ok {
		return bad("object_size")
	}
	keep("object_size", given(b))
	b, _ = f.next()
	if e.Duration, ok = lapse(b, millis); !ok {
		return bad("http.server.request.duration")
	}
	b, _ = f.next()
	ns, ok := lapse(b, millis)
	if !ok {
		return bad("upstream.duration")
	}
	if ns != event.Unknown {
		e.Extra().UpstreamDuration = ns
	}
	if b, ok = f.next(); !ok {
		return bad("http.request.header.referer")
	}
	e.Referrer = plain(e, given(b), f.escapes)
	if b, ok = f.next(); !ok {
		return bad("user_agent.original")
	}
	e.Agent = plain(e, given(b), f.escapes)
	for _, name := range s3Rest {
		if f.more() {
			if b, ok = f.next(); !ok {
				return bad(name)
			}
			keep(name, given(b))
		}
	}
	if f.more() {
		if b := text(); len(b) > 0 {
			e.Extra().TLSCipher = b
		}
	}
	for _, name := range s3Last {
		if f.more() {
			keep(name, text())
		}
	}
	if f.more() {
		e.Host, _ = splitPort(text())
	}
	if len(e.Host) == 0 {
		e.Host = bucket
	}
	if f.more() {
		if b := text(); len(b) > 0 {
			e.Extra().TLSVersion = tlsNumber(e, b)
		}
	}
	if at := p.keepRest(&f, e, s3Tail); at >= 0 {
		return p.reject(line, e, event.BadField, "", at)
	}
	if _, odd := survey(line); odd {
		e.Flags |= event.BinaryText
	}
	return nil
}
