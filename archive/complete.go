package archive

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"weir/archive/report"
)

// Rules say when a log file is complete. The zero value works.
type Rules struct {
	After  time.Duration // age of a file whose name says neither a time nor a rotation; default 7 days
	Settle time.Duration // how long a file must not have changed; default 2 minutes
	Hour   time.Duration // age of a file's named time without a newer sibling; default 65 minutes
	All    bool          // every log is complete as soon as no one writes to it
	Skew   time.Duration // how far in the future a sibling's time may be to count; default 5 minutes
}

func (r Rules) withDefaults() Rules {
	set := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	set(&r.After, 7*24*time.Hour)
	set(&r.Settle, 2*time.Minute)
	set(&r.Hour, 65*time.Minute)
	set(&r.Skew, 5*time.Minute)
	return r
}

// Verdict is what the rules say of a file.
type Verdict struct {
	Name     string
	Complete bool
	Reason   string // why, or why not
}

// candidate is what the rules look at.
type candidate struct {
	name     string
	modified time.Time
}

// judge applies the rules to the files of one directory; the result is sorted by
// name, and by time within a writer's files. Whether someone still writes to a
// file is for the caller to find out.
func judge(files []candidate, r Rules, now time.Time) []Verdict {
	r = r.withDefaults()
	newest := make(map[group]time.Time)
	for _, f := range files {
		// A clock that runs ahead must not complete the file that is being written.
		if n, ok := ParseName(f.name); ok && !n.Time.After(now.Add(r.Skew)) && n.Time.After(newest[n.group()]) {
			newest[n.group()] = n.Time
		}
	}
	verdicts := make([]Verdict, 0, len(files))
	for _, f := range files {
		v := Verdict{Name: f.name}
		age := now.Sub(f.modified)
		n, named := ParseName(f.name)
		_, turned := parseRotated(f.name)
		switch {
		case r.All && (named || turned || logLike(f.name)):
			v.Complete, v.Reason = true, "it is packed"
		case named && newest[n.group()].After(n.Time):
			v.Complete, v.Reason = true, "a newer file of its writer is there"
		case named && now.Sub(n.Time) > r.Hour:
			v.Complete, v.Reason = true, "its time is over an hour ago"
		case named && n.Time.After(now.Add(r.Skew)):
			v.Reason = "its name says a time in the future"
		case named:
			v.Reason = "its hour is not over"
		case turned:
			v.Complete, v.Reason = true, "it was rotated"
		case logLike(f.name) && age >= r.After:
			v.Complete, v.Reason = true, "it is older than "+days(r.After)
		case logLike(f.name):
			v.Reason = "it is not older than " + days(r.After)
		default:
			v.Reason = "no rule says when it is complete: its name has no time, no rotation and no .log"
		}
		switch {
		case !v.Complete || r.All:
		case age < -r.Skew:
			v.Complete, v.Reason = false, "its last change is in the future: a clock is wrong"
		case age < r.Settle:
			v.Complete, v.Reason = false, fmt.Sprintf("it changed less than %s ago", r.Settle)
		}
		verdicts = append(verdicts, v)
	}
	slices.SortFunc(verdicts, func(a, b Verdict) int { return strings.Compare(sortKey(a.Name), sortKey(b.Name)) })
	return verdicts
}

// sortKey orders as logjam does: prefix, time, suffix, extension.
func sortKey(name string) string {
	if n, ok := ParseName(name); ok {
		return strings.Join([]string{n.Prefix, n.Time.Format("20060102150405"), n.Suffix, n.Ext}, "\x00")
	}
	return name
}

func days(d time.Duration) string {
	if d >= 24*time.Hour && d%(24*time.Hour) == 0 {
		return report.Many(int64(d/(24*time.Hour)), "day")
	}
	return d.String()
}
