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

// Vault wants something of the archive.
type Vault struct {
	Do VaultDo
	At int64 // of VaultGo: the unix second at which the window is to end
}

func (Vault) action() {}

// VaultDo is what is wanted of the archive; each but VaultGo asks first.
type VaultDo uint8

// What can be wanted.
const (
	VaultArchive VaultDo = iota // archive what is complete
	VaultPlan                   // only say what that would do
	VaultRestore                // bring days back
	VaultClean                  // delete what was brought back
	VaultGo                     // show a moment on the overview
)
