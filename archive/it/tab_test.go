package it

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weir/archive"
	"weir/tui/paint"
	"weir/tui/panel"
	"weir/tui/vault"
)

// tab is the Archive tab of a place.
type tab struct {
	t    *testing.T
	room *vault.Room
}

func (p *place) tab(endpoint string) *tab {
	p.t.Setenv("AWS_ACCESS_KEY_ID", access)
	p.t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	remote := archive.Remote{Archive: p.dir + "=s3://" + p.name + "/logs", Endpoint: endpoint, Provider: "versitygw", EnvFile: os.DevNull}
	room := vault.New(&vault.Config{
		Dir: p.dir, Into: filepath.Join(p.dir, "restored"), URI: "s3://" + p.name, Location: time.UTC, Push: archive.Config{Host: "web1"},
		Connect: func(ctx context.Context) (*archive.Target, error) { return remote.Open(ctx, "", "", true) },
	})
	p.t.Cleanup(room.Close)
	t := &tab{p.t, room}
	t.work()
	return t
}

// work does what is to be done until nothing is; one look may find nothing and
// leave the next something.
func (t *tab) work() {
	for idle := 0; idle < 2; {
		idle++
		for _, job := range t.room.Work(true) {
			idle = 0
			if done := job(); done != nil {
				done()
			}
		}
	}
}

// ask opens a dialog for a moment, presses keys and returns what the dialog said before the last.
func (t *tab) ask(do panel.VaultDo, at int64, keys ...string) string {
	t.t.Helper()
	d, why := t.room.Ask(do, at)
	if d == nil {
		t.t.Fatal(why)
	}
	text := ""
	for _, key := range keys {
		t.work()
		text = drawn(func(c paint.Canvas) { d.Draw(c, nil) })
		d.Key(key, nil)
	}
	t.work()
	return text
}

func (t *tab) has(name string, wants ...string) {
	t.t.Helper()
	text := drawn(func(c paint.Canvas) { t.room.Panels()[name].Draw(c, &panel.Frame{}) })
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.t.Errorf("the panel %s lacks %q:\n%s", name, want, text)
		}
	}
}

func drawn(draw func(paint.Canvas)) string {
	g := paint.NewGrid(160, 24, &paint.Unicode)
	draw(g.Canvas())
	return g.Plain()
}

func TestTheArchiveTabWorksOnS3(t *testing.T) {
	p := newPlace(t)
	p.write("web-"+began.Format("20060102T1504Z")+".log", lines(0, 500))
	tab := p.tab(endpoint)
	tab.has(vault.FilesPanel, "complete")
	if text := tab.ask(panel.VaultArchive, 0, "enter"); !strings.Contains(text, "then delete 1 file here") {
		t.Errorf("it asks\n%s", text)
	}
	tab.has(vault.JobsPanel, "1 archived (500 lines", "1 deleted here")
	same(t, []string{}, p.logs())
	if text := tab.ask(panel.VaultRestore, began.Unix()+1, "enter", "enter"); !strings.Contains(text, "1 of 1 file to fetch: 500 lines") {
		t.Errorf("it asks\n%s", text)
	}
	tab.has(vault.JobsPanel, "1 restored to")
	same(t, lines(0, 500), p.restored())
	tab.ask(panel.VaultClean, 0, "enter")
	tab.has(vault.JobsPanel, "1 restored file deleted")
}

func TestTheArchiveTabSaysWhyS3CannotBeAsked(t *testing.T) {
	p := newPlace(t)
	p.name = "nowhere"
	tab := p.tab(endpoint)
	tab.has(vault.DaysPanel, "s3:ListBucket on s3://nowhere/logs/", "check its name and --endpoint")
}

// TestTheArchiveTabThawsWhatIsFrozen: an object is frozen until it was asked for
// and the answer says that it is there.
func TestTheArchiveTabThawsWhatIsFrozen(t *testing.T) {
	p := newPlace(t)
	p.write("web-"+began.Format("20060102T1504Z")+".log", lines(0, 500))
	p.must(p.push())
	var asked, thawed atomic.Int32
	m := meddler{
		before: func(w http.ResponseWriter, r *http.Request) bool {
			if isObject(r) && r.Method == http.MethodPost && r.URL.Query().Has("restore") {
				asked.Add(1)
				w.WriteHeader(http.StatusAccepted)
				return true
			}
			return false
		},
		after: func(r *http.Response) error {
			switch {
			case r.Request.URL.Query().Get("list-type") == "2":
				body, err := io.ReadAll(r.Body)
				if err != nil {
					return err
				}
				body = bytes.ReplaceAll(body, []byte(">STANDARD<"), []byte(">GLACIER<"))
				r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
				r.Header.Set("Content-Length", strconv.Itoa(len(body)))
			case r.Request.Method == http.MethodHead && isObject(r.Request):
				r.Header.Set("X-Amz-Storage-Class", "GLACIER")
				if asked.Load() > 0 {
					r.Header.Set("X-Amz-Restore", `ongoing-request="`+strconv.FormatBool(thawed.Load() == 0)+`"`)
				}
			}
			return nil
		},
	}
	tab := p.tab(m.start(t).Endpoint)
	day := began.Unix() + 1
	if text := tab.ask(panel.VaultRestore, day, "enter", "enter"); !strings.Contains(text, "1 frozen: t asks for them") || !strings.Contains(text, "t thaws, too") {
		t.Errorf("it asks\n%s", text)
	}
	tab.has(vault.JobsPanel, "0 restored to", "1 frozen")
	same(t, 0, asked.Load())
	tab.ask(panel.VaultRestore, day, "enter", "t")
	tab.has(vault.JobsPanel, "thawing web-")
	same(t, 1, asked.Load())
	if text := tab.ask(panel.VaultRestore, day, "enter", "enter"); !strings.Contains(text, "in class GLACIER and being thawed") {
		t.Errorf("it asks\n%s", text)
	}
	thawed.Store(1)
	tab.ask(panel.VaultRestore, day, "enter", "enter")
	tab.has(vault.JobsPanel, "1 restored to")
	same(t, lines(0, 500), p.restored())
	same(t, 1, asked.Load())
}
