package format

import "bytes"

// prefix is what syslog puts before a message.
type prefix struct {
	time    int64 // nanoseconds since the epoch
	zone    int32
	dated   bool // there was a time
	zoned   bool // the time named its zone
	host    []byte
	program []byte
	pid     []byte

	severity string // of the priority before all that, "" where there was none
}

// syslogPrefix reads the prefix of RFC 3164 ("Nov 21 06:53:01 host program[7]: "),
// the same with an ISO time as rsyslog writes by default, or RFC 5424's, each with or without
// "<134>" before it and the first two also without host, as programs send it; and what
// appliances write instead (ownTime). It returns the index of the message, 0 where line has no prefix.
func syslogPrefix(c *clock, line []byte) (p prefix, message int) {
	i := 0
	if len(line) > 2 && line[0] == '<' {
		if i = digits(line, 1); i == 1 || i > 4 || i >= len(line) || line[i] != '>' {
			return p, 0
		}
		priority, _ := count(line[1:i])
		p.severity = severities[priority&7]
		i++
		if message = ownTime(&p, c, line, i); message > 0 {
			return hosted(p, line, message)
		}
	}
	modern := false
	if i+2 < len(line) && line[i] == '1' && line[i+1] == ' ' {
		modern = true
		i += 2
	}
	if i >= len(line) {
		return p, 0
	}
	n, iso := 0, line[i]-'0' <= 9
	if iso {
		if i+10 >= len(line) || line[i+10] != 'T' { // with a space it is a program's own time
			return p, 0
		}
		p.time, p.zone, n = c.iso(line[i:])
		p.zoned = n > 19 && (line[i+n-1] == 'Z' || line[i+n-6] == '+' || line[i+n-6] == '-' || line[i+n-5] == '+' || line[i+n-5] == '-')
	} else if !modern {
		p.time, p.zone, n = c.syslog(line[i:])
	}
	if n == 0 && !modern && !iso { // OpenWrt
		if p.time, p.zone, n = c.ctime(line[i:]); n > 0 && priorityWord(&prefix{}, line, i+n+1) == i+n+1 {
			n = 0
		}
	}
	p.dated = n > 0
	if n == 0 && !modern {
		// A program and its process may stand alone: "haproxy[7]: ".
		if p, message = programAt(p, line, i); message > 0 && len(p.pid) > 0 && levelOf(p.program, true) == nil {
			return p, message
		}
		if i > 0 { // the priority alone, as firewalls send it
			return p, i
		}
		return prefix{}, 0
	}
	if modern {
		return modernPrefix(p, line, i, n)
	}
	if i += n; i >= len(line) || line[i] != ' ' {
		return p, 0
	}
	i++
	i = facility(&p, line, i)
	if at := priorityWord(&p, line, i); at > i {
		return loneProgram(p, line, at)
	}
	if q, message := programAt(p, line, i); message > 0 {
		if iso && levelOf(q.program, true) != nil { // docker logs -t
			return prefix{}, 0
		}
		return q, message
	}
	n = bytes.IndexByte(line[i:], ' ')
	if n <= 0 {
		return p, 0
	}
	if line[i] == '[' { // a logger's level
		return p, 0
	}
	p.host = line[i : i+n : i+n]
	i += n + 1
	if at := priorityWord(&p, line, i); at > i {
		return loneProgram(p, line, at)
	}
	if q, message := programAt(p, line, i); message > 0 {
		return q, message
	}
	if iso { // behind a host alone stands JSON or RouterOS' topics; a level is no host
		rest := bytes.TrimLeft(line[i:], " ")
		object := len(rest) > 0 && rest[0] == '{' && bytes.ContainsAny(p.host, ".-0123456789") // else it may be a word
		if !object && topic(rest) == nil || levelOf(p.host, true) != nil || !hostLike(p.host) {
			return p, 0
		}
		return p, len(line) - len(rest)
	}
	return untagged(p, line, i)
}

