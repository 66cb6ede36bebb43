package stats

// levels are the steps of the timeline, finest first. The sizes give ten
// minutes by the second, three hours by ten, a day by the minute and a month by
// the hour. What is read from a backlog and lies further back than detail before
// its end is counted by the next coarser step at once.
var levels = [...]struct {
	step     int64 // seconds
	slots    int
	detail   int64 // seconds
	capacity int   // keys a slice keeps exactly in each dimension
}{
	{1, 600, 600, 512},
	{10, 1080, 2 * 3600, 1024},
	{60, 1500, 6 * 3600, 2048},
	{3600, 744, 1 << 62, Capacity},
}

const numLevels = len(levels)

// level is one ring of summaries.
type level struct {
	ring  []*Summary
	spare spare
	built int64 // slices that end at or before this hold what the finer level held
	last  int64 // where its newest slice begins
}

func align(sec, step int64) int64 {
	m := sec % step
	if m < 0 {
		m += step
	}
	return sec - m
}

// slot returns the summary of sec at a level, making it; nil where the ring has moved on.
func (g *Engine) slot(i int, sec int64) *Summary {
	l, step := &g.levels[i], levels[i].step
	from := align(sec, step)
	l.last = max(l.last, from)
	n := int64(len(l.ring))
	if from <= align(g.head, step)-n*step {
		return nil
	}
	at := &l.ring[mod(from/step, n)]
	switch s := *at; {
	case s == nil:
		*at = g.blank(i)
	case s.From == from:
		return s
	case s.From > from:
		return nil
	default:
		g.held -= s.size
		*at = g.blank(i)
	}
	(*at).From, (*at).To = from, from+step
	return *at
}

// find returns the summary of the slice that begins at from, or nil.
func (g *Engine) find(i int, from int64) *Summary {
	l := &g.levels[i]
	if s := l.ring[mod(from/levels[i].step, int64(len(l.ring)))]; s != nil && s.From == from {
		return s
	}
	return nil
}

// blank returns an empty summary for a level.
func (g *Engine) blank(i int) *Summary {
	capacity := levels[i].capacity
	if g.cfg.Capacity > 0 {
		capacity = min(capacity, g.cfg.Capacity)
	}
	s := NewSummary(capacity)
	s.spare = &g.levels[i].spare
	return s
}

// build merges the finer slices that end at end into one slice of level i.
func (g *Engine) build(i int, end int64) {
	step := levels[i].step
	from := end - step
	fine := levels[i-1].step
	into := g.find(i, from) // there already where lines went to this level at once
	g.finer = g.finer[:0]
	for t := from; t < end && t <= g.levels[i-1].last; t += fine {
		s := g.find(i-1, t)
		if s == nil {
			continue
		}
		if into == nil {
			if into = g.slot(i, from); into == nil {
				break
			}
		}
		g.finer = append(g.finer, s)
	}
	g.levels[i].built = end
	if into != nil {
		into.From, into.To = from, end
		g.roll(i, into)
	}
	if i == 1 {
		g.finer = g.finer[:0]
		for t := from - fresh; t < end && t <= g.levels[0].last; t++ {
			if s := g.find(0, t); s != nil {
				g.flush() // a second weighs what it was given
				if g.weigh(s); t < end-fresh || s.size > heavy {
					g.finer = append(g.finer, s)
				}
			}
		}
		g.compact(g.finer)
	}
	g.balance(i)
}

// roll merges what is in finer into a slice of level i that is complete then.
func (g *Engine) roll(i int, into *Summary) {
	g.flush()
	last, thrifty := i == numLevels-1, g.keep < mostKept // then what the finer ones know best is passed on
	for _, s := range g.finer {
		into.mergeTotals(s)
	}
	if last {
		g.total.mergeTotals(into)
	}
	g.cfg.Spread(numParts, func(part int) {
		for _, s := range g.finer {
			into.mergePart(part, s)
			if thrifty && part == clientsPart {
				s.Clients.Compact()
			}
		}
		if last {
			g.total.mergePart(part, into)
			if part == clientsPart {
				into.Clients.Compact()
			}
		}
		into.compactPart(part, g.keep)
	})
	if thrifty {
		for _, s := range g.finer {
			g.weigh(s)
		}
	}
	g.weigh(into)
}

const (
	// fresh is for how many seconds every key of a second is kept, so that the
	// usual windows are exact.
	fresh = 120
	// heavy is the size in bytes from which a second is compacted at once.
	heavy = 64 << 10
	// mostKept and leastKept bound what older slices keep in each dimension.
	mostKept  = 256
	leastKept = 8
)

// balance keeps the closed slices within the budget: when they outgrow it, all
// of them keep half as many keys as before from now on.
func (g *Engine) balance(i int) {
	switch {
	case g.held > g.cfg.Budget && g.keep > leastKept:
		g.keep /= 2
		g.finer = g.finer[:0]
		for i := range g.levels {
			for _, s := range g.levels[i].ring {
				if s != nil && s.size > 0 && (i > 0 || s.To <= g.closed-fresh) {
					g.finer = append(g.finer, s)
					if i < numLevels-1 && s.To <= g.levels[i+1].built { // what it knew best has been passed on
						s.Clients.Compact()
					}
				}
			}
		}
		g.compact(g.finer)
		g.compactRestored()
	case i == numLevels-1 && g.held < g.cfg.Budget/3 && g.keep < mostKept:
		g.keep *= 2
	}
}

