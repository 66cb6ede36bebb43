package tui

import (
	"fmt"
	"testing"

	"weir/ingest"
)

func TestDossierAtEverySize(t *testing.T) {
	s := firing()
	s.run(t, func(t *testing.T, cfg Config, pump *ingest.Pump) {
		b := s.sifted(pump)
		var copied string
		cfg.Copy = func(text string) { copied = text }
		for _, size := range sizes {
			m := New(cfg, b, size[0], size[1])
			settle(m)
			press(m, "W", "z")
			for m.focus != "clients" {
				press(m, "tab")
			}
			press(m, "i")
			golden(t, fmt.Sprintf("dossier-%dx%d", size[0], size[1]), plain(m))
			if cmd := m.key("y"); cmd != nil {
				cmd()
			}
			press(m, "esc", "w")
			if len(m.chips) != 0 || len(m.over) != 0 {
				t.Errorf("%v: %d filters and %d dialogs are left", size, len(m.chips), len(m.over))
			}
		}
		if want := "nft insert rule inet filter input ip saddr 203.0.113.8 drop"; copied != want {
			t.Errorf("copied %q, want %q", copied, want)
		}
	})
}

func TestEnterOnAClientFiltersThenOpensItsDossier(t *testing.T) {
	m, _ := stilled(120, 40)
	for m.focus != "clients" {
		m.Update(keyMsg("tab"))
	}
	m.Update(keyMsg("enter"))
	if len(m.chips) != 1 || len(m.over) != 0 {
		t.Fatalf("%d filters, %d dialogs", len(m.chips), len(m.over))
	}
	m.Update(keyMsg("enter"))
	has(t, m, "Client ")
	m.Update(keyMsg("esc"))
	if len(m.chips) != 1 || len(m.over) != 0 {
		t.Errorf("%d filters, %d dialogs: the filter was there before", len(m.chips), len(m.over))
	}
}
