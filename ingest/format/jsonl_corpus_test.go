package format

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/ingest/event"
)

// The goldens beside the logs hold every attribute of every line, with Options.Keep. To
// write them anew: WEIR_GOLDEN=write go test ./ingest/format
func TestRecordsSayWhatTheirGoldensSay(t *testing.T) {
	for _, name := range []string{"caddy", "traefik_json", "nginx_json", "gcp_json", "ecs", "jsonl", "logfmt"} {
		t.Run(name, func(t *testing.T) {
			log, err := os.ReadFile(filepath.Join("testdata", name, "access.log"))
			if err != nil {
				t.Fatal(err)
			}
			f, ok := Lookup(name)
			if !ok {
				t.Fatal("no such format")
			}
			p, e := f.New(Options{Keep: true, Now: time.Unix(1763640000, 0)}), &event.Event{}
			var got bytes.Buffer
			for i, line := range bytes.Split(bytes.TrimSuffix(log, []byte("\n")), []byte("\n")) {
				e.Reset()
				fmt.Fprintf(&got, "%s:%d\n", name, i+1)
				if r := p.Parse(line, e); r != nil {
					fmt.Fprintf(&got, "%s %s at %d\n\n", r.Reason, r.Field, r.Column)
					continue
				}
				got.WriteString(said(e) + "\n")
			}
			path := filepath.Join("testdata", name, "access.golden")
			if os.Getenv("WEIR_GOLDEN") == "write" {
				if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRecordsAreDetectedUnderTheirNames(t *testing.T) {
	for _, name := range []string{"caddy", "traefik_json", "nginx_json", "gcp_json", "jsonl", "logfmt"} {
		log, err := os.ReadFile(filepath.Join("testdata", name, "access.log"))
		if err != nil {
			t.Fatal(err)
		}
		candidates := Detect(bytes.Split(bytes.TrimSpace(log), []byte("\n")), Options{})
		if len(candidates) == 0 || candidates[0].Format != name || candidates[0].Share != 1 {
			t.Errorf("%s: %+v", name, candidates)
		}
	}
}
