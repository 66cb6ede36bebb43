package archive

import (
	"regexp"
	"strings"
	"sync"
	"time"
)

// Name is a log file's name that says in UTC when the file was begun, as in
// haproxy-20130704T0000Z-us-west-2.log: prefix, time, an optional suffix that
// starts with a dash, extension.
type Name struct {
	Prefix string
	Time   time.Time
	Suffix string // without its dash
	Ext    string // with its dot
}

// iso is logjam's grammar, with seconds allowed. The last time in a name counts.
var iso = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?s)^(.+)-(\d{4})-?(\d\d)-?(\d\d)T(\d\d):?(\d\d)(?::?(\d\d))?Z(?:-([^.]+))?(\..+)$`)
})

// ParseName takes a file's name apart; ok is false where it does not say a time.
func ParseName(name string) (n Name, ok bool) {
	m := iso().FindStringSubmatch(name)
	if m == nil {
		return Name{}, false
	}
	seconds := m[7]
	if seconds == "" {
		seconds = "00"
	}
	at, err := time.Parse("20060102150405", m[2]+m[3]+m[4]+m[5]+m[6]+seconds)
	if err != nil {
		return Name{}, false
	}
	return Name{Prefix: m[1], Time: at, Suffix: m[8], Ext: m[9]}, true
}

// String is the name in the basic form of ISO 8601.
func (n Name) String() string {
	layout := "20060102T1504Z"
	if n.Time.Second() != 0 {
		layout = "20060102T150405Z"
	}
	text := n.Prefix + "-" + n.Time.UTC().Format(layout)
	if n.Suffix != "" {
		text += "-" + n.Suffix
	}
	return text + n.Ext
}

// group is what the names of one writer's files have in common.
type group struct{ prefix, suffix, ext string }

func (n Name) group() group { return group{n.Prefix, n.Suffix, n.Ext} }

// withSuffix adds to the suffix.
func (n Name) withSuffix(s string) Name {
	if n.Suffix != "" {
		s = n.Suffix + "-" + s
	}
	n.Suffix = s
	return n
}

// rotated is what logrotate makes: access.log.1, access.log-20261121,
// access.log-20261121-1795249920, each with or without a compressor's ending.
var rotated = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?s)^(.+?)(?:\.(\d{1,4})|-(\d{8})(?:-?\d{2,10})?)(\.gz|\.zst)?$`)
})

// parseRotated returns the name that the file had while it was written.
func parseRotated(name string) (base string, ok bool) {
	m := rotated().FindStringSubmatch(name)
	if m == nil || strings.HasPrefix(name, ".") {
		return "", false
	}
	if m[3] != "" {
		if _, err := time.Parse("20060102", m[3]); err != nil {
			return "", false
		}
	}
	return m[1], true
}

// stemOf splits the name of a file that says no time: access.log.2.gz is
// access and .log.
func stemOf(name string) (prefix, ext string) {
	name = withoutCodec(name)
	if base, ok := parseRotated(name); ok {
		name = base
	}
	dot := strings.LastIndexByte(name, '.')
	if dot <= 0 || len(name)-dot > 8 {
		return name, ".log"
	}
	return name[:dot], name[dot:]
}

// withoutCodec drops a compressor's ending.
func withoutCodec(name string) string {
	for _, c := range Codecs {
		if c.Ext != "" {
			if cut, ok := strings.CutSuffix(name, c.Ext); ok && cut != "" {
				return cut
			}
		}
	}
	return name
}

// logLike are the names that the rule by age takes: a directory of logs holds
// other things too.
func logLike(name string) bool {
	if strings.Contains(name, ".log") {
		return true
	}
	for _, ext := range []string{".jsonl", ".ndjson"} {
		if strings.HasSuffix(withoutCodec(name), ext) {
			return true
		}
	}
	return false
}
