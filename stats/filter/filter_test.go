package filter

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/ingest/event"
)

// with makes an event of an ordinary request and changes it.
func with(change func(e *event.Event)) *event.Event {
	e := new(event.Event)
	e.Reset()
	e.Time = time.Date(2026, 10, 1, 22, 30, 5, 0, time.UTC).UnixNano()
	e.Zone = 2 * 3600
	e.Status, e.Bytes, e.Duration = 503, 12e6, 200e6
	e.Method, e.Proto = []byte("GET"), []byte("1.1")
	e.Target, e.Path, e.Query = []byte("/api/users?id=7"), []byte("/api/users"), []byte("id=7")
	e.Client, e.User, e.Host = []byte("203.0.113.9"), []byte("mary"), []byte("example.org")
	e.Referrer, e.Agent = []byte("https://example.org/"), []byte("Mozilla/5.0 (compatible; Googlebot/2.1)")
	e.Source = []byte("/var/log/access.log")
	if change != nil {
		change(e)
	}
	return e
}

var robots = Config{Bot: func(agent []byte) bool { return bytes.Contains(agent, []byte("bot")) }}

func compile(t *testing.T, expression string) *Filter {
	t.Helper()
	f, err := robots.Compile(expression)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return f
}

func TestExpressionsMatchTheRequestTheyDescribe(t *testing.T) {
	e := with(nil)
	for expression, want := range map[string]bool{
		"":                          true,
		" // nothing but a comment": true,
		`status >= 500 and path startsWith "/api"`:   true,
		`status >= 500 && !(path startsWith "/api")`: false,
		"status == 503":                                           true,
		"status != 503":                                           false,
		"status != 200":                                           true,
		"status in 500..599":                                      true,
		"status not in 500..599":                                  false,
		"status in [500, 503]":                                    true,
		"status in []":                                            false,
		"status in [1,2,3,4,5,6,7,8,9,503]":                       true,
		"500 <= status < 600":                                     true,
		"not (status < 500)":                                      true,
		`class == "5xx"`:                                          true,
		`class in ["2xx", "3xx"]`:                                 false,
		`method == "GET" ? status > 500 : false`:                  true,
		`(bot ? bytes : duration) > 10MB`:                         true,
		"duration == 200ms":                                       true,
		"duration == 0.2":                                         true,
		"duration in 0.1..1s":                                     true,
		"duration > 0m1s":                                         false,
		"duration >= 1h30m":                                       false,
		"bytes > 11.9MB and bytes < 12MiB":                        true,
		"bytes / duration == 60e6":                                true,
		"-bytes < -1kB":                                           true,
		"round(duration) == 0":                                    true,
		"2 ** 3 == 8":                                             true,
		"len(path) == 10":                                         true,
		`lower(agent) contains "googlebot"`:                       true,
		`lower(agent) contains "Googlebot"`:                       false,
		`lower(agent) startsWith "mozilla"`:                       true,
		`lower(agent) endsWith "bot/2.1)"`:                        true,
		`lower(method) == "get"`:                                  true,
		`upper(user) == "MARY"`:                                   true,
		`upper(user) | lower() == "mary"`:                         true,
		`path matches "^/(api|www)/"`:                             true,
		`path not matches "^/api"`:                                false,
		`path endsWith "users"`:                                   true,
		`path contains ""`:                                        true,
		`section == '/api'`:                                       true,
		`query == "id=7"`:                                         true,
		"target == `/api/users?id=7`":                             true,
		`host + path == "example.org/api/users"`:                  true,
		`trim("  mary ") == user`:                                 true,
		`trimPrefix(path, "/api") == "/users"`:                    true,
		`client in "203.0.113.0/24"`:                              true,
		`client not in "203.0.113.0/24"`:                          false,
		`inNet(client, "10.0.0.0/8", "203.0.113.9")`:              true,
		`inNet(client, "2001:db8::/32")`:                          false,
		`client in ["203.0.113.9"]`:                               true,
		`user in ["a","b","c","d","e","f","g","h","i","mary"]`:    true,
		`user != ""`:                                              true,
		`user > "mark" and user < "mask"`:                         true,
		"bot":                                                     true,
		"bot == true and bot != suspicious":                       true,
		"suspicious":                                              false,
		`time >= "2026-10-01"`:                                    true,
		`time < "2026-10-01T22:30"`:                               false,
		`time == "2026-10-02T00:30:05+02:00"`:                     true,
		`time > date("2026-10-02")`:                               false,
		"hour == 0":                                               true,
		`kind == "request"`:                                       true,
		`severity == "" and service == "" and body == ""`:         true,
		`source endsWith "access.log" and referrer contains "//"`: true,
		`proto == "1.1"`:                                          true,
		"true":                                                    true,
		"status == 503 /* why */ and // because\n bot":            true,
	} {
		if got := compile(t, expression).Match(e); got != want {
			t.Errorf("%s: %v, want %v", expression, got, want)
		}
	}
}

