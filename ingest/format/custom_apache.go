package format

import (
	"errors"
	"fmt"
	"strings"
)

// apacheDirectives are those of mod_log_config without an argument.
var apacheDirectives = map[byte]step{
	'h': {role: roleClient}, 'a': {role: roleClient}, 'A': {name: "server.ip"}, 'l': {name: "identity"},
	'u': {role: roleUser}, 't': {role: roleBracket}, 'r': {role: roleRequest},
	's': {role: roleStatus}, 'b': {role: roleBytes}, 'B': {role: roleBytes}, 'O': {role: roleBytes},
	'D': {role: roleDuration, unit: micros}, 'T': {role: roleDuration, unit: seconds},
	'v': {role: roleHost}, 'V': {role: roleHost}, 'm': {role: roleMethod}, 'U': {role: rolePath}, 'q': {role: roleQuery},
	'H': {role: roleProto}, 'f': {name: "file"}, 'I': {name: "bytes_received"}, 'S': {name: "bytes_transferred"},
	'k': {name: "keepalive_requests"}, 'L': {name: "error_log_id"}, 'p': {name: "server.port"}, 'P': {name: "pid"},
	'R': {name: "handler"}, 'X': {name: "connection_status"},
}

// apacheHeaders are the request headers that an Event has a place for.
var apacheHeaders = map[string]role{
	"referer": roleReferrer, "user-agent": roleAgent, "host": roleHost, "x-forwarded-for": roleForwarded,
}

// apacheFields reads the format of a LogFormat directive.
func apacheFields(spec string) (*program, error) {
	p := &program{}
	var literal strings.Builder
	for i := 0; i < len(spec); {
		c := spec[i]
		if c == '\\' && i+1 < len(spec) {
			switch spec[i+1] {
			case 'n':
				literal.WriteByte('\n')
			case 't':
				literal.WriteByte('\t')
			default: // \" and \\
				literal.WriteByte(spec[i+1])
			}
			i += 2
			continue
		}
		if c != '%' {
			literal.WriteByte(c)
			i++
			continue
		}
		start := i
		i++
		for i < len(spec) && (spec[i] == '>' || spec[i] == '<' || spec[i] == '!' || spec[i] == ',' || spec[i]-'0' <= 9) {
			i++
		}
		argument, has := "", false
		if i < len(spec) && spec[i] == '{' {
			n := strings.IndexByte(spec[i:], '}')
			if n < 0 {
				return nil, specError{i, "the brace is not closed: write %{…}i"}
			}
			argument, has = spec[i+1:i+n], true
			i += n + 1
		}
		if i == len(spec) {
			return nil, specError{start, "the format ends in the middle of a directive"}
		}
		letter := spec[i]
		i++
		if letter == '%' && !has {
			literal.WriteByte('%')
			continue
		}
		if letter == '^' && i+1 < len(spec) { // %{…}^ti and %{…}^to, trailers
			letter = 'o'
			i += 2
		}
		s, err := apacheStep(letter, argument, has)
		if err != nil {
			return nil, specError{start, err.Error()}
		}
		s.at, s.text = start, spec[start:i]
		// %U%q is the target: %q has its question mark.
		if n := len(p.steps); s.role == roleQuery && literal.Len() == 0 && n > 0 && p.steps[n-1].role == rolePath {
			p.steps[n-1].role = roleTarget
			continue
		}
		p.add(&literal, s)
	}
	p.after = literal.String()
	dropDoubles(p)
	return p, nil
}

// apacheStep is what a directive means.
func apacheStep(letter byte, argument string, has bool) (step, error) {
	if !has {
		s, ok := apacheDirectives[letter]
		if !ok {
			return s, fmt.Errorf("%%%c is no directive of LogFormat", letter)
		}
		return s, nil
	}
	lower := strings.ToLower(argument)
	switch letter {
	case 'i':
		return step{role: apacheHeaders[lower], name: "http.request.header." + lower}, nil
	case 'o':
		return step{name: "http.response.header." + lower}, nil
	case 'n', 'e', 'C':
		return step{name: argument}, nil
	case 'x':
		switch argument {
		case "SSL_PROTOCOL":
			return step{role: roleTLSVersion}, nil
		case "SSL_CIPHER":
			return step{role: roleTLSCipher}, nil
		}
		return step{name: argument}, nil
	case 'T':
		unit, ok := map[string]int64{"s": seconds, "ms": millis, "us": micros}[argument]
		if !ok {
			return step{}, fmt.Errorf("%%{%s}T has no such unit: it is s, ms or us", argument)
		}
		return step{role: roleDuration, unit: unit}, nil
	case 'a', 'h': // %{c}a, the address of the connection
		return step{role: roleClient}, nil
	case 'p', 'P':
		return step{name: map[byte]string{'p': "server.port", 'P': "pid"}[letter] + "." + argument}, nil
	case 't':
		return apacheTime(argument)
	}
	if s, ok := apacheDirectives[letter]; ok {
		return s, nil
	}
	return step{}, fmt.Errorf("%%{%s}%c is no directive of LogFormat", argument, letter)
}

// apacheTime is what %{…}t means.
func apacheTime(argument string) (step, error) {
	layout := strings.TrimPrefix(strings.TrimPrefix(argument, "begin:"), "end:")
	switch layout {
	case "":
		return step{role: roleBracket}, nil
	case "sec":
		return step{role: roleEpoch, unit: seconds}, nil
	case "msec":
		return step{role: roleEpoch, unit: millis}, nil
	case "usec":
		return step{role: roleEpoch, unit: micros}, nil
	case "msec_frac", "usec_frac":
		return step{role: roleFraction}, nil
	}
	expanded, wrong := expandLayout(layout)
	if wrong >= 0 {
		return step{}, fmt.Errorf("%s in %%{%s}t is no conversion that can be read back", layout[wrong:min(len(layout), wrong+2)], argument)
	}
	return step{role: roleStrftime, layout: expanded}, nil
}

// apacheDirective takes the format out of what follows "LogFormat": a text
// between quotes and maybe a nickname.
func apacheDirective(rest string) (string, error) {
	rest = strings.TrimSpace(rest)
	if rest == "" || rest[0] != '"' {
		return rest, nil
	}
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case '"':
			return rest[1:i], nil
		}
	}
	return "", errors.New("LogFormat: the quote is not closed")
}
