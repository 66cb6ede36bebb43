package format

import "bytes"

// longestCisco bounds what stands before a message of Cisco's.
const longestCisco = 160

// ciscoPrefix reads what stands before a message of Cisco's systems, however much of it a device or its relay
// writes: "<189>123: router1: *Nov 21 06:53:01.123 CET: %SYS-5-CONFIG_I: ". The name of the message is the program. It
// returns the index of the text, 0 where line is no such message.
func ciscoPrefix(c *clock, line []byte) (p prefix, text int) {
	m := bytes.IndexByte(line[:min(len(line), longestCisco)], '%')
	if m < 0 || m > 0 && line[m-1] != ' ' {
		return p, 0
	}
	p.severity, text = ciscoName(line, m)
	if text == 0 {
		return p, 0
	}
	p.program = line[m : text-2 : text-2]
	i, given := 0, false // the priority
	if line[0] == '<' {
		if n := digits(line, 1); n > 1 && n < m && line[n] == '>' {
			i, given = n+1, true
		}
	}
	for words := 0; i < m; words++ {
		if words > 8 {
			return p, 0
		}
		for i < m && (line[i] == ' ' || line[i] == ':' || line[i] == '*' || line[i] == '.') { // a clock that is not set, or lost
			i++
		}
		if i == m {
			break
		}
		if t, zone, n := c.leading(line[i:m]); n > 0 {
			if !p.dated {
				p.time, p.zone, p.dated = t, zone, true
			}
			if i += n; i < m && line[i] == ' ' { // a zone that is not known
				end := bytes.IndexAny(line[i+1:m], ": ")
				if end > 1 && end < 6 && upperCase(line[i+1:i+1+end]) {
					i += 1 + end
				}
			}
			continue
		}
		n := bytes.IndexByte(line[i:m], ' ')
		if n < 0 {
			return p, 0
		}
		word := bytes.TrimRight(line[i:i+n:i+n], ":")
		switch {
		case digits(word, 0) == len(word): // the number of the message
		case !hostLike(word) || len(p.host) > 0 && len(word) == n: // prose
			return p, 0
		case len(p.host) == 0:
			p.host = word
		}
		i += n
	}
	if !p.dated && !given {
		return p, 0
	}
	return p, text
}

// ciscoName reads "%FACILITY-SEVERITY-MNEMONIC: " at i. It returns the severity and the index behind it, 0 where there is none.
func ciscoName(line []byte, i int) (severity string, n int) {
	for n = i + 1; n < len(line) && n < i+64 && (upperCase(line[n:n+1]) || line[n]-'0' <= 9 || line[n] == '_' || line[n] == '-'); n++ {
	}
	if !hasAt(line, n, ": ") || n+2 >= len(line) {
		return "", 0
	}
	name := line[i+1 : n]
	for at := 1; at+3 < len(name); at++ {
		if name[at] == '-' && name[at+1]-'0' <= 7 && name[at+2] == '-' {
			return severities[name[at+1]-'0'], n + 2
		}
	}
	return "", 0
}

// upperCase tells words of capitals.
func upperCase(b []byte) bool {
	for _, c := range b {
		if c-'A' > 25 {
			return false
		}
	}
	return len(b) > 0
}
