package tui

import "weir/tui/panel"

// place is one panel's rectangle on the screen.
type place struct {
	panel      string
	x, y, w, h int
	border     panel.Border
}

// layout is where everything stands. A row of -1 is not shown.
type layout struct {
	header, chips, status, banner, bar, counts int
	bannerRows                                 int
	top                                        int // rows of the strip's list of sections, below status
	places                                     []place
}

// situation is what a layout depends on besides the size: never on the content
// of a panel.
type situation struct {
	tab      string
	banner   func(h int) int // rows of the banner on a screen of h rows
	focus    string
	zoom     bool
	filtered bool // there is a row that says by what
	rules    int  // beside the traffic alert
	archive  bool // one is configured
}

// The sizes from which on a screen is more than a strip, more than compact, wide and very wide.
const (
	compactWidth, compactHeight   = 40, 8
	standardWidth, standardHeight = 64, 18
	wideWidth                     = 110
	vastWidth                     = 160
)

// arrange divides a screen of w by h by a budget of rows and columns. It is pure.
func arrange(w, h int, s situation) layout {
	switch {
	case w < compactWidth || h < compactHeight:
		return strip(h, s)
	case w < standardWidth || h < standardHeight:
		return compact(w, h, s)
	}
	return standard(w, h, s)
}

// strip is the status, the sections and, if there are four rows, the keys.
func strip(h int, s situation) layout {
	l := layout{header: -1, chips: -1, banner: -1, bar: -1, counts: -1, top: h - 1}
	if h >= 4 {
		l.bar, l.top = h-1, h-2
	}
	if s.filtered && h >= 2 {
		l.chips = 1
		l.top--
	}
	return l
}

// compact is one graph and one table, which the focus chooses.
func compact(w, h int, s situation) layout {
	l := layout{header: -1, chips: -1, banner: -1, bar: h - 1, counts: -1}
	y := 0
	if h >= 14 {
		l.header, y = 0, 1
	}
	if s.filtered {
		l.chips, y = y, y+1
	}
	l.status, y = y, y+1
	end := h - 1
	if h >= 16 {
		l.counts, l.bar, end = h-1, h-2, h-2
	}
	l.bannerRows = min(s.banner(h), 1)
	if l.bannerRows > 0 {
		l.banner, y = y, y+1
	}
	rows := end - y
	focus := s.focus
	switch {
	case s.tab == alertsTab:
		l.places = []place{{"history", 0, y, w, rows, panel.Rule}}
	case s.tab == exploreTab:
		l.places = []place{{explorePanel, 0, y, w, rows, panel.Rule}}
	case s.tab == archiveTab:
		l.places = vaultPlaces(w, y, rows, s, panel.Rule)
	case s.zoom:
		l.places = []place{{pick(focus, "", "sections"), 0, y, w, rows, panel.Rule}}
	case w >= wideWidth && rows >= 5:
		l.places = columns(y, rows, w, panel.Full, cut{"traffic", 50}, cut{pick(focus, "traffic", "sections"), 50})
	case rows >= 28:
		l.places = stack(w, y, rows)
	case rows < 8:
		l.places = []place{{pick(focus, "", "sections"), 0, y, w, rows, panel.Rule}}
	default:
		graph := 4
		if rows >= 14 {
			graph = rows / 3
		}
		l.places = []place{
			{"traffic", 0, y, w, graph, panel.Rule},
			{pick(focus, "traffic", "sections"), 0, y + graph, w, rows - graph, panel.Rule},
		}
	}
	return l
}

// stack is what a narrow and tall screen shows: as many panels above each other
// as have eight rows.
func stack(w, y, rows int) []place {
	names := []string{"traffic", "sections", "status", "urls", "lines", "clients"}
	names = names[:min(len(names), rows/8)]
	places := make([]place, len(names))
	for i, name := range names {
		height := rows / (len(names) - i)
		places[i] = place{name, 0, y, w, height, panel.Rule}
		y, rows = y+height, rows-height
	}
	return places
}

// pick is the focused panel, or another one where that has its place already.
func pick(focus, taken, otherwise string) string {
	if focus == taken || focus == "" {
		return otherwise
	}
	return focus
}

// standard is header, status, bands of panels and two rows at the bottom.
func standard(w, h int, s situation) layout {
	l := layout{header: 0, chips: -1, status: 1, banner: -1, bar: h - 2, counts: h - 1}
	if s.filtered {
		l.chips, l.status = 1, 2
	}
	y, end := l.status+1, h-2
	alertsShown := w >= wideWidth && s.tab == overviewTab && !s.zoom || s.tab == alertsTab
	if !alertsShown {
		if l.bannerRows = s.banner(h); l.bannerRows > 0 {
			l.banner, y = y, y+l.bannerRows
		}
	}
	rows := end - y
	switch {
	case s.tab == alertsTab:
		l.places = alertPlaces(w, y, rows, s)
	case s.tab == exploreTab:
		l.places = []place{{explorePanel, 0, y, w, rows, panel.Full}}
	case s.tab == archiveTab:
		l.places = vaultPlaces(w, y, rows, s, panel.Full)
	case s.zoom:
		l.places = []place{{pick(s.focus, "", "sections"), 0, y, w, rows, panel.Full}}
	default:
		l.places = overview(w, y, rows)
	}
	return l
}

