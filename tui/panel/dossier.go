package panel

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"weir/stats"
	"weir/stats/sketch"
	"weir/tui/paint"
	"weir/tui/theme"
)

// Dossier shows everything of one client, with Chip in force.
type Dossier struct {
	Chip
	Client string
}

func (Dossier) action() {}

// Widen removes the newest filter.
type Widen struct{}

func (Widen) action() {}

// dossierOf is the dossier of a row of the clients.
func dossierOf(r *row) Dossier { return Dossier{only(stats.Client, r.key, r.label).Chip, r.key} }

// filteredBy reports whether a chip is in force.
func (f *Frame) filteredBy(c Chip) bool {
	for _, o := range f.Chips {
		if o.Text == c.Text {
			return true
		}
	}
	return false
}

// probes are parts of paths that hardly anybody but a scanner asks for, in lower case.
var probes = []string{
	"/.env", "/.git", "/.aws", "/.ssh", "/.svn", "wp-login", "wp-admin", "xmlrpc.php", "wlwmanifest", "phpmyadmin", "/pma",
	"/cgi-bin", "/actuator", "/hnap1", "/boaform", "/solr/", "/vendor/phpunit", "/_ignition", "/manager/html", "/server-status",
	"etc/passwd", "../", "..%2f", "%2e%2e", "${jndi", "<script", "union+select", "/shell", "/setup.cgi", "/owa/", "/telescope",
}

// DrawDossier draws what is known of a client: its requests over time, where they
// went, how they were answered, what speaks for a scan, and the lines that would
// block it, which are only ever copied. Everything is of the filter in force.
func DrawDossier(c paint.Canvas, f *Frame, client string) {
	if f.Filter == nil || f.Filter.Text != f.Wanted || !f.Filter.Done && f.Window.Hits == 0 {
		c.Text(1, 0, "reading the log again …", theme.Warn)
		return
	}
	w := f.Window
	y := 0
	line := fmt.Sprintf("%s requests in %s   %s   5xx %s %%", Grouped(w.Hits), Span(f.Span), rate(w.Rate())+"/s", percent(w.ErrorRatio()))
	if w.Sized > 0 {
		line += "   " + byteSize(float64(w.Bytes))
	}
	if w.Durations.Count() > 0 {
		line += "   p95 " + seconds(w.Quantile(0.95))
	}
	c.Fit(1, y, c.W()-2, line, paint.CutEnd, theme.Text)
	y++
	dossierGraph(c.Sub(1, y, c.W()-2, 1), f)
	y += 2
	rows := max(2, min(8, c.H()-y-9))
	columns := []stats.Dim{stats.Path, stats.Status, stats.Agent, stats.Section}
	if c.W() < 100 {
		columns = columns[:3]
	}
	if c.W() < 60 {
		columns = columns[:2]
	}
	each := c.W() / len(columns)
	for i, d := range columns {
		dossierTop(c.Sub(i*each, y, each, rows+1), f, d)
	}
	y += rows + 2
	y = dossierSigns(c, y, f)
	c.Text(1, y, "To block it", theme.Title)
	c.Text(14, y, "y and Y copy a line; weir never runs it", theme.Dim)
	lines, why := Blocks(client)
	if why != "" {
		c.Fit(1, y+1, c.W()-2, why, paint.CutEnd, theme.Dim)
	}
	for i, text := range lines {
		c.Fit(1, y+1+i, c.W()-2, text, paint.CutEnd, theme.Text)
	}
}

// dossierGraph draws the requests over the time of the graph.
func dossierGraph(c paint.Canvas, f *Frame) {
	name := ago(time.Duration(int64(len(f.Series))*f.Step) * time.Second)
	c.Right(c.W(), 0, name, theme.Dim)
	room := c.W() - c.Width(name) - 1
	if room <= 0 || len(f.Series) == 0 {
		return
	}
	values := make([]float64, room)
	top := 0.0
	for i := range f.Series {
		at := i * room / len(f.Series)
		values[at] += float64(f.Series[i].Hits)
		top = max(top, values[at])
	}
	c.Spark(0, 0, values, top, theme.Accent, theme.Faint)
}

