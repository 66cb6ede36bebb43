package overlay

import (
	"errors"
	"strconv"

	"weir/alert"
	"weir/tui/paint"
	"weir/tui/panel"
	"weir/tui/theme"
)

// Threshold asks for the threshold of the traffic alert.
type Threshold struct {
	text  string
	wrong string
}

// NewThreshold returns a Threshold that begins with what is in force.
func NewThreshold(now float64) *Threshold {
	return &Threshold{text: strconv.FormatFloat(now, 'f', -1, 64)}
}

// Draw paints the question.
func (t *Threshold) Draw(c paint.Canvas, f *panel.Frame) {
	inside := panel.Window(c, 46, 6, "Alert threshold")
	inside.Text(1, 0, "fires above", theme.Dim)
	x := inside.Text(13, 0, t.text, theme.Text|theme.Bold)
	inside.Text(x, 0, " ", theme.Badge)
	inside.Text(x+2, 0, "req/s", theme.Dim)
	if t.wrong != "" {
		inside.Fit(1, 2, inside.W()-2, t.wrong, paint.CutEnd, theme.Bad)
	} else {
		inside.Fit(1, 2, inside.W()-2, "now "+strconv.FormatFloat(f.Average, 'f', 2, 64)+" on average", paint.CutEnd, theme.Dim)
	}
	inside.Text(1, 3, "enter sets it   esc leaves it", theme.Dim)
}

// threshold reads requests per second.
func threshold(text string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v > 0 && v <= alert.MostPerSecond) {
		return 0, errors.New("write a number above 0 and up to 1e9")
	}
	return v, nil
}

// Key edits the number.
func (t *Threshold) Key(key string, _ *panel.Frame) (panel.Action, bool) {
	t.wrong = ""
	switch key {
	case "esc", "q":
		return nil, true
	case "backspace":
		t.text = t.text[:max(len(t.text)-1, 0)]
	case "ctrl+u":
		t.text = ""
	case "enter":
		v, err := threshold(t.text)
		if err != nil {
			t.wrong = err.Error()
			return nil, false
		}
		return panel.SetThreshold{PerSecond: v}, true
	default:
		if len(key) == 1 && (key[0] >= '0' && key[0] <= '9' || key[0] == '.') && len(t.text) < 12 {
			t.text += key
		}
	}
	return nil, false
}
