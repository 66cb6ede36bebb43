package format

import "bytes"

// continued tells a line that goes on with the record before it, as the lines of a stack trace do: it is
// indented, or how runtimes write a trace.
func continued(line []byte) bool {
	if indented(line) {
		return true
	}
	if len(line) == 0 || len(line) > 1<<16 {
		return false
	}
	switch line[0] {
	case 'C', 'D', 'E', 'S', 'T', 'a', 'c', 'g', 'p', '#', '[', '.', '}', ']', ')', '{', '"', '-', '*':
		for _, head := range traceHeads {
			if bytes.HasPrefix(line, head) {
				return true
			}
		}
		if len(bytes.TrimLeft(line, "}])>\",; ")) == 0 { // the end of a value printed over several lines
			return true
		}
	}
	return exception(line) || goFunction(line)
}

// goFunction tells the name of a function in a trace of Go: "main.main()", "go.example.com/shop/cart.(*Cart).Add".
func goFunction(line []byte) bool {
	if bytes.HasPrefix(line, []byte("main.")) {
		return true
	}
	slash := bytes.LastIndexByte(line[:len(line)-len(bytes.TrimLeft(line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./~"))], '/')
	return slash > 0 && bytes.IndexByte(line[slash:], '.') > 0 && bytes.IndexByte(line[:slash], '.') > 0 && line[0] != '/' && line[0] != '.' && !bytes.ContainsAny(line, " \t")
}

// indented tells text behind white space, which no format but JSON begins with.
func indented(line []byte) bool {
	if len(line) < 2 || line[0] != '\t' && line[0] != ' ' {
		return false
	}
	rest := bytes.TrimLeft(line, " \t")
	return len(rest) > 0 && rest[0] != '{' && rest[0]-'0' > 9
}

// traceHeads are what the lines of traces begin with that are not indented.
var traceHeads = [][]byte{
	[]byte("Caused by: "), []byte("Suppressed: "), []byte("Exception in thread "), []byte("at "), []byte("... "), // Java
	[]byte("Traceback (most recent call last):"), []byte("During handling of the above exception"), []byte("The above exception was the direct cause"), // Python
	[]byte("Stack trace:"), []byte("[stacktrace]"), []byte("[previous exception]"), []byte("#0 "), []byte("#1 "), []byte("#2 "), // PHP
	[]byte("goroutine "), []byte("created by "), []byte("panic("), []byte("--- "),
	[]byte("** ("), // Elixir
	[]byte("--> "), // VMware
}

// exception tells the name of a class that is thrown, and what it says: "java.io.IOException: …".
func exception(line []byte) bool {
	n := 0
	for n < len(line) && n < 128 && (wordByte(line[n]) || line[n] == '.' || line[n] == '$' || line[n] == '\\') {
		n++
	}
	if n < len("KeyError") || n < len(line) && line[n] != ':' {
		return false
	}
	name := line[:n]
	return bytes.HasSuffix(name, []byte("Exception")) || bytes.HasSuffix(name, []byte("Error")) || bytes.HasSuffix(name, []byte("Throwable"))
}
