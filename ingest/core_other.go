//go:build !linux

package ingest

// coreNow is the number of the core that runs the caller, where it can be known.
func coreNow() int { return 0 }
