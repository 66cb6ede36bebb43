package format

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// berlin repeats 02:00 to 03:00 on 25 October 2026 and leaves it out on 29 March.
func berlin(t testing.TB) *time.Location { return goldenOptions(t).Location }

func TestTimesAreReadAsTheStandardLibraryReadsThem(t *testing.T) {
	c := newClock(Options{})
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.IntRange(-14*60, 14*60).Draw(t, "zone") * 60
		at := time.Unix(rapid.Int64Range(-8e9, 9e9).Draw(t, "seconds"), rapid.Int64Range(0, 1e9-1).Draw(t, "fraction")).In(time.FixedZone("", zone))
		for layout, read := range map[string]func([]byte) (int64, int32, int){
			"02/Jan/2006:15:04:05 -0700":                c.common,
			"02/Jan/2006:15:04:05.000 -0700":            c.common,
			"2006-01-02T15:04:05.999999999Z07:00":       c.iso,
			"2006-01-02 15:04:05,000000 -0700":          c.iso,
			"2006/01/02 15:04:05.000000000000000-07:00": c.iso,
		} {
			text := at.Format(layout)
			want, err := time.Parse(layout, text)
			if strings.Contains(layout, "000000000000000") { // a fraction longer than nanoseconds
				text = strings.Replace(text, ".000000000000000", at.Format(".000000000")+"987654", 1)
				want, err = at, nil
			}
			if err != nil {
				t.Fatal(err)
			}
			ns, offset, n := read([]byte(text + "] rest"))
			if ns != want.UnixNano() || int(offset) != zone || n != len(text) {
				t.Fatalf("%q: got %v, zone %d, length %d; want %v", text, time.Unix(0, ns).UTC(), offset, n, want)
			}
		}
	})
}

func TestBadTimesAreRefused(t *testing.T) {
	c := newClock(Options{})
	for _, text := range []string{
		"00/Oct/2000:13:55:36 -0700", "32/Oct/2000:13:55:36 -0700", "31/Sep/2000:13:55:36 -0700", "29/Feb/2100:13:55:36 -0700",
		"10/Okt/2000:13:55:36 -0700", "10/Oct/2000:24:55:36 -0700", "10/Oct/2000:13:60:36 -0700", "10/Oct/2000:13:55:61 -0700",
		"10/Oct/1400:13:55:36 -0700", "10-Oct-2000:13:55:36 -0700", "10/Oct/2000 13:55:36 -0700", "1x/Oct/2000:13:55:36 -0700", "",
	} {
		if _, _, n := c.common([]byte(text)); n != 0 {
			t.Errorf("common reads %q", text)
		}
	}
	for _, text := range []string{"2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01/01T00:00:00Z", "2026-01-01x00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:0", ""} {
		if _, _, n := c.iso([]byte(text)); n != 0 {
			t.Errorf("iso reads %q", text)
		}
	}
}

func TestTimesWithoutZoneTakeTheLocation(t *testing.T) {
	c := newClock(Options{Location: berlin(t)})
	var got []string
	for _, text := range []string{"21/Jul/2026:06:53:01.25", "21/Nov/2026:06:53:01", "21/Nov/2026:06:53:02 +0000", "21/Nov/2026:06:53:03"} {
		ns, zone, n := c.common([]byte(text))
		if n != len(text) {
			t.Errorf("%q: length %d", text, n)
		}
		got = append(got, time.Unix(0, ns).In(time.FixedZone("", int(zone))).Format(time.RFC3339Nano))
	}
	want := "2026-07-21T06:53:01.25+02:00 2026-11-21T06:53:01+01:00 2026-11-21T06:53:02Z 2026-11-21T06:53:03+01:00"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}

func TestTheHourThatAZoneRepeatsIsReadTwice(t *testing.T) {
	c := newClock(Options{Location: berlin(t)})
	// What a server writes once every 7 minutes, through the night of the change.
	for at := time.Date(2026, 10, 24, 22, 0, 0, 0, time.UTC); at.Day() < 26; at = at.Add(7 * time.Minute) {
		text := at.In(berlin(t)).Format("2006-01-02 15:04:05")
		if ns, _, _ := c.iso([]byte(text)); ns != at.UnixNano() {
			t.Errorf("%s: got %v, want %v", text, time.Unix(0, ns).UTC(), at)
		}
	}
}

