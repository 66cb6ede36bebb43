package format

import "strings"

// Formats are the formats that are told apart, the most telling first: where
// two explain a line, the earlier is the right one.
var Formats = []Format{
	caddy,
	traefikJSON,
	gcpJSON,
	ecsJSON,
	nginxJSON,
	jsonl,
	combined,
	vhostCombined,
	csvLog,
	common,
	vhostCommon,
	logfmt,
}

// aliases are other names that people know a format by: nginx's, Apache's and GoAccess' own.
var aliases = map[string]string{
	"clf":       "common",
	"vcombined": "vhost_combined",
	"vcommon":   "vhost_common",
	"json":      "jsonl",
	"ndjson":    "jsonl",
}

// Lookup returns the format of that name. Letter case does not matter, and the
// names of GoAccess' presets are understood.
func Lookup(name string) (Format, bool) {
	name = strings.ReplaceAll(strings.ToLower(name), "-", "_")
	if other, ok := aliases[name]; ok {
		name = other
	}
	for _, f := range Formats {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}
