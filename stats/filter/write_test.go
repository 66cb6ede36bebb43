package filter

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/ingest/event"
)

func TestRowsBecomeExpressions(t *testing.T) {
	got := []string{
		Equal("status", "404"), Equal("status", ""), Equal("status", "x"), Equal("status", "NaN"), Equal("bytes", "1e300"), Equal("class", "5xx"),
		Equal("class", "9xx"), Equal("path", `/a"b\`), Equal("path", "/\x1b[31m\u202e"), Equal("path", "/\xffé"), Equal("user", ""),
		Equal("client", "203.0.113.0/24"), Equal("client", "a/b"), Equal("bot", "true"), Equal("bot", "false"), Equal("time", "2026-10-01T00:00:00Z"),
		Equal("time", "noon"), Equal("nosuch", "x"),
	}
	want := []string{
		"status == 404", "not (status >= 0)", "false", "false", "bytes == 1e+300", `class == "5xx"`,
		"false", `path == "/a\"b\\"`, `path == "/\x1b[31m\u202e"`, `path == b"/\xff\xc3\xa9"`, `user == ""`,
		`client in "203.0.113.0/24"`, `client == "a/b"`, "bot", "not bot", `time == "2026-10-01T00:00:00Z"`,
		"false", "false",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, expression := range got {
		compile(t, expression)
	}
	if !compile(t, Equal("status", "")).Match(with(func(e *event.Event) { e.Status = event.Unknown })) {
		t.Error("no status is not found")
	}
}

func TestChipsAreJoined(t *testing.T) {
	got := []string{
		And(), And("", " "), And("bot"), And("bot or suspicious", "", "status == 1"), And("bot // why", `referrer == "http://x"`),
	}
	want := []string{
		"", "", "bot", "(bot or suspicious) and (status == 1)", "(bot // why\n) and (referrer == \"http://x\")",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
