package tui

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"weir/tui/overlay"
	"weir/tui/panel"
	"weir/tui/theme"
)

// SessionMark is how a session file begins.
const SessionMark = "# weir session"

// session is what is shown, and how, as commands that show it again: the files,
// the window, what it is compared with, the colours, the threshold, which alerts someone has seen, the moment, the filters and
// what Explore does with the records.
func (m *Model) session() []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line(SessionMark + ": weir play FILE shows this again")
	if !m.cfg.Demo {
		for _, file := range m.cfg.Title {
			if path, err := filepath.Abs(file); err == nil && file != "-" {
				line("file %s", path)
			}
		}
	}
	line("window %s", m.query.Span)
	if m.frame.Compare {
		for _, c := range panel.Comparisons {
			if c.Ago == m.query.Against {
				line("compare %s", c.Word)
			}
		}
	}
	if m.theme != theme.Find(m.cfg.Theme) {
		line("theme %s", m.theme.Name)
	}
	if m.limit != 0 {
		line("threshold %g", m.limit)
	}
	for i := range m.frame.Alerts {
		if c := &m.frame.Alerts[i]; m.frame.Acknowledged[panel.AlertID(c)] {
			line("%s", panel.AcknowledgeLine(c))
		}
	}
	if m.query.At != 0 {
		line("goto %s", time.Unix(m.query.At, 0).In(m.cfg.Location).Format(time.RFC3339))
	}
	for _, c := range m.chips {
		line("%s", strings.ReplaceAll(c.Text, "\n", " "))
	}
	for _, told := range m.room.Told() {
		line("%s", told)
	}
	line("tab %s", strings.ToLower(m.tab))
	return []byte(b.String())
}

// save writes the session to a file. One that is there stays, unless it is a session.
func (m *Model) save(path string) tea.Cmd {
	text := m.session()
	return func() tea.Msg {
		err := saveSession(path, text)
		return saved{path, err}
	}
}

// saved is how saving a session ended.
type saved struct {
	path string
	err  error
}

func saveSession(path string, text []byte) error {
	if old, err := os.ReadFile(path); err == nil && !strings.HasPrefix(string(old), SessionMark) {
		return errors.New(path + " is there and no session: choose another name")
	}
	return os.WriteFile(path, text, 0o600)
}

// play gives the commands of a session, once there is a Moment.
func (m *Model) play() {
	if len(m.cfg.Play) == 0 || m.frame.Seq == 0 {
		return
	}
	lines := m.cfg.Play
	m.cfg.Play = nil
	for _, line := range lines {
		act, _, err := overlay.Do(line, &m.frame)
		if err != nil {
			m.say("session: %s: %v", line, err)
			continue
		}
		m.act(act)
	}
	m.arrange()
	m.dirty = true
}

// showNamed shows a tab by its name.
func (m *Model) showNamed(name string) {
	for _, t := range tabs {
		if strings.EqualFold(t.name, name) {
			m.show(t.name)
		}
	}
}
