package filter

import (
	"errors"
	"testing"

	"weir/ingest/event"
)

func TestFurtherFieldsAreTextsAndBesideNumbersNumbers(t *testing.T) {
	e := with(func(e *event.Event) {
		e.Extra().Attributes = []event.Attribute{
			{Key: []byte("tenant"), Value: []byte("acme")}, {Key: []byte("queue.depth"), Value: []byte("12"), JSON: true},
			{Key: []byte("trace id"), Value: []byte("t-7")}, {Key: []byte("retry"), Value: []byte("true"), JSON: true},
		}
	})
	for expression, want := range map[string]bool{
		`attributes.tenant == "acme"`:                                                   true,
		`attributes.tenant != "acme"`:                                                   false,
		`attributes["trace id"] startsWith "t-" and status == 503`:                      true,
		`attributes.queue.depth > 3`:                                                    true,
		`attributes.queue["depth"] in 12..13`:                                           true,
		`attributes["queue.depth"] in [1, 12]`:                                          true,
		`3 < attributes.queue.depth * 2 and attributes.queue.depth != 13`:               true,
		`attributes.queue.depth == "12"`:                                                true,
		`attributes.retry == "true"`:                                                    true,
		`attributes.tenant > 3 or attributes.tenant != 3`:                               false, // no number
		`attributes.missing == "" and not (attributes.missing >= 0)`:                    true,
		`lower(attributes.tenant) matches "^AC"`:                                        false,
		`trim(attributes.tenant + "!", "!") == "acme" and len(attributes.tenant) == 4`:  true, // on the machine
		`attributes.tenant in ["acme", "other"] ? attributes.queue.depth == 12 : false`: true,
		Attribute("trace id", "t-7"):                                                    true,
		Attribute("tenant", "\xff"):                                                     false,
	} {
		f, err := robots.Compile(expression)
		if err != nil {
			t.Errorf("%s: %v", expression, err)
		} else if f.Match(e) != want || !f.Attributes() || f.Match(with(nil)) && want && expression[:4] != "attr" {
			t.Errorf("%s: %v", expression, !want)
		}
	}
	for expression, want := range map[string]Error{
		`attributes == "a"`:    {0, `a name follows: attributes.tenant, attributes["trace.id"]`},
		`path.tenant == "a"`:   {5, "a field has no parts: find text with contains, startsWith or matches"},
		`attributes[1] == "a"`: {10, "a field has no parts: find text with contains, startsWith or matches"},
		`attributes.a and bot`: {11, "and needs a condition, and this is a text"},
	} {
		_, err := robots.Compile(expression)
		var got *Error
		errors.As(err, &got)
		if got == nil || *got != want {
			t.Errorf("%s: %v, want %v", expression, err, want)
		}
	}
	if f := compile(t, "status == 503"); f.Attributes() {
		t.Error("asks for further fields")
	}
}

func BenchmarkAttribute(b *testing.B) {
	f, err := Compile(`attributes.tenant == "acme"`)
	if err != nil {
		b.Fatal(err)
	}
	e := with(func(e *event.Event) {
		e.Extra().Attributes = []event.Attribute{{Key: []byte("tenant"), Value: []byte("acme")}}
	})
	b.ReportAllocs()
	for b.Loop() {
		f.Match(e)
	}
}
