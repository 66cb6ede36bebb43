package alert

import (
	"math"
	"strconv"
	"strings"
	"testing"
)

// phasesOf tells a rule one value a second, "-" for none, and returns the
// letters of its phases.
func phasesOf(t *testing.T, expression, values string) string {
	t.Helper()
	r, err := Parse("r: " + expression)
	if err != nil {
		t.Fatal(err)
	}
	var l life
	var b strings.Builder
	for second, text := range strings.Fields(values) {
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			value = math.NaN()
		}
		before := l.phase.Fires()
		turn := l.step(&r, int64(second), value, err == nil)
		if told, want := turn != nothing, before != l.phase.Fires(); told != want {
			t.Errorf("%s of %s at %d: told of a change %v, want %v", expression, values, second, told, want)
		}
		b.WriteByte(byte(l.phase))
	}
	return strings.ReplaceAll(b.String(), ".", "·")
}

// One value a second, and one letter for what the rule then is: · calm, p
// pending, F firing, r recovering, h held since it flaps, n and N without data.
func TestRulesLiveAndDieByTheirValues(t *testing.T) {
	for _, c := range [][3]string{
		// The level: beyond it fires, back beyond it recovers, at it nothing changes.
		{"rate() > 5", "", ""},
		{"rate() > 5", "0 1 2 3 4 5", "······"},
		{"rate() > 5", "6", "F"},
		{"rate() > 5", "5 5 5", "···"},
		{"rate() > 5", "0 6 6 0", "·FF·"},
		{"rate() > 5", "6 5 5 5 4", "FFFF·"},
		{"rate() > 5", "5.01 5 4.99", "FF·"},
		{"rate() >= 5", "4 5 5 4", "·FF·"},
		{"rate() >= 5", "6 5 4.9 5", "FF·F"},
		{"rate() < 5", "9 5 4 5 6", "··FF·"},
		{"rate() < 5", "0 0 9", "FF·"},
		{"rate() <= 5", "6 5 5 6", "·FF·"},
		{"ratio(status >= 500) > 5%", "0 .05 .06 .05 .04", "··FF·"},
		{"p95(duration) > 800ms", ".7 .8 .81 .8 .79", "··FF·"},
		{"bytes() > 1kB", "999 1000 1001 1000 999", "··FF·"},
		{"change(rate()) > +200%", "1 2 2.1 2 1.9", "··FF·"},
		{"change(rate()) < -50%", "0 -.5 -.6 -.5 -.4", "··FF·"},
		// For how long it has to be broken.
		{"rate() > 5 for 1s", "0 0 9 9 9 1 1", "··pFF··"},
		{"rate() > 5 for 2s", "9 9 9 9", "ppFF"},
		{"rate() > 5 for 2s", "9 9 1 9 9", "pp·pp"},
		{"rate() > 5 for 2s", "9 9 5 9 9 9", "pp·ppF"},
		{"rate() > 5 for 3s", "9 1 9 1 9 1 9 1", "p·p·p·p·"},
		{"rate() > 5 for 3s", "9 9 9 9 1 9", "pppF·p"},
		{"rate() < 5 for 1s", "9 1 1 9", "·pF·"},
		{"rate() > 5 for 1s", "9 9 1 9 9 1", "pF·pF·"},
		// A separate level to recover at.
		{"rate() > 5 clear 2", "6 5 4 3 2 1", "FFFFF·"},
		{"rate() > 5 clear 2", "1 3 5 6 3 6 1", "···FFF·"},
		{"rate() > 5 clear 2", "6 1 3 5 6 1", "F···F·"},
		{"rate() > 5 clear 5", "6 5 4", "FF·"},
		{"rate() >= 5 clear 2", "5 4 3 2 1", "FFFF·"},
		{"rate() < 5 clear 8", "4 5 6 7 8 9", "FFFFF·"},
		{"rate() < 5 clear 8", "9 7 5 4 9", "···F·"},
		{"ratio(status >= 500) > 5% clear 2%", ".06 .04 .03 .02 .019", "FFFF·"},
		{"rate() > 5 for 1s clear 2", "9 9 3 3 1 3 9 9", "pFFF··pF"},
		// For how long it has to be whole.
		{"rate() > 5 clear 2 after 2s", "9 1 1 1 1", "Frr··"},
		{"rate() > 5 clear 2 after 2s", "9 1 1 3 1 1 1", "FrrFrr·"},
		{"rate() > 5 clear 2 after 2s", "9 1 9 1 9 1 1 1", "FrFrFrr·"},
		{"rate() > 5 clear 2 after 2s", "9 1 2 1 1 1", "FrFrr·"},
		{"rate() > 5 for 1s clear 5 after 1s", "9 9 1 1 9 9", "pFr·pF"},
		{"rate() > 5 for 2s clear 2 after 3s", "0 9 9 9 4 1 1 1 1 0", "·ppFFrrr··"},
		{"rate() > 5 for 1s clear 5 after 9s", "0 0 9 9 9 1 1", "··pFFrr"},
		{"rate() < 5 clear 8 after 1s", "1 9 9 9", "Fr··"},
		// Without data.
		{"rate() > 5", "- - 1", "nn·"},
		{"rate() > 5", "9 - 9", "FnF"},
		{"rate() > 5 for 2s", "9 9 - 9 9 9", "ppnppF"},
		{"rate() > 5 clear 2 after 2s", "9 - - - -", "Frrnn"},
		{"rate() > 5 clear 2 after 2s", "9 - 9 - 1 1 1", "FrFrr··"},
		{"rate() > 5 no data hold", "9 - - 9 1", "FNNF·"},
		{"rate() > 5 no data hold", "- - 9 - 1 -", "nnFN·n"},
		{"rate() > 5 clear 2 after 1s no data hold", "9 1 - 1 1", "FrNr·"},
		{"rate() > 5 no data alert", "1 - - 1", "·NN·"},
		{"rate() > 5 no data alert", "- 9 1", "NF·"},
		{"rate() > 5 for 2s no data alert", "1 - - - 1", "·ppN·"},
		{"rate() > 5 for 2s no data alert", "9 - 9 1", "ppF·"},
		{"rate() > 5 for 2s no data alert", "- 9 - -", "ppNN"},
		// Silence itself.
		{"no data for 3s", "0 1 2 3 4 0 1", "···FF··"},
		{"no data for 1s", "0 0 1 0", "··F·"},
		// What fires too often is held.
		{"rate() > 5 flap 2 in 9s hold 3s", "9 1 9 1 1 1 1 1", "F·Fhhh··"},
		{"rate() > 5 flap 2 in 9s hold 3s", "9 1 9 1 9 1 9 1 9", "F·FhFhFhF"},
		{"rate() > 5 flap 3 in 9s hold 2s", "9 1 9 1 9 1 9 1 1 1", "F·F·FhFhh·"},
		{"rate() > 5 flap 2 in 3s hold 3s", "9 1 1 9 1 1", "F··F··"},
		{"rate() > 5 flap 2 in 4s hold 3s", "9 1 1 9 1 1 1 1", "F··Fhhh·"},
		{"rate() > 5 flap 2 in 9s hold 2s", "9 1 9 1 1 1 9 1 1 1", "F·Fhh·Fhh·"},
		{"rate() > 5 flap 2 in 5s hold 2s", "9 1 9 1 1 1 1 9 1 9", "F·Fhh··F·F"},
		{"rate() > 5 flap off", "9 1 9 1 9 1 9 1", "F·F·F·F·"},
		{"rate() > 5", "9 1 9 1 9 1 9 1", "F·F·FhFh"},
		{"rate() > 5 clear 2 flap 2 in 9s hold 2s", "9 1 9 1 3 1 1 1", "F·FhFhh·"},
		{"rate() > 5 clear 5 after 4s flap 2 in 9s hold 2s", "9 1 1 1 1 1 9 1 1 1 1 1", "Frrrr·Fhhhh·"},
		{"rate() > 5 flap 2 in 9s hold 2s", "9 1 9 - - -", "F·Fhhn"},
		{"rate() > 5 flap 2 in 9s hold 2s no data hold", "9 1 9 - 1 1 1", "F·FNhh·"},
		{"rate() > 5 for 1s flap 2 in 9s hold 2s", "9 9 1 9 9 1 9 1 1 1", "pF·pFhFhh·"},
		{"rate() < 5 flap 2 in 9s hold 2s", "1 9 1 9 9 9", "F·Fhh·"},
		{"burn(slo 99.9%)", ".5 1 1.01 1 .9", "··FF·"},
	} {
		if got := phasesOf(t, c[0], c[1]); got != c[2] {
			t.Errorf("%s\n  values %s\n  got    %s\n  want   %s", c[0], c[1], got, c[2])
		}
	}
}
