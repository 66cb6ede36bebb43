package stats

// Trend returns the hits of a key in the n slices of step seconds before to
// (not included), oldest first. The step is one of the timeline's own: 1, 10,
// 60 or 3600.
func (g *Engine) Trend(d Dim, key string, to, step int64, n int) []uint64 {
	g.flush()
	out := make([]uint64, n)
	to = align(to, step)
	for i := range out {
		from := to - int64(n-i)*step
		if s := g.slice(from, step); s != nil {
			e, _ := s.Key(d, key)
			out[i] = e.Hits
			continue
		}
		for t := from; t < from+step; t += levels[0].step {
			if s := g.find(0, t); s != nil {
				e, _ := s.Key(d, key)
				out[i] += e.Hits
			}
		}
	}
	return out
}

// slice returns the built slice of that step at from, or nil.
func (g *Engine) slice(from, step int64) *Summary {
	for i := 1; i < numLevels; i++ {
		if levels[i].step == step && from+step <= g.levels[i].built {
			return g.find(i, from)
		}
	}
	return nil
}
