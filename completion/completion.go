// Package completion writes the scripts by which shells complete a command line.
package completion

// Scripts are the writers of the scripts, by the name of the shell. Each takes what
// can be completed after each command, the one without a name first.
var Scripts = map[string]func([]Command) string{"bash": bash, "zsh": zsh, "fish": fish}

// Kind is what follows a flag, or stands as an argument.
type Kind uint8

// The kinds of values.
const (
	Nothing Kind = iota
	Words        // one of those offered, or another
	Files
	Directories
)

// Command is what can be completed after one command.
type Command struct {
	Path     string // its words; "" is the command that needs no name
	Help     string
	Commands []Command // below it, of which only Path and Help matter
	Flags    []Flag
	Argument Flag // every argument is completed like the first
}

// Flag is a flag with its value, or an argument.
type Flag struct {
	Name, Help string // the name with its hyphens
	Switches   bool   // it takes no value
	Kind       Kind
	Offers     []string
}
