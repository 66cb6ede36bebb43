package panel

import "time"

// SetWindow changes the length of the window.
type SetWindow struct{ Span time.Duration }

// GoTo shows the window that ends at a unix second; 0 is now.
type GoTo struct{ At int64 }

// SetTheme changes the colours.
type SetTheme struct{ Name string }

// Quit ends the program.
type Quit struct{}

func (SetWindow) action() {}
func (GoTo) action()      {}
func (SetTheme) action()  {}
func (Quit) action()      {}
