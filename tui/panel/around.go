package panel

import (
	"strconv"

	"weir/alert"
	"weir/stats/filter"
)

// around shows the records at the time an alert fired, of what moved most, where
// filters can ask for that.
func (f *Frame) around(c *alert.Change) Open {
	c = f.cause(c)
	o := Open{At: c.Time.UnixNano(), Back: true}
	for i := range c.Why {
		m := &c.Why[i]
		text := ""
		switch {
		case m.Dimension == "network":
			text = "client in " + strconv.Quote(m.Key)
		case m.Dimension != "method" && filter.Known(m.Dimension):
			text = filter.Equal(m.Dimension, m.Key)
		}
		if text != "" {
			o.Chip = Chip{Text: text, Label: mover(m, m.Key)}
			break
		}
	}
	return o
}
