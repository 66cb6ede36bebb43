package format

import (
	"errors"
	"fmt"
	"strings"
)

// NginxConf is what an nginx configuration says of its access logs.
type NginxConf struct {
	Formats  map[string]Format // by the name that log_format gives; "combined" is always there
	Logs     []NginxLog        // in the order they stand
	Includes []string          // the patterns of include directives, not followed
}

// NginxLog is an access_log that is written to a file.
type NginxLog struct {
	Path   string // as written, also relative to the prefix or with variables
	Format string // the name of its format
}

// FromNginxConf reads the log_format and access_log directives of an nginx
// configuration. It does not follow include directives: that is the caller's,
// who can read files. Formats that cannot be compiled are left out and named in
// the error, beside which the rest is good.
func FromNginxConf(conf []byte) (NginxConf, error) {
	all := NginxConf{Formats: map[string]Format{"combined": combined}}
	var wrong []error
	words := []string{}
	line, began := 1, 1
	take := func() {
		switch {
		case len(words) < 2:
		case words[0] == "log_format" && len(words) > 2:
			spec := strings.Join(words[2:], "")
			if strings.HasPrefix(words[2], "escape=") {
				spec = words[2] + " " + strings.Join(words[3:], "")
			}
			f, err := custom("nginx", spec, nginxFields)
			if err != nil {
				wrong = append(wrong, fmt.Errorf("line %d: log_format %s: %w", began, words[1], err))
				break
			}
			f.Name = words[1]
			all.Formats[f.Name] = f
		case words[0] == "access_log" && words[1] != "off" && !strings.HasPrefix(words[1], "syslog:"):
			log := NginxLog{Path: words[1], Format: "combined"}
			if len(words) > 2 && !strings.Contains(words[2], "=") {
				log.Format = words[2]
			}
			all.Logs = append(all.Logs, log)
		case words[0] == "include":
			all.Includes = append(all.Includes, words[1])
		}
		words = words[:0]
	}
	for i := 0; i < len(conf); {
		switch c := conf[i]; {
		case c == '\n':
			line++
			i++
		case c == ' ' || c == '\t' || c == '\r':
			i++
		case c == '#':
			for i < len(conf) && conf[i] != '\n' {
				i++
			}
		case c == ';' || c == '{' || c == '}':
			take()
			i++
		default:
			if len(words) == 0 {
				began = line
			}
			word, n, lines := nginxWord(conf[i:])
			if n == 0 {
				wrong = append(wrong, fmt.Errorf("line %d: the quote is not closed", line))
				return all, errors.Join(wrong...)
			}
			words = append(words, word)
			i += n
			line += lines
		}
	}
	if len(words) > 0 && words[0] == "log_format" {
		take() // a directive copied without its semicolon
	}
	return all, errors.Join(wrong...)
}

// nginxWord reads a word, quoted or not, at the start of b. It returns its
// length, 0 when a quote is not closed, and the line ends in it.
func nginxWord(b []byte) (word string, n, lines int) {
	var out []byte
	quote := byte(0)
	if b[0] == '"' || b[0] == '\'' {
		quote = b[0]
		n = 1
	}
	for ; n < len(b); n++ {
		c := b[n]
		switch {
		case c == '\\' && n+1 < len(b):
			n++
			switch b[n] {
			case 't':
				c = '\t'
			case 'r':
				c = '\r'
			case 'n':
				c = '\n'
			case '"', '\'', '\\':
				c = b[n]
			default:
				out = append(out, '\\')
				c = b[n]
			}
		case quote != 0 && c == quote:
			return string(out), n + 1, lines
		case quote == 0 && (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ';'):
			return string(out), n, lines
		case quote == 0 && c == '$' && n+1 < len(b) && b[n+1] == '{':
			out = append(out, '$')
			n++
			c = '{'
		case quote == 0 && (c == '{' && (len(out) == 0 || out[len(out)-1] != '$')):
			return string(out), n, lines
		}
		if c == '\n' {
			lines++
		}
		out = append(out, c)
	}
	if quote != 0 {
		return "", 0, 0
	}
	return string(out), n, lines
}