// compact makes slices as small as they are kept at this time.
func (g *Engine) compact(all []*Summary) {
	if len(all) == 0 {
		return
	}
	g.flush()
	g.cfg.Spread(numParts, func(part int) {
		for _, s := range all {
			s.compactPart(part, g.keep)
		}
	})
	for _, s := range all {
		g.weigh(s)
	}
}

func (g *Engine) weigh(s *Summary) {
	size := s.Size()
	g.held += size - s.size
	s.size = size
}

// Window returns the summary of [from, to), seconds, merged from the fewest
// slices. Where only coarser slices are left, the window widens to their
// bounds, as it does to the slices of what is restored; the summary's From and To
// say what it covers. The summary is the caller's.
func (g *Engine) Window(from, to int64) *Summary {
	g.flush()
	w := NewSummary(Capacity)
	for len(g.restored) > 0 { // whole slices of all that is there
		start, end := g.widen(g.each(from, to, nil))
		if start == from && end == to {
			break
		}
		from, to = start, end
	}
	from, to = g.each(from, to, w.Merge)
	for _, o := range g.restored {
		for _, s := range o.rollup.within(from, to) {
			w.Merge(s)
		}
	}
	w.From, w.To = from, to
	return w
}

// each calls f, where there is one, for the fewest slices of counted lines that
// cover [from, to), and returns the bounds of what they cover.
func (g *Engine) each(from, to int64, f func(*Summary)) (start, end int64) {
	start = from
	if !g.started {
		return from, to
	}
	for t := max(from, align(g.first, 3600)); t < to && t <= g.head; {
		i := g.level(t, to)
		step := levels[i].step
		at := align(t, step)
		s := g.find(i, at)
		if s != nil && f != nil {
			f(s)
		}
		t = g.behind(i, at)
		if s == nil && len(g.restored) > 0 { // nothing of its own: what is restored may be finer
			continue
		}
		start = min(start, at)
		to = max(to, min(t, g.head+1))
	}
	return start, to
}

// behind returns the second behind the slice of a level that begins at from, as
// far as what it holds: one that is not built yet lacks what was counted finer.
func (g *Engine) behind(i int, from int64) int64 {
	end := from + levels[i].step
	if end > g.levels[i].built {
		for _, finer := range g.since[:i] {
			if finer > from {
				end = min(end, finer)
			}
		}
	}
	return end
}

// level picks the coarsest level with a whole slice at t, or the finest one that still reaches t.
func (g *Engine) level(t, to int64) int {
	base := g.base(t)
	for i := numLevels - 1; i > base; i-- {
		step := levels[i].step
		if t%step == 0 && t+step <= to && t+step <= g.levels[i].built && g.reaches(i, t) {
			return i
		}
	}
	for i := base; i < numLevels; i++ {
		if g.reaches(i, t) {
			return i
		}
	}
	return numLevels - 1
}

// base is the level at which the lines of a second are counted.
func (g *Engine) base(sec int64) int {
	i := 0
	for i < numLevels-1 && sec < g.since[i] {
		i++
	}
	return i
}

func (g *Engine) reaches(i int, t int64) bool {
	step := levels[i].step
	return align(t, step) > align(g.head, step)-int64(len(g.levels[i].ring))*step
}

// Total returns the summary of everything ever added and all that is restored.
// It is the caller's.
func (g *Engine) Total() *Summary {
	g.flush()
	w := NewSummary(Capacity)
	w.Merge(g.total)
	if g.started {
		last := numLevels - 1
		g.each(g.levels[last].built, g.head+1, w.Merge)
	}
	for _, o := range g.restored {
		w.Merge(o.rollup.stray)
		for _, s := range o.rollup.slices {
			w.Merge(s)
		}
	}
	if first, head, ok := g.Extent(); ok {
		w.From, w.To = first, head+1
	}
	return w
}

// Past is what no window knows: all that is counted in the total alone so far. It is
// to be read before the next Add, and left as it is.
func (g *Engine) Past() *Summary {
	g.flush()
	return g.total
}

// Drain returns what Total does and lets go of everything, which saves the memory
// of a copy. Nothing may be asked of g after it.
func (g *Engine) Drain() *Summary {
	g.flush()
	first, head, ok := g.Extent()
	total := g.total
	if g.started {
		g.each(g.levels[numLevels-1].built, g.head+1, total.Merge)
	}
	for _, o := range g.restored {
		total.Merge(o.rollup.Total())
	}
	if ok {
		total.From, total.To = first, head+1
	}
	g.total, g.restored = nil, nil
	for i := range g.levels {
		g.levels[i] = level{}
	}
	return total
}

func mod(a, n int64) int64 {
	if a %= n; a < 0 {
		a += n
	}
	return a
}
