package ingest

import (
	"time"

	"weir/alert"
	"weir/ingest/event"
	"weir/stats"
	"weir/stats/filter"
)

// judged adds to how the engine counts what the alerts need of it.
func (p *Pump) judged(cfg stats.Config) stats.Config {
	cfg.OnClose = p.judge
	if len(p.cfg.Rules) > 0 {
		cfg.Windows = ruleWindows
		cfg.OnAdd = func(second int64, e *event.Event) { p.rules.Add(second, e) }
	}
	return cfg
}

// rule puts the rules to work.
func (p *Pump) rule() {
	if len(p.cfg.Rules) == 0 {
		return
	}
	p.rules = alert.NewRules(alert.RulesConfig{
		Lateness: p.engine.Lateness(),
		Location: p.cfg.Location,
		Window:   p.everyRequest,
		Compile:  func(text string) (*filter.Filter, error) { return compile(text, p.cfg.Location) },
	}, p.cfg.Rules)
}

// ruleWindows is for how long before the end of a brief backlog its windows are there for rules.
const ruleWindows = 10 * time.Minute

// everyRequest is every request of [from, to), to tell what is odd about some; or
// every one so far where that is all that is known.
func (p *Pump) everyRequest(from, to int64) *stats.Summary {
	if w := p.engine.Window(from, to); w.Hits > 0 || !p.cfg.Stats.Brief {
		return w
	}
	return p.engine.Past()
}

// judgeRules steps the rules at a second that is closed.
func (p *Pump) judgeRules(second int64) {
	if p.rules == nil {
		return
	}
	for _, c := range p.rules.Step(second) {
		if c.All {
			p.changed(c, second, min(c.Over, alert.LongestWhy))
		} else {
			p.note(&inquiry{change: c})
		}
	}
}
