package archive

import (
	"strings"
	"testing"
	"time"

	"weir/archive/bucket"
)

func TestKeysAreMadeFromATemplate(t *testing.T) {
	n, _ := ParseName("haproxy-20130704T0203Z-us-west-2.log")
	f := Fields{Name: n, Filename: "haproxy-20130704T0203Z-us-west-2.log.gz", Host: "web1", Hash: "0123abcd"}
	for text, want := range map[string]string{
		"{prefix}/{year}/{month}/{day}/{filename}": "haproxy/2013/07/04/haproxy-20130704T0203Z-us-west-2.log.gz",
		"":         "haproxy/2013/07/04/haproxy-20130704T0203Z-us-west-2.log.gz",
		"logs/web": "logs/web/haproxy/2013/07/04/haproxy-20130704T0203Z-us-west-2.log.gz",
		"app={prefix}/dt={year}-{month}-{day}/{hour}{minute}/{host}/{suffix}/{hash}/{filename}": "app=haproxy/dt=2013-07-04/0203/web1/us-west-2/0123abcd/haproxy-20130704T0203Z-us-west-2.log.gz",
		"{prefix}/{year}/{month}{/{day}/{filename}":                                             "haproxy/2013/07/04/haproxy-20130704T0203Z-us-west-2.log.gz",
	} {
		same(t, want, template(t, text).Key(f))
	}
}

func TestATemplateSaysWhatItLacks(t *testing.T) {
	for text, want := range map[string]string{
		"{year}/{month}/{day}/{filename}":           "the archive URI lacks mandatory fields: {prefix}",
		"{prefix}/{month}/{day}/{filename}":         "the archive URI lacks mandatory fields: {year}",
		"{prefix}/{year}/{day}/{filename}":          "the archive URI lacks mandatory fields: {month}",
		"{prefix}/{year}/{month}/{filename}":        "the archive URI lacks mandatory fields: {day}",
		"{year}/{month}/{day}":                      "the archive URI lacks mandatory fields: {prefix}, {filename}",
		"{prefix}/{colour}/{filename}":              "the archive URI has the field {colour}, which is not known: use " + fieldNames(),
		"{prefix}/{year":                            "the archive URI has an unmatched brace at \"{year\": write {prefix}/{year}/{month}/{day}/{filename}",
		"{prefix}/{":                                "the archive URI has an unmatched brace at \"{\": write {prefix}/{year}/{month}/{day}/{filename}",
		"{prefix}/{month}{{/{day}":                  "the archive URI has an unmatched brace at \"{/{day}\": write {prefix}/{year}/{month}/{day}/{filename}",
		"prefix}/{year}":                            "the archive URI has an unmatched brace at \"}/{year}\": write {prefix}/{year}/{month}/{day}/{filename}",
		"{filename}/{prefix}/{year}/{month}/{day}":  "the archive URI must end in /{filename}, it is \"{filename}/{prefix}/{year}/{month}/{day}\"",
		"{prefix}/{year}/{month}/{day}/x{filename}": "the archive URI must end in /{filename}, it is \"{prefix}/{year}/{month}/{day}/x{filename}\"",
	} {
		_, err := ParseTemplate(text)
		if err == nil {
			t.Errorf("%q was taken", text)
			continue
		}
		same(t, want, err.Error())
	}
	for _, text := range []string{"../{prefix}/{year}/{month}/{day}/{filename}", "/{prefix}/{year}/{month}/{day}/{filename}", "a//{prefix}/{year}/{month}/{day}/{filename}"} {
		if _, err := ParseTemplate(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func TestHostileNamesMakeHarmlessKeys(t *testing.T) {
	for _, name := range []string{"..", "a\x00b", "a\nb.log", "\xff\xfe.log", "a\\b", "a%41", "日本.log", strings.Repeat("x", 200) + ".log"} {
		f := Fields{Name: Name{Prefix: name, Time: noon}, Filename: safe(name), Host: name}
		if err := bucket.CheckKey(template(t, "{host}/{prefix}/{year}/{month}/{day}/{filename}").Key(f)); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	same(t, "a%2541", safe("a%41"))
	same(t, "日本", safe("日本"))
}

func TestADateOverlapsWhatItCovers(t *testing.T) {
	since, until := utc("2026-11-14T12:00:00"), utc("2026-12-02T00:00:00")
	for d, want := range map[span]bool{
		{}: true, {year: "2026"}: true, {year: "2025"}: false, {year: "2026", month: "11"}: true, {year: "2026", month: "10"}: false,
		{year: "2026", month: "11", day: "13"}: false, {year: "2026", month: "11", day: "14"}: true, {year: "2026", month: "12", day: "02"}: true,
		{year: "2026", month: "12", day: "03"}: false, {month: "01"}: true,
	} {
		same(t, want, d.overlaps(since, until))
	}
}

func TestAManifestsKeySaysWhenItsLinesEnd(t *testing.T) {
	m := Manifest{Key: "a/b.log.zst", First: noon.Unix(), Last: noon.Add(time.Hour + time.Second).Unix()}
	same(t, "a/b.log.zst.20261120T1301Z.weir", m.manifestKey())
	object, last, ok := parseManifestKey(m.manifestKey())
	same(t, "a/b.log.zst", object)
	same(t, true, ok && last.Equal(noon.Add(61*time.Minute)))
	if _, _, ok := parseManifestKey("a/b.log.zst"); ok {
		t.Error("an object was taken for a manifest")
	}
}

// FuzzTemplate holds that a walk finds the folders that a template makes.
func FuzzTemplate(f *testing.F) {
	f.Add("{prefix}/{year}/{month}/{day}/{filename}", "haproxy")
	f.Add("app={prefix}/dt={year}-{month}-{day}/{host}{suffix}/{filename}", "a-b.c")
	f.Add("x{/{prefix}{year}{month}{day}/{hash}/{filename}", "..")
	f.Fuzz(func(t *testing.T, text, prefix string) {
		tpl, err := ParseTemplate(text)
		if err != nil || prefix == "" || len(prefix) > 50 {
			return
		}
		key := tpl.Key(Fields{Name: Name{Prefix: prefix, Time: noon}, Filename: "f", Hash: "0123abcd"})
		folders := strings.Split(key, "/")
		levels := tpl.levels()
		if len(folders) != len(levels)+1 {
			t.Fatalf("%q made %q, %d levels", text, key, len(levels))
		}
		for i, l := range levels {
			if l.literal != folders[i] && !l.pattern.MatchString(folders[i]) {
				t.Errorf("%q does not match %q", l.pattern, folders[i])
			}
		}
	})
}
