package event

// Clone returns a copy of e that owns its memory: what must outlive the batch.
// A text longer than most bytes is cut, and so are attributes that would hold
// more than that together.
func (e *Event) Clone(most int) *Event {
	c := *e
	c.spare, c.scratch, c.More = nil, nil, nil
	texts := c.texts()
	size := 0
	for _, t := range texts {
		*t = (*t)[:min(len(*t), most)]
		size += len(*t)
	}
	if e.More != nil {
		more := *e.More
		more.Attributes = nil
		c.More = &more
		for _, t := range more.texts() {
			size += min(len(*t), most)
		}
	}
	buf := make([]byte, 0, size)
	own := func(t *[]byte) {
		if len(*t) == 0 {
			*t = nil
			return
		}
		from := len(buf)
		buf = append(buf, (*t)[:min(len(*t), most)]...)
		*t = buf[from:len(buf):len(buf)]
	}
	for _, t := range texts {
		own(t)
	}
	if c.More == nil {
		return &c
	}
	for _, t := range c.More.texts() {
		own(t)
	}
	kept := 0
	for _, a := range e.More.Attributes {
		if kept += len(a.Key) + len(a.Value); kept > most {
			break
		}
		both := append(append(make([]byte, 0, len(a.Key)+len(a.Value)), a.Key...), a.Value...)
		n := len(a.Key)
		c.More.Attributes = append(c.More.Attributes, Attribute{Key: both[:n:n], Value: both[n:], JSON: a.JSON})
	}
	return &c
}

func (e *Event) texts() []*[]byte {
	return []*[]byte{
		&e.Client, &e.User, &e.Method, &e.Target, &e.Path, &e.Query, &e.Proto, &e.Host, &e.Referrer, &e.Agent,
		&e.Raw, &e.Source, &e.Shown, &e.Country,
	}
}

func (m *More) texts() []*[]byte {
	return []*[]byte{
		&m.Forwarded, &m.TLSVersion, &m.TLSCipher, &m.Upstream, &m.CacheStatus, &m.Action, &m.Outcome, &m.Service,
		&m.Hostname, &m.Severity, &m.Body,
	}
}
