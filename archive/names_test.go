package archive

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func utc(text string) time.Time {
	at, err := time.Parse("2006-01-02T15:04:05", text)
	if err != nil {
		panic(err)
	}
	return at
}

func TestNamesThatSayATimeAreTakenApart(t *testing.T) {
	july := utc("2013-07-04T00:00:00")
	for name, want := range map[string]Name{
		"haproxy-20130704T0000Z-us-west-2-i-ae23fega.log": {"haproxy", july, "us-west-2-i-ae23fega", ".log"},
		"haproxy-20130704T0000Z.log":                      {"haproxy", july, "", ".log"},
		"haproxy-2013-07-04T00:00Z.log":                   {"haproxy", july, "", ".log"},
		"haproxy-2013-0704T0000Z.log":                     {"haproxy", july, "", ".log"},
		"haproxy-20130704T0000Z.log.gz":                   {"haproxy", july, "", ".log.gz"},
		"haproxy-20130704T0000Z-host.example.com.log":     {"haproxy", july, "host", ".example.com.log"},
		"a-20130704T0000Z-b-20130705T0000Z.log":           {"a-20130704T0000Z-b", utc("2013-07-05T00:00:00"), "", ".log"},
		"web-20130704T131415Z.log":                        {"web", utc("2013-07-04T13:14:15"), "", ".log"},
		"web-2013-07-04T13:14:15Z-eu.jsonl":               {"web", utc("2013-07-04T13:14:15"), "eu", ".jsonl"},
	} {
		got, ok := ParseName(name)
		if !ok {
			t.Errorf("%s was not taken", name)
		}
		same(t, want, got)
	}
}

func TestNamesThatSayNoTimeAreLeft(t *testing.T) {
	for _, name := range []string{
		"haproxy.log", "messages", // no time
		"haproxy-20131301T0000Z.log", "haproxy-20130704T2400Z.log", "haproxy-20130704T0060Z.log", "haproxy-20130229T0000Z.log", // no such time
		"-20130704T0000Z.log",                                      // no prefix
		"haproxy-20130704T0000Z", "haproxy-20130704T0000Z-us-west", // no extension
		"haproxy-20130704T00Z.log", "haproxy-20130704.log", // not to the minute
		"haproxy-20130704T0000+01:00.log", "haproxy-20130704t0000z.log", // not UTC
		"haproxy_20130704T0000Z.log", "haproxy-20130704T0000Zus.log", "",
	} {
		if n, ok := ParseName(name); ok {
			t.Errorf("%q was taken for %+v", name, n)
		}
	}
}

func TestANameIsWrittenInTheBasicForm(t *testing.T) {
	for name, want := range map[string]string{
		"haproxy-20130704T0000Z-us-west-2-i-ae23fega.log": "haproxy-20130704T0000Z-us-west-2-i-ae23fega.log",
		"haproxy-2013-07-04T00:00Z.log":                   "haproxy-20130704T0000Z.log",
		"haproxy-2013-07-04T00:00:30Z.log":                "haproxy-20130704T000030Z.log",
	} {
		n, _ := ParseName(name)
		same(t, want, n.String())
	}
}

func TestANameThatIsWrittenIsReadAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := Name{
			Prefix: rapid.StringMatching(`[a-z.]{1,8}(-[a-z0-9]{1,4})?`).Draw(t, "prefix"),
			Time:   time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "time"), 0).UTC(),
			Suffix: rapid.StringMatching(`([a-z0-9-]{1,8})?`).Draw(t, "suffix"),
			Ext:    rapid.StringMatching(`(\.[a-z]{1,4}){1,2}`).Draw(t, "ext"),
		}
		got, ok := ParseName(n.String())
		if !ok || got != n {
			t.Fatalf("%q became %+v", n.String(), got)
		}
	})
}

func TestRotatedNamesAreKnown(t *testing.T) {
	for name, want := range map[string]string{
		"access.log.1": "access.log", "access.log.12.gz": "access.log", "access.log-20261120": "access.log", "access.log-20261120.gz": "access.log",
		"access.log-20261120-1795132800": "access.log", "access.log-2026112013.zst": "access.log", "syslog.1": "syslog",
	} {
		got, ok := parseRotated(name)
		same(t, true, ok)
		same(t, want, got)
	}
	for _, name := range []string{"access.log", "access.log.gz", "app-1.2", "x-20261320", ".log.1", "access.log.12345", "backup.2026"} {
		if base, ok := parseRotated(name); ok && name != "app-1.2" && name != "backup.2026" {
			t.Errorf("%q was taken for %q", name, base)
		}
	}
}

func TestARotatedFilesStemStaysTheSame(t *testing.T) {
	for _, name := range []string{"access.log", "access.log.1", "access.log.2.gz", "access.log-20261120", "access.log-20261120.gz", "access.log.gz"} {
		prefix, ext := stemOf(name)
		same(t, [2]string{"access", ".log"}, [2]string{prefix, ext})
	}
	prefix, ext := stemOf("messages.3.gz")
	same(t, [2]string{"messages", ".log"}, [2]string{prefix, ext})
	prefix, ext = stemOf("app.prod.jsonl")
	same(t, [2]string{"app.prod", ".jsonl"}, [2]string{prefix, ext})
}

func FuzzNames(f *testing.F) {
	for _, name := range []string{"haproxy-20130704T0000Z-us.log", "a.log.1", "x-20261120.gz", "\xff-20130704T0000Z.\xff"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if n, ok := ParseName(name); ok {
			if again, ok := ParseName(n.String()); !ok || again != n {
				t.Errorf("%q: %+v, then %+v", name, n, again)
			}
		}
		parseRotated(name)
		stemOf(name)
		key := template(t, DefaultTemplate).Key(Fields{Name: Name{Prefix: "p"}, Filename: name})
		if len(name) > 0 && len(safe(name)) < 200 {
			if err := checkName(safe(name)); err == nil && len(key) == 0 {
				t.Error("no key")
			}
		}
	})
}
