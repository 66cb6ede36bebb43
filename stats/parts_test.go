package stats

import (
	"testing"

	"pgregory.net/rapid"

	"weir/ingest/event"
)

// A row knows each key by its hash, as the table of dimensions says, and the client and the path by their text.
func TestRowsKnowTheKeysOfTheDimensions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := func(name string) []byte {
			return []byte(rapid.SampledFrom([]string{"", "-", "x", "GET", "/", "/a", "/a/", "/a/b/c", "/static-files/x?y", "/longer-than-a-word/", "//", "203.0.113.7", "a client whose name is longer than any address", "/a/path/that/is/so/long/that/a/row/has/no/room/for/it/beside/any/client/nor/alone/it/is"}).Draw(t, name))
		}
		var p Preparer
		var r event.Row
		source := text("source")
		for range rapid.IntRange(1, 5).Draw(t, "events") {
			if rapid.Bool().Draw(t, "another source") {
				source = text("source")
			}
			e := event.Event{Path: text("path"), Client: text("client"), Agent: text("agent"), Referrer: text("referrer"), Host: text("host"), Method: text("method"), Country: text("country"), Source: source}
			e.Status = rapid.SampledFrom([]int32{event.Unknown, 0, 7, 200, 599, 999, 1000}).Draw(t, "status")
			p.Prepare(&e, &r)
			for d := range Dimensions {
				if want := hashOf(Dimensions[d].Key(&e)); r.Hashes[d] != want {
					t.Fatalf("%s %q: hash %x, want %x", Dimensions[d].Name, Dimensions[d].Key(&e), r.Hashes[d], want)
				}
			}
			if got := r.Client(&e); string(got) != string(e.Client) {
				t.Fatalf("client %q, want %q", got, e.Client)
			}
			if got := r.Path(&e); string(got) != string(e.Path) {
				t.Fatalf("path %q, want %q", got, e.Path)
			}
		}
	})
}
