package format

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/ingest/event"
)

// The same lines must mean the same, whether a format is read by its own parser
// or by its notation.
func TestNotationReadsWhatTheFormatsOwnParserReads(t *testing.T) {
	const combinedSpec = `%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"`
	for _, c := range []struct {
		name, spec string
		blind      []string // attributes that the notation cannot say
	}{
		{"common", `%h %l %u %t "%r" %>s %b`, nil},
		{"common", `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent`, nil},
		{"common", `goaccess:%h %^[%d:%t %^] "%r" %s %b`, []string{"user"}},
		{"combined", combinedSpec, nil},
		{"combined", `LogFormat "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"" combined`, nil},
		{"combined", `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"`, nil},
		{"combined", `%h %^[%d:%t %^] "%r" %s %b "%R" "%u"`, []string{"user"}},
		{"vhost_combined", `%v:%p ` + combinedSpec, nil},
		{"squid", `%x %~%L %h %C/%s %b %m %U %e %^/%^ %^`, []string{"malformed"}},
		{"traefik_clf", `%h - %e [%d:%t %^] "%r" %s %b "%R" "%u" %^ "%^" "%^" %Lms`, nil},
	} {
		custom, err := Custom(c.spec)
		if err != nil {
			t.Errorf("%s: %v", c.spec, err)
			continue
		}
		read := 0
		corpus(t, func(path string, format Format, lines [][]byte) {
			if format.Name != c.name || filepath.Base(path) == "wild.log" { // by servers that follow no notation
				return
			}
			own, by := format.New(goldenOptions(t)), custom.New(goldenOptions(t))
			for _, line := range lines {
				var want, got event.Event
				want.Reset()
				got.Reset()
				if own.Parse(line, &want) != nil {
					continue
				}
				if strings.Contains(string(line), `bob [x]`) || strings.Contains(string(line), `/raw"quote`) || strings.Contains(string(line), "localhost 127") {
					continue // a notation is read to the letter
				}
				if r := by.Parse(line, &got); r != nil {
					t.Errorf("%s: %s: rejected: %+v", c.spec, line, *r)
					continue
				}
				read++
				for _, e := range []*event.Event{&want, &got} {
					if slices.Contains(c.blind, "user") {
						e.User = nil
					}
					e.Flags &^= event.BinaryText
					if e.More = nil; slices.Contains(c.blind, "malformed") && want.Flags&event.Malformed != 0 {
						e.Flags, e.Method, e.Path = event.Malformed, nil, nil
					}
					if len(e.User) == 2 && string(e.User) == `""` {
						e.User = nil
					}
				}
				if diff := cmp.Diff(want, got, sameEvent); diff != "" {
					t.Errorf("%s: %s (-own +notation):\n%s", c.spec, line, diff)
				}
			}
		})
		if read < 3 {
			t.Errorf("%s: only %d lines read", c.spec, read)
		}
	}
}

func TestErrorsOfCustomFormatsPointAtTheirPlace(t *testing.T) {
	for spec, want := range map[string]string{
		"":                                  "the format is empty: give a name, or a format string",
		"combned":                           `no format is called "combned": do you mean combined?`,
		`$remote_addr$status [$time_local]`: "nginx format, column 13: nothing stands between $remote_addr and $status, so nothing tells where one ends: put a space or a comma there\n  $remote_addr$status [$time_local]\n              ^",
		`$remote_addr $`:                    "nginx format, column 14: a variable has no name: write $name\n  $remote_addr $\n               ^",
		`${remote_addr $status`:             "nginx format, column 1: ${ is not closed: write ${name}\n  ${remote_addr $status\n  ^",
		`$remote_addr $status`:              "nginx format: there is no time in it: add $time_local (nginx), %t (Apache), or %d and %t, or %x (GoAccess)",
		`escape=xml $remote_addr`:           "nginx format, column 8: escape=xml is unknown: it is default, json or none\n  escape=xml $remote_addr\n         ^",
		`%h %l %Q %t`:                       "Apache format, column 7: %Q is no directive of LogFormat\n  %h %l %Q %t\n        ^",
		`%h %{Referer`:                      "Apache format, column 5: the brace is not closed: write %{…}i\n  %h %{Referer\n      ^",
		`%h %{min}T %t`:                     "Apache format, column 4: %{min}T has no such unit: it is s, ms or us\n  %h %{min}T %t\n     ^",
		`%h %{%Y-%j}t`:                      "Apache format, column 4: %j in %{%Y-%j}t is no conversion that can be read back\n  %h %{%Y-%j}t\n     ^",
		`%h %`:                              "Apache format, column 4: the format ends in the middle of a directive\n  %h %\n     ^",
		`%d %t %z`:                          "GoAccess format, column 7: %z is no specifier of GoAccess\n  %d %t %z\n        ^",
		`%d %t ~h{, `:                       "GoAccess format, column 7: the brace is not closed: write ~h{, }\n  %d %t ~h{,\n        ^",
		`LogFormat "%h %t`:                  "LogFormat: the quote is not closed",
	} {
		_, err := Custom(spec)
		got := "no error"
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q:\ngot  %s\nwant %s", spec, got, want)
		}
	}
	if _, err := Custom("something else entirely"); err == nil || !strings.Contains(err.Error(), "the names are caddy,") {
		t.Errorf("got %v", err)
	}
}

