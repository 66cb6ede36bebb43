package ingest

import (
	"context"

	"weir/ingest/event"
)

// keeper returns the parser that keeps every field of a source's lines; nil where
// the filter in force asks for none but those that events come with.
func (p *Pump) keeper(source int) Parser {
	if p.cfg.Keeping == nil || !p.narrow.filter.Attributes() {
		return nil
	}
	if p.keepers[source] == nil {
		keeper := p.cfg.Keeping()
		if sources := p.cfg.Sources(); source < len(sources) {
			p.store(source, &sources[source]).begin(p.ctx, keeper)
		}
		p.keepers[source] = keeper
	}
	return p.keepers[source]
}

// begin shows a parser how the store begins.
func (s store) begin(ctx context.Context, parser Parser) {
	ctx, enough := context.WithCancel(ctx)
	defer enough()
	_, _ = s.each(ctx, 0, 0, parser, func(*event.Event) bool { return false }, func(float64) { enough() }) // what can't be read again shows nothing
}
