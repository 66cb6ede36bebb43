//go:build race

package ingest

import "flag"

// The race detector looks for races, which few random cases show as well as many,
// and takes ten times as long for each.
var _ = flag.Set("rapid.checks", "10")
