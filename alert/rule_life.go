package alert

// Phase is where a rule is in its life.
type Phase byte

// The phases, each by the letter that a string of values is told in.
const (
	Calm       Phase = '.' // whole
	NotKnown   Phase = 'n' // too few samples to judge, and it does not fire
	Pending    Phase = 'p' // broken, but not for long enough to fire
	Broken     Phase = 'F' // it fires
	Blind      Phase = 'N' // it fires, and there are too few samples to judge
	Recovering Phase = 'r' // it fires and is whole again, but not for long enough
	Held       Phase = 'h' // the same, and the wait is long since it flaps
)

var phases = map[Phase]string{
	Calm: "ok", NotKnown: "no data", Pending: "pending", Broken: "firing", Blind: "firing, no data", Recovering: "recovering", Held: "flapping",
}

// String is the phase in words.
func (p Phase) String() string { return phases[p] }

// Fires tells whether the rule is broken for all who look.
func (p Phase) Fires() bool { return p == Broken || p == Blind || p == Recovering || p == Held }

// life follows the values of one rule, or of one key of it, through its phases.
// The zero value is calm.
type life struct {
	phase    Phase
	flapping bool
	broken   int64 // second since which it is broken without a break
	whole    int64 // the same for whole, while it fires
	fired    int64
	fires    [mostFlaps]int64 // the seconds at which it fired, as a ring
	next     int              // in fires
}

// turn is what a step changed for all who look.
type turn uint8

const (
	nothing turn = iota
	firedNow
	recoveredNow
)

// step tells the value at a second; known is false where there are too few
// samples to judge. Seconds only grow, but may leave some out.
func (l *life) step(r *Rule, second int64, value float64, known bool) turn {
	if l.phase == 0 {
		l.phase = Calm
	}
	if l.phase.Fires() {
		return l.stepFiring(r, second, value, known)
	}
	return l.stepCalm(r, second, value, known)
}

func (l *life) stepCalm(r *Rule, second int64, value float64, known bool) turn {
	bad := known && r.broken(value) || !known && r.NoData == NoDataAlert
	switch {
	case !bad && known:
		l.phase = Calm
	case !bad:
		l.phase = NotKnown
	default:
		if l.phase != Pending {
			l.broken = second
		}
		l.phase = Pending
		if second-l.broken >= r.For {
			l.fire(r, second)
			if !known {
				l.phase = Blind
			}
			return firedNow
		}
	}
	return nothing
}

func (l *life) fire(r *Rule, second int64) {
	l.phase, l.fired, l.flapping = Broken, second, false
	if r.Flap.Times == 0 {
		return
	}
	l.fires[l.next%mostFlaps] = second
	l.next++
	if l.next >= r.Flap.Times {
		first := l.fires[(l.next-r.Flap.Times)%mostFlaps]
		l.flapping = second-first < r.Flap.Within
	}
}

func (l *life) stepFiring(r *Rule, second int64, value float64, known bool) turn {
	good := known && r.whole(value) || !known && r.NoData == NoDataOK
	if !good {
		l.phase = Broken
		if !known {
			l.phase = Blind
		}
		return nothing
	}
	if l.phase == Broken || l.phase == Blind {
		l.whole = second
	}
	wait := r.ClearFor
	l.phase = Recovering
	if l.flapping {
		wait, l.phase = max(wait, r.Flap.Hold), Held
	}
	if second-l.whole < wait {
		return nothing
	}
	l.phase = Calm
	if !known {
		l.phase = NotKnown
	}
	return recoveredNow
}
