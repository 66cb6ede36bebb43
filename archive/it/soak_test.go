package it

import (
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"weir/archive"
	"weir/archive/archivetest"
)

// badLine is a proxy before the gateway that can be told to be bad.
type badLine struct {
	t     *testing.T
	proxy *toxiproxy.Proxy
}

func newBadLine(t *testing.T) *badLine {
	t.Helper()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	p := toxiproxy.NewProxy(server, "gateway", "127.0.0.1:0", strings.TrimPrefix(endpoint, "http://"))
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return &badLine{t, p}
}

func (b *badLine) endpoint() string { return "http://" + b.proxy.Listen }

// toxic is a fault as toxiproxy names it.
type toxic struct {
	Type       string           `json:"type"`
	Stream     string           `json:"stream"`
	Attributes map[string]int64 `json:"attributes"`
}

// faults are those that a line may have; n is at random.
var faults = []func(n int64) toxic{
	func(n int64) toxic { return toxic{"limit_data", "upstream", map[string]int64{"bytes": n}} },
	func(n int64) toxic { return toxic{"limit_data", "downstream", map[string]int64{"bytes": n % 2000}} },
	func(n int64) toxic { return toxic{"reset_peer", "downstream", map[string]int64{"timeout": n % 300}} },
	func(n int64) toxic { return toxic{"bandwidth", "upstream", map[string]int64{"rate": 10 + n%200}} },
	func(n int64) toxic { return toxic{"latency", "downstream", map[string]int64{"latency": n % 200}} },
	func(n int64) toxic { return toxic{"slicer", "upstream", map[string]int64{"average_size": 1 + n%500}} },
}

// become gives the line one fault in place of any other, or none.
func (b *badLine) become(fault *toxic) {
	b.t.Helper()
	b.proxy.Toxics.ResetToxics(b.t.Context())
	if fault == nil {
		return
	}
	text, err := json.Marshal(fault)
	if err == nil {
		_, err = b.proxy.Toxics.AddToxicJson(strings.NewReader(string(text)))
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// TestNoLineIsLostOrDoubledOverABadNetwork cuts, resets, slows and slices the way
// to the gateway for a moment, and kills archivers in every state, while two writers write and
// rotate.
func TestNoLineIsLostOrDoubledOverABadNetwork(t *testing.T) {
	p := newPlace(t)
	line := newBadLine(t)
	heals := time.NewTimer(time.Hour)
	states := []string{archive.Packing, archive.Uploaded, archive.Verified, archive.Recorded, archive.Deleted}
	s := archivetest.Soak{
		Dir: p.dir, Begun: began,
		Start: func(dice *rand.Rand) *exec.Cmd {
			o := orders{Dir: p.dir, Bucket: p.name, Endpoint: line.endpoint(), Work: "push", Settle: time.Millisecond}
			line.become(nil)
			if dice.IntN(2) == 0 {
				fault := faults[dice.IntN(len(faults))](dice.Int64N(20_000))
				line.become(&fault)
				heals = time.AfterFunc(time.Duration(dice.IntN(1000))*time.Millisecond, func() { line.become(nil) })
			}
			if dice.IntN(2) == 0 {
				o.Die = states[dice.IntN(len(states))]
			}
			if dice.IntN(3) == 0 {
				o.Keep = time.Duration(dice.IntN(3000)) * time.Millisecond
			}
			return archivetest.Start(t, o)
		},
		Harm: func(*rand.Rand) { heals.Stop() },
		Last: func() *exec.Cmd {
			line.become(nil)
			return archivetest.Start(t, orders{Dir: p.dir, Bucket: p.name, Endpoint: line.endpoint(), Work: "push", Settle: time.Nanosecond, Ahead: 240 * time.Hour})
		},
	}
	written := s.Run(t)
	_, err := p.restore(time.Unix(0, 0), time.Now().Add(100_000*time.Hour))
	p.must(err)
	archivetest.EachOnce(t, p.dir, written)
	archivetest.NothingLeft(t, p.dir)
	p.noneOpen()
}
