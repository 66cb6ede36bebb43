package format

import (
	"fmt"
	"strings"
)

// goaccessSpecifiers are those of GoAccess' --log-format.
var goaccessSpecifiers = map[byte]step{
	'x': {role: roleTime}, 't': {role: roleHour}, 'd': {role: roleDate},
	'v': {role: roleHost}, 'e': {role: roleUser}, 'C': {role: roleCache}, 'h': {role: roleClient},
	'r': {role: roleRequest}, 'm': {role: roleMethod}, 'U': {role: roleTarget}, 'q': {role: roleQuery}, 'H': {role: roleProto},
	's': {role: roleStatus}, 'b': {role: roleBytes}, 'R': {role: roleReferrer}, 'u': {role: roleAgent},
	'K': {role: roleTLSVersion}, 'k': {role: roleTLSCipher}, 'M': {name: "http.response.header.content-type"},
	'D': {role: roleDuration, unit: micros}, 'T': {role: roleDuration, unit: seconds},
	'L': {role: roleDuration, unit: millis}, 'n': {role: roleDuration, unit: 1},
	'E': {name: "user_agent.hash"}, '^': {role: roleIgnored},
}

// goaccessFields reads a format of GoAccess. Layouts of date and time are told
// from the lines, so GoAccess' --date-format and --time-format are not needed.
func goaccessFields(spec string) (*program, error) {
	p := &program{}
	var literal strings.Builder
	for i := 0; i < len(spec); {
		c := spec[i]
		start := i
		switch {
		case c == '\\' && i+1 < len(spec):
			if i++; spec[i] == 't' {
				literal.WriteByte('\t')
			} else {
				literal.WriteByte(spec[i])
			}
			i++
			continue
		case c == '~' && strings.HasPrefix(spec[i:], "~h{"):
			n := strings.IndexByte(spec[i:], '}')
			if n < 0 {
				return nil, specError{i, "the brace is not closed: write ~h{, }"}
			}
			i += n + 1
			p.add(&literal, step{role: roleClients, list: true, at: start, text: spec[start:i]})
			continue
		case c != '%':
			literal.WriteByte(c)
			i++
			continue
		}
		if i += 2; i > len(spec) {
			return nil, specError{start, "the format ends in the middle of a specifier"}
		}
		letter := spec[i-1]
		if letter == '~' { // white space
			p.loose = true
			if s := literal.String(); s == "" || s[len(s)-1] != ' ' {
				literal.WriteByte(' ')
			}
			continue
		}
		if letter == '%' {
			literal.WriteByte('%')
			continue
		}
		s, ok := goaccessSpecifiers[letter]
		if !ok {
			return nil, specError{start, fmt.Sprintf("%%%c is no specifier of GoAccess", letter)}
		}
		n := len(p.steps)
		if letter == '^' && n > 0 && p.steps[n-1].role == roleHour && strings.TrimLeft(literal.String(), " ") == "" {
			s.role = roleZone // what is skipped behind the time is its offset
		}
		s.at, s.text = start, spec[start:i]
		p.add(&literal, s)
	}
	p.after = literal.String()
	for i := range p.steps {
		// %U is a path where %q has the query.
		if p.steps[i].role == roleQuery {
			for j := range p.steps {
				if p.steps[j].role == roleTarget {
					p.steps[j].role = rolePath
				}
			}
		}
	}
	dropDoubles(p)
	return p, nil
}