func TestTheHourThatAZoneLeavesOutDoesNotStopTheClock(t *testing.T) {
	c := newClock(Options{Location: berlin(t)})
	last := int64(0)
	for at := time.Date(2026, 3, 28, 22, 0, 0, 0, time.UTC); at.Day() < 30; at = at.Add(5 * time.Minute) {
		text := at.In(berlin(t)).Format("2006-01-02 15:04:05")
		ns, _, n := c.iso([]byte(text))
		if n == 0 || ns != at.UnixNano() || ns <= last {
			t.Errorf("%s: got %v, want %v", text, time.Unix(0, ns).UTC(), at)
		}
		last = ns
	}
	if _, _, n := c.iso([]byte("2026-03-29 02:30:00")); n == 0 {
		t.Error("a time that never was is refused")
	}
}

func TestDatesWithoutYearTakeTheRightOne(t *testing.T) {
	for _, c := range []struct {
		now, lines, want string
	}{
		{"2026-11-21", "Nov 21 06:53:01,Nov  1 06:53:01", "2026 2026"},
		{"2027-01-02", "Dec 31 23:59:59,Jan  1 00:00:01", "2026 2027"},
		{"2026-12-31", "Dec 31 23:59:59,Jan  1 00:00:01,Jan 15 00:00:00,Feb  1 00:00:00", "2026 2027 2027 2027"},
		{"2026-12-31", "Jan  1 00:00:01", "2027"}, // its clock is a little ahead
		{"2026-06-01", "Dec 24 12:00:00,Jan  1 00:00:01,Jun  1 00:00:00", "2025 2026 2026"},
		{"2026-11-21", "Feb 29 12:00:00", "2024"},
		{"2026-11-21", "Nov 25 12:00:00", "2025"},
		{"2026-11-21", "Nov 21 2019 12:00:00", "2019"},
		{"", "Nov 21 06:53:01", "1970"},
	} {
		o := Options{Location: berlin(t)}
		if c.now != "" {
			o.Now, _ = time.Parse("2006-01-02", c.now)
		}
		k := newClock(o)
		var got []string
		for text := range strings.SplitSeq(c.lines, ",") {
			ns, zone, n := k.syslog([]byte(text))
			if n != len(text) {
				t.Errorf("%q: length %d", text, n)
			}
			got = append(got, time.Unix(0, ns).In(time.FixedZone("", int(zone))).Format("2006"))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s read on %s: got %s, want %s", c.lines, c.now, s, c.want)
		}
	}
}

func TestHAProxysTimeIsRightWhateverZoneSyslogKeeps(t *testing.T) {
	// The same request, logged in Berlin's time, seen through relays in three zones.
	for _, prefix := range []string{"2026-11-21T05:53:03.500Z", "2026-11-21T06:53:03.500+01:00", "2026-11-21T00:53:03.5-05:00"} {
		line := prefix + ` lb1 haproxy[9]: 203.0.113.9:4915 [21/Nov/2026:06:53:01.400] fe app/web1 0/0/0/50/2060 200 194 - - ---- 5/5/4/1/0 0/0 "GET / HTTP/1.1"`
		e := parsed(t, "haproxy", Options{}, line) // a machine in UTC reads it
		if got := e.When().Format(time.RFC3339Nano); got != "2026-11-21T06:53:01.4+01:00" {
			t.Errorf("%s: got %s", prefix, got)
		}
	}
}

// What was never read is nothing to be remembered: bytes that a crash left are no time.
func TestZerosAreNoTime(t *testing.T) {
	c := newClock(Options{})
	for range 2 {
		if _, _, n := c.common(make([]byte, 40)); n != 0 || c.anything {
			t.Fatalf("40 zeros are read as a time of %d bytes, known %v", n, c.anything)
		}
	}
}

func TestASecondIsRememberedAsItWasRead(t *testing.T) {
	c := newClock(Options{})
	for _, text := range []string{
		"10/Oct/2000:13:55:36 -0700]", "10/Oct/2000:13:55:36 -0700]", "10/Oct/2000:13:55:36 +0700]", "10/Oct/2000:13:55:37 +0700]",
		"10/Oct/2000:13:55:36 -0700 ", "10/Oct/2001:13:55:36 -0700]", "10/Oct/2000:13:55:36.12345]", "10/Oct/2000:13:55:36 -0700]",
	} {
		fresh := newClock(Options{})
		ns, zone, n := c.common([]byte(text))
		if wantNS, wantZone, want := fresh.common([]byte(text)); ns != wantNS || zone != wantZone || n != want || c.last != fresh.last {
			t.Errorf("%s: %d %d %d, want %d %d %d", text, ns, zone, n, wantNS, wantZone, want)
		}
	}
}
