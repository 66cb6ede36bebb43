package alert

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// letters steps a watch through values, one a second: F fired, R recovered.
func letters(threshold float64, values ...float64) string {
	w := Watch{Rule: Traffic, Threshold: threshold}
	var b strings.Builder
	for second, v := range values {
		c, changed := w.Step(int64(second), v)
		switch {
		case !changed:
			b.WriteByte('.')
		case c.State == Firing:
			b.WriteByte('F')
		default:
			b.WriteByte('R')
		}
	}
	return b.String()
}

func TestWatchFiresAboveAndRecoversBelow(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   string
	}{
		{[]float64{1, 12, 12, 12, 9, 7, 12, 7, 7}, ".F..R.FR."},
		{[]float64{10, 10, 10}, "..."},
		{[]float64{10.01, 10, 10, 9.99}, "F..R"},
		{[]float64{0, 0, 0}, "..."},
		{[]float64{11, 11, 11, 11}, "F..."},
	} {
		if got := letters(10, c.values...); got != c.want {
			t.Errorf("%v: got %s, want %s", c.values, got, c.want)
		}
	}
}

func TestTrafficMessagesAreWordForWord(t *testing.T) {
	fired := Change{State: Firing, Value: 1284.2, Time: time.Unix(1000, 0)}
	if got, want := TrafficMessage(fired, time.UTC), "High traffic generated an alert - hits = 1284.20, triggered at 1970-01-01T00:16:40Z"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	recovered := Change{State: Recovered, Value: 9.714, Time: time.Unix(1000, 0)}
	paris := time.FixedZone("", 3600)
	if got, want := TrafficMessage(recovered, paris), "Recovered from high traffic - hits = 9.71, recovered at 1970-01-01T01:16:40+01:00"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAlertFileLineHoldsWhatTheInterfacePromises(t *testing.T) {
	c := Change{Rule: Traffic, State: Firing, Value: 12.5, Threshold: 10, Time: time.Unix(1000, 0).UTC(), Message: "High", Why: []Mover{
		{Dimension: "section", Key: "/search", Before: 1, After: 9, Share: 0.91234567},
	}}
	got, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"time":"1970-01-01T00:16:40Z","rule":"traffic","state":"firing","value":12.5,"threshold":10,"message":"High",` +
		`"why":[{"dimension":"section","key":"/search","before":1,"after":9,"share":0.9123}]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	got, err = json.Marshal(Change{Rule: Traffic, State: Recovered, Time: time.Unix(0, 0).UTC()})
	if err != nil || !strings.HasSuffix(string(got), `"why":[]}`) {
		t.Errorf("a recovery has an empty list of reasons, got %s, %v", got, err)
	}
}
