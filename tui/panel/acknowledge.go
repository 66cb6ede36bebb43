package panel

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

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

// AcknowledgeLine is the command that acknowledges c again.
func AcknowledgeLine(c *alert.Change) string {
	severity := string(c.Severity)
	if severity == "" {
		severity = "-"
	}
	return fmt.Sprintf("acknowledge %s %s %s %q %q", c.Time.UTC().Format(time.RFC3339), c.State, severity, c.Rule, c.Key)
}

// Acknowledging reads what follows acknowledge in such a line; nothing stands for
// the alert that fires.
func (f *Frame) Acknowledging(argument string) (Acknowledge, error) {
	if argument == "" {
		firing, _ := f.firing()
		if len(firing) == 0 {
			return Acknowledge{}, errors.New("no alert fires")
		}
		c, _ := f.loudest(firing)
		return Acknowledge{AlertID(c), true}, nil
	}
	var when, state, severity string
	var c alert.Change
	if _, err := fmt.Sscanf(argument, "%s %s %s %q %q", &when, &state, &severity, &c.Rule, &c.Key); err != nil {
		return Acknowledge{}, errors.New("nothing more for the alert that fires; sessions name others")
	}
	at, err := time.Parse(time.RFC3339, when)
	if err != nil {
		return Acknowledge{}, errors.New("no time: " + when)
	}
	c.Time, c.State, c.Severity = at, alert.State(state), alert.Severity(strings.TrimPrefix(severity, "-"))
	return Acknowledge{AlertID(&c), true}, nil
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