// dossierTop draws the heaviest keys of a dimension.
func dossierTop(c paint.Canvas, f *Frame, d stats.Dim) {
	c.Text(1, 0, stats.Dimensions[d].Title, theme.Title)
	entries := f.Window.Top(d, c.H()-1)
	if d == stats.Agent && f.Label != nil {
		for i := range entries {
			entries[i].Key = f.Label(entries[i].Key)
		}
	}
	for i, e := range entries {
		style := theme.Text
		if d == stats.Status && e.Key != "" {
			style = theme.Class(int(e.Key[0] - '0'))
		}
		at := c.Right(c.W()-2, i+1, Grouped(e.Hits), theme.Dim)
		c.Fit(1, i+1, max(at-2, 1), e.Key, paint.CutMiddle, style)
	}
}

// dossierSigns draws what speaks for a scan and returns the row after it.
func dossierSigns(c paint.Canvas, y int, f *Frame) int {
	signs := Signs(f.Window)
	c.Text(1, y, "Signs", theme.Title)
	if len(signs) == 0 {
		c.Text(13, y, "nothing speaks for a scan in these requests", theme.Dim)
		return y + 2
	}
	x := 13
	for _, s := range signs {
		if x > 13 && x+c.Width(s) > c.W()-2 {
			y++
			x = 13
		}
		x = c.Text(x, y, s, theme.Warn) + 3
	}
	return y + 2
}

// Signs words what in a client's requests speaks for a scan.
func Signs(w *stats.Summary) []string {
	if w.Hits == 0 {
		return nil
	}
	var signs []string
	if refused := w.Classes[4]; refused >= 5 && refused*2 > w.Hits {
		signs = append(signs, percent(float64(refused)/float64(w.Hits))+" % refused (4xx)")
	}
	if paths, _ := w.Keys(stats.Path); paths >= 20 && uint64(paths)*3 > w.Hits*2 && w.Classes[4]*3 > w.Hits {
		signs = append(signs, Grouped(uint64(paths))+" different URLs")
	}
	if asked := probed(w.Top(stats.Path, keptRows)); len(asked) > 0 {
		text := "asks for " + strings.Join(asked[:min(len(asked), 3)], ", ")
		if rest := len(asked) - 3; rest > 0 {
			text += fmt.Sprintf(" and %d more like them", rest)
		}
		signs = append(signs, text)
	}
	if agents, _ := w.Keys(stats.Agent); agents >= 5 {
		signs = append(signs, Grouped(uint64(agents))+" agents from one address")
	}
	if w.Suspicious > 0 {
		signs = append(signs, Grouped(w.Suspicious)+" malformed requests")
	}
	if denied, _ := w.Key(stats.Status, "401"); denied.Hits >= 10 {
		signs = append(signs, Grouped(denied.Hits)+" times unauthorised (401)")
	}
	return signs
}

// probed are the paths that look like a scanner's.
func probed(paths []sketch.Entry) []string {
	var all []string
	for _, e := range paths {
		path := strings.ToLower(e.Key)
		for _, p := range probes {
			if strings.Contains(path, p) {
				all = append(all, e.Key)
				break
			}
		}
	}
	return all
}

// Blocks are the firewall lines that would block a client, for nft and for
// iptables, or why there are none.
func Blocks(client string) (lines []string, why string) {
	addr, err := netip.ParseAddr(client)
	switch {
	case err != nil:
		return nil, "a name, no address: its addresses are not in the log"
	case addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast():
		return nil, "an address of your own network, perhaps a proxy: --client-from names the client behind it"
	}
	addr = addr.WithZone("").Unmap()
	if addr.Is4() {
		return []string{
			"nft insert rule inet filter input ip saddr " + addr.String() + " drop",
			"iptables -I INPUT -s " + addr.String() + " -j DROP",
		}, ""
	}
	return []string{
		"nft insert rule inet filter input ip6 saddr " + addr.String() + " drop",
		"ip6tables -I INPUT -s " + addr.String() + " -j DROP",
	}, ""
}
