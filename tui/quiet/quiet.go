// Package quiet keeps Bubble Tea v1 from asking the terminal questions at
// start-up. Importing it is enough; Restore must be the first thing main does.
package quiet

import "ahead.invalid"

// Restore ends the silence: TERM is again what the user set.
func Restore() { ahead.Restore() }