// ownTime reads the time at i, behind a priority, of appliances that write it in another way than RFC 3164 (NetScaler,
// Barracuda). It returns the index of the message, 0 where there is no such time.
func ownTime(p *prefix, c *clock, line []byte, i int) (message int) {
	for i < len(line) && line[i] == ' ' {
		i++
	}
	if i+10 >= len(line) || line[i]-'0' > 9 || line[i+1]-'0' > 9 || line[i+10] == 'T' {
		return 0
	}
	var n int
	if p.time, p.zone, n = c.leading(line[i:]); n == 0 || i+n >= len(line) || line[i+n] != ' ' {
		p.time, p.zone = 0, 0
		return 0
	}
	for i += n; i < len(line) && line[i] == ' '; i++ {
	}
	p.dated = true
	return i
}

// hosted reads a "host program: " at i where there is one; i is the index of the message otherwise.
func hosted(p prefix, line []byte, i int) (prefix, int) {
	q, message := programAt(p, line, i)
	if n := bytes.IndexByte(line[i:], ' '); message == 0 && n > 0 && hostLike(line[i:i+n]) && levelOf(line[i:i+n], false) == nil {
		if q, message = programAt(p, line, i+n+1); message > 0 {
			q.host = line[i : i+n : i+n]
		}
	}
	if message == 0 || len(q.host) == 0 && levelOf(q.program, false) != nil {
		return p, i
	}
	return q, message
}

// facility reads the "<local0.info> " or "<16.6> " at i, which the BSDs' syslogd -v writes. It returns the index behind it.
func facility(p *prefix, line []byte, i int) int {
	rest := line[i:min(len(line), i+longestFacility)]
	end := bytes.IndexByte(rest, '>')
	dot := bytes.IndexByte(rest, '.')
	if len(rest) == 0 || rest[0] != '<' || dot < 0 || end < dot+2 || end+1 >= len(rest) || rest[end+1] != ' ' {
		return i
	}
	for number, name := range severities {
		if level := rest[dot+1 : end]; string(level) == name || len(level) == 1 && int(level[0]-'0') == number {
			p.severity = name
			return i + end + 2
		}
	}
	return i
}

// longestFacility is the length of "<authpriv.warning> ", and some more.
const longestFacility = 24

// untagged reads what stands behind a host without a "program: " as RFC 3164 has it: a program with
// spaces in its name, more behind the process, or the message alone.
func untagged(p prefix, line []byte, i int) (prefix, int) {
	rest := line[i:]
	if len(rest) == 0 {
		return p, 0
	}
	if open := bytes.IndexByte(rest[:min(len(rest), 64)], '['); open > 0 && rest[0] != '-' {
		end := digits(rest, open+1)
		if colon := bytes.Index(rest[open:], []byte(": ")); end > open+1 && end < len(rest) && rest[end] == ']' && colon > 0 && bytes.IndexByte(rest[:open], ':') < 0 {
			p.program, p.pid = rest[:open:open], rest[open+1:end:end]
			return p, i + open + colon + 2
		}
	}
	if len(rest) > 2 && rest[0] == ':' && rest[1] == ' ' { // Cisco: "host : %ASA-6-302013: …"
		return programAt(p, line, i+2)
	}
	return p, i
}

// topic is the last level among the topics that RouterOS begins a message with, as in "system,error,critical ", nil where
// there are none.
func topic(message []byte) (level []byte) {
	n := bytes.IndexByte(message, ' ')
	if n <= 0 || bytes.IndexByte(message[:n], ',') < 0 {
		return nil
	}
	for rest := message[:n]; len(rest) > 0; {
		one, more, _ := bytes.Cut(rest, []byte{','})
		if !hostLike(one) {
			return nil
		}
		if is := levelOf(one, true); is != nil {
			level = is
		}
		rest = more
	}
	return level
}

// loneProgram reads "program[pid]: " at i where that may be missing.
func loneProgram(p prefix, line []byte, i int) (prefix, int) {
	if q, message := programAt(p, line, i); message > 0 {
		return q, message
	}
	return p, i
}

