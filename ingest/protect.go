package ingest

import (
	"fmt"
	"runtime/debug"
)

// Protect turns a panic of run into its error, so that whoever owns the
// terminal gets to restore it before the program ends.
func Protect(run func() error) func() error {
	return func() (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("weir has a bug, please report it: %v\n%s", p, debug.Stack())
			}
		}()
		return run()
	}
}

// caught is what recover returned, with where it was, for the goroutine that is to panic instead;
// nil where nothing panicked.
func caught(p any) any {
	if p == nil {
		return nil
	}
	return fmt.Sprintf("%v\n%s", p, debug.Stack())
}
