package stats

import (
	"testing"

	"pgregory.net/rapid"

	"weir/ingest/event"
)

// Rows know each key by its hash, as the table of dimensions says, and the client
// and the path by their text, in whatever part of them and however often they are used again.
func TestRowsKnowTheKeysOfTheDimensions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := func(name string) []byte {
			return []byte(rapid.SampledFrom([]string{"", "-", "x", "GET", "/", "/a", "/a/", "/a/b/c", "/static-files/x?y", "/longer-than-a-word/", "//", "203.0.113.7", "a client whose name is longer than any address", "/a/path/that/is/so/long/that/a/row/has/no/room/for/it/beside/any/client/nor/alone/it/is/as/it/goes/on"}).Draw(t, name))
		}
		var p Preparer
		var rows event.Rows
		for range rapid.IntRange(1, 3).Draw(t, "batches") {
			rows.Clear()
			if rapid.Bool().Draw(t, "room") {
				rows.Reserve(rapid.IntRange(0, 200).Draw(t, "for"))
			}
			events := make([]event.Event, rapid.IntRange(1, 200).Draw(t, "events"))
			rare := rapid.Bool().Draw(t, "some fields are rare")
			source := text("source")
			for i := range events {
				if rapid.Bool().Draw(t, "another source") {
					source = text("source")
				}
				e := event.Event{Time: int64(i), Path: text("path"), Client: text("client"), Agent: text("agent"), Method: text("method"), Source: source}
				if !rare || rapid.IntRange(0, 9).Draw(t, "rare") == 0 {
					e.Referrer, e.Host, e.Country = text("referrer"), text("host"), text("country")
				}
				e.Status = rapid.SampledFrom([]int32{event.Unknown, 0, 7, 200, 599, 999, 1000}).Draw(t, "status")
				if rapid.IntRange(0, 9).Draw(t, "kind") == 0 {
					e.Kind = event.Message
				}
				events[i] = e
				p.Prepare(&events[i], &rows)
			}
			from := rapid.IntRange(0, len(events)-1).Draw(t, "from")
			part := rows.Part(from, rapid.IntRange(from, len(events)).Draw(t, "to"))
			for i := range part.Len() {
				e := &events[from+i]
				if got := part.All()[i]; got != rowOf(e) {
					t.Fatalf("row %d is %+v, want %+v", i, got, rowOf(e))
				}
				if e.Kind == event.Request && string(part.Client(i, e)) != string(e.Client) {
					t.Fatalf("client %q, want %q", part.Client(i, e), e.Client)
				}
				if e.Kind == event.Request && string(part.Path(i, e)) != string(e.Path) {
					t.Fatalf("path %q, want %q", part.Path(i, e), e.Path)
				}
				for d := range Dimensions {
					want := uint64(0)
					if e.Kind == event.Request {
						want = hashOf(Dimensions[d].Key(e))
					}
					got, same := part.Same(d)
					holes := got == 0
					if !same {
						holes = part.Holes(d)
						got = part.Column(d, i)[0]
						if k := i + len(part.Column(d, i)) - 1; k >= part.Len() || part.Column(d, k)[0] != part.Column(d, i)[k-i] {
							t.Fatalf("a column from %d on ends at %d of %d", i, k, part.Len())
						}
					}
					if got != want || want == 0 && !holes {
						t.Fatalf("%s %q: hash %x, want %x, holes %v", Dimensions[d].Name, Dimensions[d].Key(e), got, want, holes)
					}
				}
			}
		}
	})
}