// facilities are those of syslog by their names.
var facilities = map[string]bool{
	"kern": true, "user": true, "mail": true, "daemon": true, "auth": true, "authpriv": true, "security": true, "syslog": true, "lpr": true, "news": true,
	"uucp": true, "cron": true, "ftp": true, "local0": true, "local1": true, "local2": true, "local3": true, "local4": true, "local5": true, "local6": true, "local7": true,
}

// severityWords are how logger(1) and others spell the severities.
var severityWords = func() map[string]string {
	words := map[string]string{"emergency": "emerg", "panic": "emerg", "critical": "crit", "error": "err", "warn": "warning", "information": "info"}
	for _, name := range severities {
		words[name] = name
	}
	return words
}()

// priorityWord reads the priority in words at i, "daemon.info " as BusyBox and OpenWrt write it or "In(14) " as ESXi
// does. It returns the index behind it, i where there is none.
func priorityWord(p *prefix, line []byte, i int) int {
	if i >= len(line) {
		return i
	}
	n := bytes.IndexByte(line[i:min(len(line), i+24)], ' ')
	if n < 0 {
		return i
	}
	word := line[i : i+n]
	if facility, severity, ok := bytes.Cut(word, []byte{'.'}); ok && facilities[string(facility)] {
		if name := severityWords[string(severity)]; name != "" {
			p.severity = name
			return i + n + 1
		}
		return i
	}
	if n < 5 || word[2] != '(' || digits(word, 3) == n || word[digits(word, 3)] != ')' {
		return i
	}
	for _, name := range severities {
		if word[0]|0x20 == name[0] && (word[1] == name[1] || string(word[:2]) == "Db" && name == "debug") {
			p.severity = name
			return i + n + 1
		}
	}
	return i
}

// severities are those of RFC 5424 by their numbers.
var severities = [8]string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}

// programAt reads "program[pid]: " or "program: " at i.
func programAt(p prefix, line []byte, i int) (prefix, int) {
	rest := line[i:]
	n := bytes.IndexByte(rest, ' ')
	if n < 0 {
		n = len(rest)
	}
	if n < 2 || rest[n-1] != ':' {
		return p, 0
	}
	name := rest[: n-1 : n-1]
	if from := bytes.IndexByte(name, '['); from > 0 && name[len(name)-1] == ']' {
		p.pid = name[from+1 : len(name)-1]
		name = name[:from:from]
	}
	if len(name) == 0 || bytes.IndexByte(name, ':') >= 0 || bytes.IndexByte(name, '[') >= 0 {
		return p, 0
	}
	p.program = name
	return p, min(i+n+1, len(line))
}

// modernPrefix reads "TIME HOST APP PROCID MSGID SD " of RFC 5424, with a time
// of n bytes at i.
func modernPrefix(p prefix, line []byte, i, n int) (prefix, int) {
	if n == 0 {
		if line[i] != '-' {
			return p, 0
		}
		n = 1
	}
	i += n
	named := 0 // where the kind of message stands
	for word := range 4 {
		if i >= len(line) || line[i] != ' ' {
			return p, 0
		}
		i++
		end := bytes.IndexByte(line[i:], ' ')
		if end <= 0 {
			return p, 0
		}
		b := given(line[i : i+end : i+end])
		switch word {
		case 0:
			p.host = b
		case 1:
			p.program = b
		case 2:
			p.pid = b
		case 3:
			named = i
			if b == nil {
				named += end + 1
			}
		}
		i += end
	}
	i++
	switch {
	case i >= len(line):
		return p, 0
	case line[i] == '-':
		i++
	case line[i] != '[': // Heroku leaves the structured data out
		return p, i
	default: // [id name="value" …]…, where \] and \" are escaped
		for i < len(line) && line[i] == '[' {
			for quoted := false; i < len(line) && (quoted || line[i] != ']'); i++ {
				switch line[i] {
				case '\\':
					i++
				case '"':
					quoted = !quoted
				}
			}
			i++
		}
	}
	if i == len(line) && line[i-1] == ']' { // the structured data is all there is
		return p, named
	}
	if i >= len(line) || line[i] != ' ' {
		return p, 0
	}
	i++
	if bytes.HasPrefix(line[i:], []byte("\ufeff")) {
		i += len("\ufeff")
	}
	return p, i
}
