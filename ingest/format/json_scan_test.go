package format

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// leaf is one value of a flattened object.
type leaf struct{ Path, Kind, Value string }

// scanned flattens line with the scanner. It is nil where the scanner rejects.
func scanned(line []byte) []leaf {
	var s jsonScan
	if !s.start(line) {
		return nil
	}
	name := func() string {
		if s.keyOdd {
			return string(unescapeJSON(nil, s.key.of(line)))
		}
		return string(s.key.of(line))
	}
	leaves, path := []leaf{}, []string{}
	for {
		switch s.next() {
		case jsonLeaf:
			l := leaf{Path: strings.Join(append(slices.Clip(path), name()), "\x00"), Value: string(s.val.of(line))}
			switch s.kind {
			case jsonNull:
				l.Kind = "null"
			case jsonText:
				l.Kind = "text"
			case jsonOdd:
				l.Kind, l.Value = "text", string(unescapeJSON(nil, s.val.of(line)))
			case jsonInt, jsonFloat:
				l.Kind = "number"
			case jsonBool:
				l.Kind = "bool"
			case jsonNested:
				l.Kind = "nested"
			}
			leaves = append(leaves, l)
		case jsonOpen:
			path = append(path, name())
		case jsonClose:
			if len(path) > 0 {
				path = path[:len(path)-1]
			}
		case jsonEnd:
			return leaves
		case jsonError:
			return nil
		}
	}
}

// decoded flattens line with encoding/json, entering objects as deep as the
// scanner does.
func decoded(line []byte) []leaf {
	if !json.Valid(line) || bytes.TrimLeft(line, " \t\r\n")[0] != '{' {
		return nil
	}
	leaves := []leaf{}
	var object func(raw []byte, path []string, length int)
	object = func(raw []byte, path []string, length int) {
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		d.Token()
		for d.More() {
			key, _ := d.Token()
			name := rawName(raw[:d.InputOffset()])
			var value json.RawMessage
			if err := d.Decode(&value); err != nil {
				panic(err)
			}
			at := append(slices.Clip(path), key.(string))
			l := leaf{Path: strings.Join(at, "\x00"), Value: string(value)}
			switch c := value[0]; {
			case c == 'n':
				l.Kind = "null"
			case c == '"':
				l.Kind = "text"
				if err := json.Unmarshal(value, &l.Value); err != nil {
					panic(err)
				}
			case c == 't' || c == 'f':
				l.Kind = "bool"
			case c == '[':
				l.Kind = "nested"
			case c == '{':
				if inside := bytes.TrimLeft(value[1:], " \t\r\n"); inside[0] != '}' && len(at) < jsonEnter && length+name+1 <= jsonPath {
					object(value, at, length+name+1)
					continue
				}
				l.Kind = "nested"
			default:
				l.Kind = "number"
			}
			leaves = append(leaves, l)
		}
	}
	object(line, nil, 0)
	return leaves
}

// rawName is the length of the name that b ends in, as it is written.
func rawName(b []byte) int {
	end := len(b) - 1
	for i := end - 1; ; i-- {
		if b[i] == '"' && !escaped(b[:i]) {
			return end - i - 1
		}
	}
}

var jsonCorners = []string{
	`{}`, ` { } `, `{"a":1}`, `{"a":1,}`, `{,}`, `{"a"}`, `{"a":}`, `{"a":1 "b":2}`, `{"a":1}x`, `{"a":1} {}`, ``, ` `, `{`, `{"`, `{"a`, `{"a"`, `{"a":`, `{"a":"`, `{"a":"b`, `{"a":"b"`,
	`{"a":"\u00e9\ud83d\ude00\ud83d x\ude00\ud83d\ud83d\ude00\/\b\f\n\r\t\"\\"}`, `{"a\u0062":"x","":"empty"}`, `{"a":"\x"}`, `{"a":"\u12g4"}`, `{"a":"\u12`, `{"a":"\`, "{\"a\":\"\t\"}", "{\"a\":\"\x7f\xff\xc3\xa9\"}", "{\"\xff\":1}",
	`{"a":-}`, `{"a":01}`, `{"a":-0}`, `{"a":1.}`, `{"a":.5}`, `{"a":1.5e}`, `{"a":1.5E+10}`, `{"a":1e-7,"b":12345678901234567890123}`, `{"a":+1}`, `{"a":1x}`,
	`{"a":true,"b":false,"c":null}`, `{"a":tru}`, `{"a":trux}`, `{"a":nul`, `{"a":TRUE}`, `{"a":NaN}`,
	`{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":{"i":1}}}}}}}},"z":2}`, `{"a":{ },"b":[ ],"c":[1,[2,{"d":[]}],"e"]}`, `{"a":[1,]}`, `{"a":[,1]}`, `{"a":[1 2]}`, `{"a":[}`, `{"a":{]}`, `{"a":[{"b":1,}]}`, `{"a":[{"b"}]}`, `{"a":{"b":1}`, `{"a":[1`,
	`{"` + strings.Repeat("n", 95) + `":{"a":1},"` + strings.Repeat("n", 96) + `":{"a":1},"` + strings.Repeat("n", 50) + `":{"` + strings.Repeat(`\"`, 22) + `":{"a":1},"` + strings.Repeat("n", 45) + `":{"a":1}},"b":{"c":2}}`,
	`{"a":1,"a":2,"a":{"b":1},"a":{"c":2}}`, "{\"a\"\n:\t1\r,\n \"b\" : [ 1 , 2 ] }\n",
	`{"a":` + strings.Repeat("[", 9999) + strings.Repeat("]", 9999) + `}`, `{"a":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + `}`,
	strings.Repeat(`{"a":`, 10000) + "1" + strings.Repeat("}", 10000), strings.Repeat(`{"a":`, 10001) + "1" + strings.Repeat("}", 10001),
	`{"a":` + strings.Repeat("[{\"b\":", 3000) + "0" + strings.Repeat("}]", 3000) + `}`,
	"[1]", `"a"`, "1", "null", "\x00", "{\x00}",
}

func TestScannerReadsWhatEncodingJSONReads(t *testing.T) {
	for _, line := range jsonCorners {
		if diff := cmp.Diff(decoded([]byte(line)), scanned([]byte(line))); diff != "" {
			t.Errorf("%.200q: encoding/json (-) and the scanner (+) differ:\n%.2000s", line, diff)
		}
	}
}

func TestScannerSaysWhereAndHowALineIsWrong(t *testing.T) {
	for line, want := range map[string]string{
		`{"a":1`:       "cut at 6",
		`{"a":"b`:      "cut at 7",
		`{"a":[1,2`:    "cut at 9",
		`{"a":tr`:      "cut at 7",
		`{"a":1 "b"`:   "syntax at 7",
		`{"a":01}`:     "syntax at 6",
		`{"a":"\x"}`:   "syntax at 7",
		`{"a":[1,}`:    "syntax at 8",
		`{"a":1} tail`: "trailing at 8",
	} {
		var s jsonScan
		s.start([]byte(line))
		token := s.next()
		for token != jsonError && token != jsonEnd {
			token = s.next()
		}
		got := "end"
		if token == jsonError {
			got = fmt.Sprintf("%s at %d", [...]string{"syntax", "cut", "trailing"}[s.bad], s.pos)
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", line, got, want)
		}
	}
}

func FuzzScannerAgainstEncodingJSON(f *testing.F) {
	for _, line := range jsonCorners {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		if diff := cmp.Diff(decoded(line), scanned(line)); diff != "" {
			t.Errorf("encoding/json (-) and the scanner (+) differ:\n%s", diff)
		}
	})
}