func TestMessagesAreMatchedByTheirOwnFields(t *testing.T) {
	e := with(func(e *event.Event) {
		e.Kind = event.Message
		m := e.Extra()
		m.Service, m.Action, m.Outcome, m.Severity = []byte("sshd"), []byte("login"), []byte("failure"), []byte("warning")
		m.Body = []byte("Failed password for root")
	})
	f := compile(t, `kind == "message" and service == "sshd" and action == "login" and outcome == "failure"
		and severity == "warning" and body contains "root"`)
	if !f.Match(e) {
		t.Error("no match")
	}
}

func TestComparisonsWithTheUnknownAreFalse(t *testing.T) {
	e := with(func(e *event.Event) { e.Status, e.Bytes, e.Duration = event.Unknown, event.Unknown, event.Unknown })
	for _, name := range []string{"status", "bytes", "duration"} {
		for _, is := range []string{"== 1", "!= 1", "< 1", "<= 1", "> 1", ">= 1", "in 0..1", "in [0, 1]", "!= " + name, "== " + name, "* 2 != 7"} {
			if compile(t, name+" "+is).Match(e) {
				t.Errorf("%s %s matches", name, is)
			}
			if !compile(t, "not ("+name+" "+is+")").Match(e) {
				t.Errorf("not (%s %s) does not match", name, is)
			}
		}
	}
	if !compile(t, `class == "" and status not in 200..299`).Match(e) {
		t.Error("no class, or not not in, for no status")
	}
}

