package duration

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDurationsAreReadAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0": 0, "500ms": 500 * time.Millisecond, "90s": 90 * time.Second, "1h30m": 90 * time.Minute, "1.5h": 90 * time.Minute, "-2h": -2 * time.Hour,
		"7d": 7 * day, ".5d": 12 * time.Hour, "1w": 7 * day, "1.5w": 252 * time.Hour, "-1d": -day,
		"1d12h": 36 * time.Hour, "1w2d": 9 * day, "1w2d3h4m5.5s": 9*day + 3*time.Hour + 4*time.Minute + 5500*time.Millisecond, "1d1µs": day + time.Microsecond,
	} {
		if got, err := Parse(text); got != want || err != nil {
			t.Errorf("%q is %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-", "5", "d", ".d", "1.2.3d", "1d12", "12h1d", "1d1w", "1d1d", "1d -2h", "1d-2h", "--1d", "1D", "1y", "1 d", "1e3d", "infd", "NaNd", "1e9d", "999999d", "106751d999999h", "106751d24h", "10000w100000d", "15250w106751d2562047h", "15250w99999d"} {
		if got, err := Parse(text); err == nil {
			t.Errorf("%q was taken for %v", text, got)
		}
	}
}

func TestDurationsAreWrittenWithoutZeros(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 500 * time.Millisecond: "500ms", 10 * time.Second: "10s", 90 * time.Second: "1m30s", 2 * time.Minute: "2m", 20 * time.Hour: "20h",
		time.Hour + time.Second: "1h0m1s", day: "1d", 36 * time.Hour: "36h", 14 * day: "14d",
	} {
		if got := Format(d); got != want {
			t.Errorf("%v is written %q, want %q", d, got, want)
		}
	}
}

func TestWhatIsWrittenIsWhatIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64().Draw(t, "nanoseconds"))
		if rapid.Bool().Draw(t, "whole") {
			d = d.Truncate(rapid.SampledFrom([]time.Duration{time.Second, time.Minute, time.Hour, day}).Draw(t, "unit"))
		}
		if got, err := Parse(Format(d)); got != d || err != nil {
			t.Fatalf("%v is written %q and read as %v, %v", d, Format(d), got, err)
		}
	})
}
