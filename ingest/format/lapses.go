package format

import (
	"bytes"

	"weir/ingest/event"
)

// lapses finds the unit of durations that stand as whole numbers at the end of lines, without a
// name: Apache's %D is microseconds and its %T seconds, Tomcat's %D (up to version 10.0) and Jetty's latency
// milliseconds. No line tells which, but many do: a server answers something in a few
// milliseconds and nothing in a few microseconds. As long as the numbers could be
// something else, they are no durations.
type lapses struct {
	unit    int64 // of one, in nanoseconds; 0 while it is not known
	settled bool  // unit stays
	n       int   // numbers seen
	low     int   // of them, what is too little for microseconds
	some    int   // and too much for seconds, where it is frequent
	min     int64
	max     int64
	rises   int // numbers that were more than that before them
	falls   int // and less
	last    int64
	sizes   int   // numbers that are the size of the body and of a header
	bulk    int64 // the largest of these bodies, bytes
}

const (
	enoughLapses = 64        // after so many the unit stays
	manyLapses   = 20        // from so many on a missing small number says something
	leastMicros  = 20        // microseconds in which no server answers
	someSeconds  = 5         // seconds that are rare
	longMillis   = 10_000    // milliseconds that are rare, and more so the …
	longestOnes  = 100_000   // … longer
	mostRises    = 5         // in a row that chance makes
	mostMillis   = 3_600_000 // milliseconds that are no duration of a request

	longestHeader = 4096 // bytes of an answer beside its body
)

// of is v as a duration, or Unknown. With agent v stands behind a referrer and an agent, where hardly any but
// Apache writes it. A number is no evidence where it is not of a request as usual.
func (l *lapses) of(v int64, agent bool, e *event.Event) int64 {
	if !l.settled && e.Flags&event.Suspicious == 0 && len(e.Method) > 0 {
		l.add(v)
		if body := max(e.Bytes, 0); v > body && v-body <= longestHeader {
			l.sizes++
			l.bulk = max(l.bulk, body)
		}
		l.unit = l.guess(agent)
		l.settled = l.n >= enoughLapses
	}
	if l.unit == 0 || v > 1<<62/l.unit {
		return event.Unknown
	}
	return v * l.unit
}

func (l *lapses) add(v int64) {
	if l.n == 0 {
		l.min, l.last = v, v
	}
	l.n++
	l.min, l.max = min(l.min, v), max(l.max, v)
	if v > l.last {
		l.rises++
	} else if v < l.last {
		l.falls++
	}
	l.last = v
	if v < leastMicros {
		l.low++
	}
	if v >= someSeconds {
		l.some++
	}
}

func (l *lapses) guess(agent bool) int64 {
	few := l.n < manyLapses
	switch {
	case l.rises > mostRises && l.falls == 0: // the number of a connection
		return 0
	case l.n > 2 && l.min > 0 && l.max/l.min < 2 && l.max < 1<<16: // a port
		return 0
	case l.max > mostMillis*1000: // of a thread
		return 0
	case l.sizes == l.n && l.bulk > 4*longestHeader: // nginx's $bytes_sent, Apache's %O
		return 0
	}
	if l.low > 0 {
		share := 10
		if few {
			share = 3
		}
		if l.some*share >= l.n && l.some > 0 && l.max <= mostMillis && l.max >= someSeconds*2 {
			return millis
		}
		return 0
	}
	switch {
	case l.max >= longestOnes, agent && l.max >= longMillis:
		return micros
	case few:
		return 0
	case l.max/l.min >= manyLapses: // what is always about the same is a size, or a port
		return micros
	}
	return 0
}

// Learn looks ahead at the beginning of a log, of which the last line may be cut, for what no
// line tells alone. Nothing but that is remembered.
func (a *Auto) Learn(head []byte) { learn(a.past, head, NewAuto(a.options)) }

// Learn is Auto.Learn.
func (p *One) Learn(head []byte) { learn(p.options.past, head, NewOne(p.format, p.options)) }

func learn(of *past, head []byte, by interface {
	Parser
	known() *past
}) {
	if of.lapses.settled {
		return
	}
	e, n := event.Event{}, 0
	for line := range bytes.Lines(head) {
		if n++; n > 4*enoughLapses || line[len(line)-1] != '\n' && n > 1 {
			break
		}
		e.Reset()
		by.Parse(strip(line), &e)
		if n == enoughLapses/4 && by.known().lapses.n == 0 {
			return
		}
	}
	of.lapses = by.known().lapses
	of.lapses.last = of.lapses.min
	if of.lapses.rises <= mostRises { // the same ones come again
		of.lapses.rises = 0
	}
}

func (a *Auto) known() *past { return a.past }
func (p *One) known() *past  { return p.options.past }
