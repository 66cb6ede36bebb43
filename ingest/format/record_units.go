package format

import (
	"bytes"

	"weir/ingest/event"
)

// duration reads a slot as nanoseconds. It is Unknown where there is none, and
// leaves the slot alone where it is not a duration.
func (r *record) duration(e *event.Event, s slot) int64 {
	if !r.has(s) {
		return event.Unknown
	}
	var n int64
	if v := &r.slots[s]; v.simple {
		r.used |= 1 << s
		d := decimal{digits: v.number, exp: -int(v.places), fraction: v.kind == jsonFloat}
		n = r.inUnit(d, v.unit)
	} else {
		n = r.nanoseconds(r.text(e, s), v.unit)
	}
	if n < 0 {
		r.leave(s)
	}
	return n
}

// inUnit is d units in nanoseconds, or Unknown.
func (r *record) inUnit(d decimal, u unit) int64 {
	if u == unitGuess || u == unitTraefik {
		u = r.guess(d, u)
	}
	if u == unitNone {
		return event.Unknown
	}
	n, ok := d.scaled(u.power())
	if !ok || d.negative {
		return event.Unknown
	}
	return n
}

// nanoseconds reads a duration in u, with its own unit behind it, or a list.
func (r *record) nanoseconds(b []byte, u unit) int64 {
	d, n := decimalOf(b)
	if n == 0 || d.negative {
		return event.Unknown
	}
	if n < len(b) && b[n] != ',' && (b[n] != ' ' || len(b) > n+1 && b[n+1]|0x20 >= 'a') { // "12ms", "12 ms"
		return spelled(b)
	}
	// nginx writes one time for each upstream it tried: "0.001, 0.020 : 0.003".
	for total := int64(0); ; {
		one := r.inUnit(d, u)
		if one < 0 || total+one < total {
			return event.Unknown
		}
		total += one
		if b = bytes.TrimLeft(b[n:], " ,:-"); len(b) == 0 {
			return total
		}
		if d, n = decimalOf(b); n == 0 {
			return event.Unknown
		}
	}
}

// guess is the unit of a duration whose key does not name it.
func (r *record) guess(d decimal, u unit) unit {
	switch {
	case u == unitTraefik && r.marks&markTraefikStatus != 0, r.marks&markEcho != 0 && !d.fraction:
		return unitNano
	case r.marks&markRails != 0, d.fraction && r.zerolog():
		return unitMilli
	case d.fraction, r.marks&markTS != 0 && d.digits < fewNanoseconds: // Caddy, zap, nginx
		return unitSecond
	case !r.leveled() && (r.marks&markTS != 0 || r.marks&markMsg != 0 && d.digits >= longMillis): // Caddy's nano, slog, logrus
		return unitNano
	case d.exp >= 0 && d.digits > mostMillis: // micro- or nanoseconds, but which
		return unitNone
	}
	return unitMilli
}

// zerolog tells its records, which begin with the level and end with the time and the message: its durations are
// milliseconds with a fraction unless told otherwise.
func (r *record) zerolog() bool {
	at := &r.slots[slotTime]
	return r.marks&(markMsg|markTS) == 0 && r.has(slotTime) && at.rank == timeRank && at.from > r.slots[slotDuration].from &&
		bytes.HasPrefix(r.line, []byte(`{"level":"`))
}

// fewNanoseconds is what no request is answered in: such a number is milliseconds.
const fewNanoseconds = 1000
