package panel

import (
	"strconv"

	"weir/alert"
)

// Acknowledge says that someone has seen an alert: it fires on, but no longer
// asks for attention.
type Acknowledge struct {
	ID string // AlertID
	On bool
}

func (Acknowledge) action() {}

// seenWord stands after an alert that someone has seen.
const seenWord = " · acknowledged"

// AlertID names an alert or a recovery among all.
func AlertID(c *alert.Change) string {
	return c.Rule + "\x00" + c.Key + "\x00" + string(c.Severity) + string(c.State) + strconv.FormatInt(c.Time.Unix(), 10)
}

// loudest is the newest alert that fires and nobody has seen, or where all are
// seen the newest.
func (f *Frame) loudest(firing []alert.Change) (c *alert.Change, seen bool) {
	for i := range firing {
		if !f.Acknowledged[AlertID(&firing[i])] {
			return &firing[i], false
		}
	}
	return &firing[0], true
}