const nginxConf = `
user www-data; # a comment; with a semicolon
include /etc/nginx/modules-enabled/*.conf;
http {
    log_format main '$remote_addr - $remote_user [$time_local] "$request" '
                    '$status $body_bytes_sent "$http_referer" '
                    '"$http_user_agent" $request_time';
    log_format api escape=json '{"time":"$time_iso8601",'
        '"ip":"$remote_addr","uri":"$request_uri","status":$status}';
    log_format broken '$remote_addr$status $time_local';
    access_log /var/log/nginx/access.log;
    map $status $loggable { ~^[23] 0; default 1; }
    server {
        listen 80; server_name "a b";
        access_log "/var/log/nginx/${host}.log" main buffer=32k if=$loggable;
        location /api { access_log logs/api.log api; }
        location /quiet { access_log off; }
        location /far { access_log syslog:server=192.0.2.1 main; }
        location /plain { access_log /var/log/nginx/plain.log buffer=8k; }
    }
    include /etc/nginx/conf.d/*.conf;
}
`

func TestFormatsAreReadFromAnNginxConfiguration(t *testing.T) {
	got, err := FromNginxConf([]byte(nginxConf))
	wantErr := "line 10: log_format broken: nginx format, column 13: nothing stands between $remote_addr and $status, so nothing tells where one ends: put a space or a comma there\n  $remote_addr$status $time_local\n              ^"
	if err == nil || err.Error() != wantErr {
		t.Errorf("got error  %v\nwant error %s", err, wantErr)
	}
	wantLogs := []NginxLog{
		{"/var/log/nginx/access.log", "combined"},
		{"/var/log/nginx/${host}.log", "main"},
		{"logs/api.log", "api"},
		{"/var/log/nginx/plain.log", "combined"},
	}
	if diff := cmp.Diff(wantLogs, got.Logs); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"/etc/nginx/modules-enabled/*.conf", "/etc/nginx/conf.d/*.conf"}, got.Includes); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"api", "combined", "main"}, slices.Sorted(maps.Keys(got.Formats))); diff != "" {
		t.Error(diff)
	}
	for name, line := range map[string]string{
		"main": `203.0.113.7 - - [21/Nov/2026:06:53:01 +0100] "GET / HTTP/1.1" 200 612 "-" "curl/8" 0.003`,
		"api":  `{"time":"2026-11-21T06:53:01+01:00","ip":"203.0.113.7","uri":"/","status":200}`,
	} {
		var e event.Event
		e.Reset()
		if r := got.Formats[name].New(Options{}).Parse([]byte(line), &e); r != nil || e.Status != 200 || string(e.Path) != "/" {
			t.Errorf("%s: %v, %+v", name, r, e)
		}
	}
	if _, err := FromNginxConf([]byte("log_format x 'never closed")); err == nil || err.Error() != "line 1: the quote is not closed" {
		t.Errorf("got %v", err)
	}
}

// FuzzCustom gives any format and any line to the reader of formats.
func FuzzCustom(f *testing.F) {
	corpus(f, func(path string, format Format, lines [][]byte) {
		if format.Name == "custom" {
			_, spec, _ := strings.Cut(format.Title, " format ")
			for _, line := range lines {
				f.Add(spec, line)
			}
		}
	})
	f.Add(nginxConf, []byte("x"))
	f.Add("%t", []byte("[21/Nov/2026:06:53:01 +0100]"))
	f.Add("%x", []byte("21/Nov/2026:06:53:01 +0100"))
	options := goldenOptions(f)
	f.Fuzz(func(t *testing.T, spec string, line []byte) {
		FromNginxConf([]byte(spec))
		format, err := Custom(spec)
		if err != nil {
			return
		}
		checkParser(t, spec, format.New(options), line)
	})
}
