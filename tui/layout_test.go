package tui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/ingest"
	"weir/ingest/event"
	"weir/tui/panel"
)

// sketch writes a layout in one line a place.
func sketch(l layout) string {
	var b strings.Builder
	fmt.Fprintf(&b, "header %d status %d banner %d+%d bar %d counts %d top %d\n", l.header, l.status, l.banner, l.bannerRows, l.bar, l.counts, l.top)
	for _, p := range l.places {
		fmt.Fprintf(&b, "%s %d,%d %dx%d", p.panel, p.x, p.y, p.w, p.h)
		if p.border == panel.Rule {
			b.WriteString(" rule")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func rows(n int) func(int) int { return func(int) int { return n } }

func TestLayoutAtEachBreakpoint(t *testing.T) {
	for _, c := range []struct {
		w, h   int
		tab    string
		banner int
		focus  string
		zoom   bool
		want   string
	}{
		{20, 5, overviewTab, 2, "", false, "header -1 status 0 banner -1+0 bar 4 counts -1 top 3\n"},
		{200, 7, overviewTab, 2, "", false, "header -1 status 0 banner -1+0 bar 6 counts -1 top 5\n"},
		{20, 1, overviewTab, 2, "", false, "header -1 status 0 banner -1+0 bar -1 counts -1 top 0\n"},
		{60, 12, overviewTab, 0, "", false, "header -1 status 0 banner -1+0 bar 11 counts -1 top 0\ntraffic 0,1 60x4 rule\nsections 0,5 60x6 rule\n"},
		{60, 12, overviewTab, 2, "urls", false, "header -1 status 0 banner 1+1 bar 11 counts -1 top 0\ntraffic 0,2 60x4 rule\nurls 0,6 60x5 rule\n"},
		{60, 12, alertsTab, 0, "", false, "header -1 status 0 banner -1+0 bar 11 counts -1 top 0\nhistory 0,1 60x10 rule\n"},
		{50, 40, overviewTab, 0, "", false, "header 0 status 1 banner -1+0 bar 38 counts 39 top 0\n" +
			"traffic 0,2 50x9 rule\nsections 0,11 50x9 rule\nstatus 0,20 50x9 rule\nurls 0,29 50x9 rule\n"},
		{200, 12, overviewTab, 0, "", false, "header -1 status 0 banner -1+0 bar 11 counts -1 top 0\ntraffic 0,1 100x10\nsections 100,1 100x10\n"},
		{80, 24, overviewTab, 0, "", false, "header 0 status 1 banner -1+0 bar 22 counts 23 top 0\n" +
			"traffic 0,2 80x6\nsections 0,8 51x10\nstatus 51,8 29x6\nclients 51,14 29x4\nlines 0,18 80x4\n"},
		{80, 24, overviewTab, 2, "", false, "header 0 status 1 banner 2+2 bar 22 counts 23 top 0\n" +
			"traffic 0,4 80x6\nsections 0,10 51x8\nstatus 51,10 29x8\nlines 0,18 80x4\n"},
		{80, 24, overviewTab, 0, "status", true, "header 0 status 1 banner -1+0 bar 22 counts 23 top 0\nstatus 0,2 80x20\n"},
		{80, 40, overviewTab, 0, "", false, "header 0 status 1 banner -1+0 bar 38 counts 39 top 0\n" +
			"traffic 0,2 80x9\nsections 0,11 51x11\nstatus 51,11 29x6\nclients 51,17 29x5\nurls 0,22 44x9\nagents 44,22 36x9\nlines 0,31 80x7\n"},
		{120, 40, overviewTab, 2, "", false, "header 0 status 1 banner -1+0 bar 38 counts 39 top 0\n" +
			"traffic 0,2 60x12\nalerts 60,2 60x12\nsections 0,14 60x12\nstatus 60,14 24x12\nlatency 84,14 36x12\nurls 0,26 50x12\nclients 50,26 34x12\nagents 84,26 36x12\n"},
		{200, 60, overviewTab, 2, "", false, "header 0 status 1 banner -1+0 bar 58 counts 59 top 0\n" +
			"traffic 0,2 100x15\nalerts 100,2 100x15\nsections 0,17 100x15\nstatus 100,17 44x15\nlatency 144,17 56x15\n" +
			"urls 0,32 66x14\nclients 66,32 48x14\nagents 114,32 48x14\nhosts 162,32 38x14\nlines 0,46 136x12\nsources 136,46 64x12\n"},
		{200, 60, alertsTab, 2, "", false, "header 0 status 1 banner -1+0 bar 58 counts 59 top 0\nhistory 0,2 200x56\n"},
	} {
		l := arrange(c.w, c.h, situation{tab: c.tab, focus: c.focus, zoom: c.zoom, banner: rows(c.banner)})
		if diff := cmp.Diff(c.want, sketch(l)); diff != "" {
			t.Errorf("%dx%d, %d rows of banner (-want +got)\n%s", c.w, c.h, c.banner, diff)
		}
	}
}

func TestPlacesNeitherOverlapNorLeaveARowEmpty(t *testing.T) {
	for _, tab := range []string{overviewTab, alertsTab} {
		for banner := range 3 {
			for _, filtered := range []bool{false, true} {
				for h := 1; h <= 90; h++ {
					for w := 1; w <= 260; w++ {
						l := arrange(w, h, situation{tab: tab, focus: "sections", banner: rows(banner), filtered: filtered})
						if err := covered(l, w, h); err != nil {
							t.Fatalf("%s %dx%d, %d rows of banner, filtered %v: %v\n%s", tab, w, h, banner, filtered, err, sketch(l))
						}
					}
				}
			}
		}
	}
}

// covered checks that every cell of the screen is given out exactly once.
func covered(l layout, w, h int) error {
	taken := make([]int, h)
	for _, row := range []int{l.header, l.chips, l.status, l.bar, l.counts} {
		if row >= h {
			return fmt.Errorf("row %d is below the screen", row)
		}
		if row >= 0 {
			taken[row] += w
		}
	}
	for i := range l.bannerRows {
		taken[l.banner+i] += w
	}
	for i := range l.top {
		taken[max(l.status, l.chips)+1+i] += w
	}
	for i, p := range l.places {
		if p.x < 0 || p.y < 0 || p.x+p.w > w || p.y+p.h > h || p.w < 1 || p.h < 1 {
			return fmt.Errorf("%s is outside", p.panel)
		}
		for y := range p.h {
			taken[p.y+y] += p.w
		}
		for _, o := range l.places[:i] {
			if p.x < o.x+o.w && o.x < p.x+p.w && p.y < o.y+o.h && o.y < p.y+p.h {
				return fmt.Errorf("%s and %s overlap", p.panel, o.panel)
			}
		}
	}
	for y, n := range taken {
		if n != w {
			return fmt.Errorf("row %d has %d of %d columns", y, n, w)
		}
	}
	return nil
}

func TestAWideScreenHasTheBytesOfEveryRanking(t *testing.T) {
	firing().run(t, func(t *testing.T, cfg Config, pump *ingest.Pump) {
		for row := range strings.SplitSeq(plain(open(cfg, pump, 200, 60)), "\n") {
			if !strings.Contains(row, "─ URLs ") && !strings.Contains(row, "╭ URLs ") {
				continue
			}
			for box := range strings.SplitSeq(row, "╮╭") {
				if want := !strings.Contains(box, "Hosts"); strings.Contains(box, " MB ") != want {
					t.Errorf("bytes %v in %q", !want, box)
				}
			}
			return
		}
		t.Error("no row of rankings")
	})
}

func TestSourcesAndLinesAreCutWhereItShows(t *testing.T) {
	m, _ := stilled(160, 50)
	m.backend.Moment().Sources[0] = event.Source{Path: "/var/log/nginx/other_vhosts_access.log", Format: "vhost_combined", How: "detected", State: event.Live}
	has(t, m, "vhost_combined  live")
	lacks(t, m, "vhost_combined, d")
	m.Update(keyMsg("h"))
	has(t, m, "are not kept here", "2 reads them again")
}