func TestErrorsSayWhereAndWhatToWrite(t *testing.T) {
	for _, c := range []struct {
		expression string
		want       Error
	}{
		{`statsu >= 500`, Error{0, "no field is called statsu: did you mean status?"}},
		{`bot and ip == "::1"`, Error{8, "no field is called ip: write client"}},
		{`foo`, Error{0, "no field is called foo"}},
		{`status = 500`, Error{7, `did not expect "=" here: write ==`}},
		{`bot AND suspicious`, Error{4, `did not expect "AND" here: write and`}},
		{`path startsWth "/api"`, Error{5, `did not expect "startsWth" here: did you mean startsWith?`}},
		{`path 5m`, Error{5, `did not expect "5m" here`}},
		{`path == /api`, Error{8, `did not expect "/" here: texts need quotes, as in path == "/api"`}},
		{`status >=`, Error{9, "the expression ends here, and something is missing"}},
		{`(status > 1`, Error{11, "the expression ends here, and something is missing"}},
		{`status == "500"`, Error{7, "== compares a number with a text: write 500"}},
		{`class == 5`, Error{6, `== compares a text with a number: write "5"`}},
		{`class == "5XX"`, Error{9, `class is never that: it is one of "1xx", "2xx", "3xx", "4xx", "5xx", ""`}},
		{`status`, Error{0, "this is a number, not a condition: compare it with something"}},
		{`bot and path`, Error{8, "and needs a condition, and this is a text"}},
		{`duration > 5x`, Error{12, `"x" is no unit: durations end in ms, s, m, h or d, sizes in kB, MB, GB, KiB, MiB or GiB`}},
		{`path matches "("`, Error{13, "missing closing ): `(`"}},
		{`path matches user`, Error{13, `a pattern is written out: path matches "^/(a|b)/"`}},
		{`client in "10.0.0.0/33"`, Error{10, `this is no network: write "10.0.0.0/8"; a list stands in brackets, a part is found with contains`}},
		{`lowr(path) == "x"`, Error{0, "no function is called lowr: did you mean lower?"}},
		{`lower == "x"`, Error{0, "lower is a function: write lower(text)"}},
		{`lower() == "x"`, Error{0, "write lower(text)"}},
		{`lower(status) == "x"`, Error{6, "lower needs a text here"}},
		{`time > "yesterday"`, Error{7, `this is no time: write "2026-10-01", "2026-10-01 12:00" or "2026-10-01T12:00:00Z"`}},
		{`user == "é" and nosuch`, Error{17, "no field is called nosuch"}},
		{`user == "`, Error{8, "a text has no closing quote"}},
		{"user == 'a\nb'", Error{10, "a quoted text ends on its line"}},
		{`status % 2 == 0`, Error{7, "a filter has no %"}},
		{`bot < suspicious`, Error{4, "< needs numbers, texts or times"}},
		{`bot + 1 > 2`, Error{0, "+ needs a number or a text, and this is a condition"}},
		{`1..2 == 1`, Error{1, "a range only follows in: status in 400..499"}},
		{`path in 1..2`, Error{0, "a range needs a number, and this is a text"}},
		{`bot in [true]`, Error{0, "in needs a number or a text, and this is a condition"}},
		{`status in [200, "404"]`, Error{16, "the list is compared with a number, and this is a text"}},
		{`status in "10.0.0.0/8"`, Error{10, `in needs a list, a range or a network: client in ["a", "b"], status in 400..499, client in "10.0.0.0/8"`}},
		{`inNet(client, user)`, Error{14, `a network is written out: "10.0.0.0/8"`}},
		{`["a"] == user`, Error{0, `a list only follows in: method in ["GET", "HEAD"]`}},
		{`(bot ? 1 : "a") == 1`, Error{11, "one side of : is a number, and this is a text"}},
		{`time > user`, Error{7, `a time is written out: "2026-10-01 12:00"`}},
		{`1 < -status < 4`, Error{4, "this stands for two comparisons: write them out with and"}},
		{`bot /* or`, Error{4, "a comment has no end: */"}},
		{`now() > time`, Error{0, "no function is called now"}},
		{`all([1], # > 0)`, Error{0, "no function is called all"}},
		{`let a = 1; a == 1`, Error{9, "a filter is one expression: write and between conditions"}},
		{`bot;`, Error{3, "a filter is one expression: write and between conditions"}},
		{`user == nil`, Error{8, `there is no nil here: a missing text is ""`}},
		{`path[0] == "x"`, Error{4, "a field has no parts: find text with contains, startsWith or matches"}},
		{`1 < (2 < 3) < 4`, Error{2, "< compares a number with a condition"}},
		{"user == \"\xff\"", Error{9, `this is no UTF-8: write bytes as in b"\xff"`}},
		{strings.Repeat("(", 200) + "bot" + strings.Repeat(")", 200), Error{100, "more than 100 brackets within each other"}},
	} {
		f, err := robots.Compile(c.expression)
		var got *Error
		if !errors.As(err, &got) || f != nil {
			t.Errorf("%s: compiles to %v, %v", c.expression, f, err)
			continue
		}
		if diff := cmp.Diff(c.want, *got); diff != "" {
			t.Errorf("%s\n%s", c.expression, diff)
		}
	}
}

func TestAnUnknownBotIsAnError(t *testing.T) {
	_, err := Compile("status == 200 and bot")
	if diff := cmp.Diff("column 19: bot is not known here", err.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestEveryFieldAndFunctionIsDescribedOnce(t *testing.T) {
	var names []string
	for _, f := range Fields {
		names = append(names, f.Name)
		if f.Description == "" || f.Type == invalid {
			t.Errorf("%s: %q, %v", f.Name, f.Description, f.Type)
		}
		if f.Name != "time" && f.Name != "bot" && f.number == nil && f.text == nil && f.truth == nil {
			t.Errorf("%s: nothing reads it", f.Name)
		}
	}
	for _, f := range Functions {
		names = append(names, f.Name)
		if f.Description == "" || !strings.HasPrefix(f.Usage, f.Name+"(") {
			t.Errorf("%s: %q, %q", f.Name, f.Usage, f.Description)
		}
	}
	slices.Sort(names)
	if unique := slices.Compact(slices.Clone(names)); len(unique) != len(names) {
		t.Errorf("a name stands twice in %v", names)
	}
}