// alertPanels are those of the Alerts tab.
var alertPanels = []string{"rules", "history"}

// alertPlaces is the rules, where there are more than the traffic alert, and below them what fired.
func alertPlaces(w, y, rows int, s situation) []place {
	if s.zoom {
		return []place{{pick(s.focus, "", "history"), 0, y, w, rows, panel.Full}}
	}
	above := 0
	if s.rules > 0 && rows >= 14 {
		above = min(s.rules+3, rows/3)
	}
	var all []place
	if above > 0 {
		all = append(all, place{"rules", 0, y, w, above, panel.Full})
	}
	return append(all, place{"history", 0, y + above, w, rows - above, panel.Full})
}

// overview is up to four bands: the graph, the sections, more rankings, the lines.
func overview(w, y, rows int) []place {
	var heights [4]int // of the bands; 0 leaves one out
	switch wide := w >= wideWidth; {
	case rows < 16:
		heights = [4]int{rows * 2 / 5, rows - rows*2/5, 0, 0}
	case rows < 28:
		graph, lines := max(6, rows/3), max(4, rows/5)
		heights = [4]int{graph, rows - graph - lines, 0, lines}
	case rows < 44 && wide:
		heights = divide(rows, 12, 12, 12, 0)
	case rows < 34:
		heights = divide(rows, 8, 11, 9, 0)
	case wide:
		heights = divide(rows, 14, 14, 14, 12)
	default:
		heights = divide(rows, 9, 11, 9, 7)
	}
	var all []place
	for band, height := range heights {
		if height > 0 {
			all = append(all, bandOf(band, w, y, height)...)
			y += height
		}
	}
	return all
}

func bandOf(band, w, y, h int) []place {
	switch {
	case band == 0 && w >= wideWidth:
		return columns(y, h, w, panel.Full, cut{"traffic", 50}, cut{"alerts", 50})
	case band == 0:
		return columns(y, h, w, panel.Full, cut{"traffic", 100})
	case band == 1 && w >= vastWidth:
		return columns(y, h, w, panel.Full, cut{"sections", 50}, cut{"status", 22}, cut{"latency", 28})
	case band == 1 && w >= wideWidth:
		return columns(y, h, w, panel.Full, cut{"sections", 50}, cut{"status", 20}, cut{"latency", 30})
	case band == 1:
		return besideSections(y, h, w)
	case band == 2 && w >= vastWidth && w < 190:
		return columns(y, h, w, panel.Full, cut{"urls", 34}, cut{"clients", 22}, cut{"agents", 22}, cut{"hosts", 22})
	case band == 2 && w >= vastWidth: // with their bytes
		return columns(y, h, w, panel.Full, cut{"urls", 33}, cut{"clients", 24}, cut{"agents", 24}, cut{"hosts", 19})
	case band == 2 && w >= wideWidth:
		return columns(y, h, w, panel.Full, cut{"urls", 42}, cut{"clients", 29}, cut{"agents", 29})
	case band == 2:
		return columns(y, h, w, panel.Full, cut{"urls", 56}, cut{"agents", 44})
	case w >= vastWidth:
		return columns(y, h, w, panel.Full, cut{"lines", 68}, cut{"sources", 32})
	}
	return columns(y, h, w, panel.Full, cut{"lines", 100})
}

// besideSections puts the status, and where there are rows the clients, at the right of the sections.
func besideSections(y, h, w int) []place {
	all := columns(y, h, w, panel.Full, cut{"sections", 64}, cut{"status", 36})
	if h >= 10 {
		right := &all[1]
		below := *right
		below.panel, below.y, below.h = "clients", y+6, h-6
		right.h = 6
		all = append(all, below)
	}
	return all
}

// cut is a panel and its share of a band in percent.
type cut struct {
	panel string
	share int
}

// columns divides a band among panels; the last one takes what is left.
func columns(y, h, w int, border panel.Border, cuts ...cut) []place {
	places := make([]place, len(cuts))
	x := 0
	for i, c := range cuts {
		width := w * c.share / 100
		if i == len(cuts)-1 {
			width = w - x
		}
		places[i] = place{c.panel, x, y, width, h, border}
		x += width
	}
	return places
}

// divide shares rows out in the proportion of the weights; a weight of zero gets none.
func divide(rows int, weights ...int) (heights [4]int) {
	sum, last := 0, 0
	for i, weight := range weights {
		sum += weight
		if weight > 0 {
			last = i
		}
	}
	left := rows
	for i, weight := range weights {
		heights[i] = rows * weight / sum
		left -= heights[i]
	}
	for i := 0; left > 0; i = (i + 1) % (last + 1) { // what rounding left over, from the top
		if weights[i] > 0 {
			heights[i]++
			left--
		}
	}
	return heights
}
