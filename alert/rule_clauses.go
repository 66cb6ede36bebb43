package alert

import (
	"strconv"
	"strings"

	"weir/stats"
	"weir/typo"
)

// clauses are what follows the level.
func (p *parser) clauses() {
	for p.err == nil {
		p.take(",")
		word, at := p.word()
		if word == "" {
			if p.at < len(p.text) {
				p.fail(p.at, "this is not understood: a rule goes on with %s", strings.Join(clauseNames(), ", "))
			}
			return
		}
		i := clauseOf(word)
		switch {
		case i < 0:
			hint := "a rule goes on with " + strings.Join(clauseNames(), ", ")
			if near := typo.Nearest(word, clauseNames()); near != "" {
				hint = "did you mean " + near + "?"
			}
			p.fail(at, "%s is not understood here: %s", word, hint)
		case p.said[word]:
			p.fail(at, "%s stands twice", word)
		default:
			if p.said == nil {
				p.said = make(map[string]bool)
			}
			p.said[word] = true
			Clauses[i].parse(p)
		}
	}
}

// Clause is what may follow a rule's level.
type Clause struct {
	Name        string
	Usage       string
	Description string
	parse       func(p *parser)
}

// Clauses lists every clause, in reading order. Help and Parse are made from it.
// To add one, add a line.
var Clauses = []Clause{
	{"over", "over 5m", "the window; a minute where it is not said", (*parser).overClause},
	{"for", "for 1m", "how long it has to be broken before it fires", func(p *parser) { p.rule.For = p.seconds(0) }},
	{"clear", "clear 2% after 1m", "the level that recovers, and for how long it has to be kept", (*parser).clearClause},
	{"min", "min 100", "samples in the window below which nothing is judged", (*parser).minClause},
	{"per", "per section", "judge every key of a dimension on its own", (*parser).perClause},
	{"severity", "severity critical", "critical, warning or info", (*parser).severityClause},
	{"no data", "no data ok", "where nothing can be judged: ok, hold or alert", (*parser).noDataClause},
	{"flap", "flap 3 in 30m hold 5m", "what fires so often recovers only after so long; or flap off", (*parser).flapClause},
}

func clauseNames() (names []string) {
	for i := range Clauses {
		names = append(names, Clauses[i].Name)
	}
	return names
}

func clauseOf(word string) int {
	for i := range Clauses {
		if first, _, _ := strings.Cut(Clauses[i].Name, " "); first == word {
			return i
		}
	}
	return -1
}

func (p *parser) perClause() {
	word, at := p.word()
	dim, ok := stats.Find(word)
	if !ok {
		var names []string
		for d := range stats.Dimensions {
			names = append(names, stats.Dimensions[d].Name)
		}
		hint := "choose one of " + strings.Join(names, ", ")
		if near := typo.Nearest(word, names); near != "" && word != "" {
			hint = "did you mean " + near + "?"
		}
		p.fail(at, "there is no dimension %q: %s", word, hint)
	}
	p.rule.Per, p.rule.Keyed = dim, true
}

func (p *parser) overClause() {
	p.over[0] = p.seconds(1)
	before := p.at
	if word, _ := p.word(); word != "and" {
		p.at = before
		return
	}
	p.over[1] = p.seconds(1)
}

func (p *parser) clearClause() {
	if p.unit == Quiet || len(p.rule.Burns) > 0 {
		p.fail(p.at, "%s has no level to recover at", p.rule.Metric.Name)
		return
	}
	p.space()
	at := p.at
	level, perSecond := p.level()
	if p.unit != Hits && perSecond != p.rule.PerSecond {
		p.fail(at, "both levels are per second, or none")
	}
	if up := p.rule.Op.upward(); up && level > p.rule.Raise || !up && level < p.rule.Raise {
		p.fail(at, "it would recover while it is still broken: this level is beyond the other")
	}
	p.rule.Clear = level
	before := p.at
	if word, _ := p.word(); word == "after" {
		p.rule.ClearFor = p.seconds(0)
	} else {
		p.at = before
	}
}

func (p *parser) minClause() {
	p.space()
	text := numberAhead.FindString(p.text[p.at:])
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		p.fail(p.at, "a whole number of samples was expected here: min 100")
		return
	}
	p.at += len(text)
	p.rule.Min = n
}

func (p *parser) severityClause() {
	word, at := p.word()
	for _, s := range Severities {
		if s == word {
			p.rule.Severity, p.rule.severityNow = Severity(s), true
			return
		}
	}
	p.fail(at, "a severity is one of %s", strings.Join(Severities, ", "))
}

func (p *parser) noDataClause() {
	if more, at := p.word(); more != "data" {
		p.fail(at, "did you mean no data?")
		return
	}
	word, at := p.word()
	switch n := NoData(word); n {
	case NoDataOK, NoDataHold, NoDataAlert:
		p.rule.NoData = n
	default:
		p.fail(at, "without data a rule is ok, or does hold or alert: no data ok")
	}
}

func (p *parser) flapClause() {
	f := &p.rule.Flap
	before := p.at
	if word, _ := p.word(); word == "off" {
		*f = Flap{}
		return
	}
	p.at = before
	p.space()
	at := p.at
	text := numberAhead.FindString(p.text[at:])
	n, err := strconv.Atoi(text)
	p.at += len(text)
	in, _ := p.word()
	if err != nil || n < 2 || n > mostFlaps || in != "in" {
		p.fail(at, "write flap 3 in 30m hold 5m, with 2 to %d times, or flap off", mostFlaps)
		return
	}
	f.Times, f.Within = n, p.seconds(1)
	if word, _ := p.word(); word != "hold" {
		p.fail(p.at, "write flap 3 in 30m hold 5m")
		return
	}
	f.Hold = p.seconds(1)
}

// settle fills in what follows from the rest.
func (p *parser) settle() {
	r := &p.rule
	if p.err != nil {
		return
	}
	r.Over = p.over[0]
	if r.Over == 0 {
		r.Over = 60
	}
	switch r.Metric.Unit {
	case Quiet:
		if !p.said["for"] {
			p.fail(len(p.text), "say for how long: no data for 5m")
		}
		r.Over, r.Raise, r.Clear, r.For = r.For, float64(r.For), float64(r.For), 0
	case Multiple:
		p.settleBurn()
		fallthrough
	case Share, Seconds:
		r.Min = max(r.Min, 1)
	case Hits, Amount, Volume, Increase:
	}
	if p.over[1] != 0 && r.Metric.Unit != Multiple {
		p.fail(len(p.text), "only burn has two windows")
	}
}

func (p *parser) settleBurn() {
	r := &p.rule
	if !p.said["min"] {
		r.Min = 100
	}
	switch long, short := p.over[0], p.over[1]; {
	case len(r.Burns) > 0 && long != 0:
		p.fail(len(p.text), "windows need a factor: burn(slo 99.9%%) > 14.4 over 1h and 5m")
	case len(r.Burns) > 0:
		if r.severityNow {
			r.Burns = append([]Burn(nil), r.Burns...)
			for i := range r.Burns {
				r.Burns[i].Severity = r.Severity
			}
		}
	case r.Op != Above:
		p.fail(len(p.text), "a burn rate is compared with >")
	case short == 0 || short > long:
		p.fail(len(p.text), "say over which two windows, the long one first: burn(slo 99.9%%) > 14.4 over 1h and 5m")
	default:
		r.Burns = []Burn{{r.Raise, long, short, r.Severity}}
	}
	r.Raise, r.Clear = 1, 1 // of the factor
}
