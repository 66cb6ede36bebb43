package format

import (
	"bytes"

	"weir/ingest/event"
)

// login takes from the message of a program that lets people in what it did, how that went, for whom and from
// where: sshd, PAM, sudo, su, login, Postfix, Dovecot, Dropbear, Proxmox VE, fail2ban.
func login(e *event.Event) {
	m := e.More
	if m == nil || len(m.Body) == 0 || len(m.Action) > 0 {
		return
	}
	body := m.Body
	if rest, ok := bytes.CutPrefix(body, []byte("message repeated ")); ok {
		if n := bytes.Index(rest, []byte(": [ ")); n > 0 {
			body = rest[n+len(": [ "):]
		}
	}
	if pam(e, body) {
		return
	}
	name := m.Service
	if n := bytes.IndexAny(name, "(/."); n > 0 { // sshd(pam_unix), postfix/smtpd, fail2ban.actions
		name = name[:n]
	}
	switch string(name) {
	case "sshd", "sshd-session", "sshd-auth":
		sshd(e, body)
	case "sudo":
		sudo(e, body)
	case "su":
		su(e, body)
	case "login":
		if _, user, ok := bytes.Cut(body, []byte(" FOR '")); ok && bytes.HasPrefix(body, []byte("FAILED LOGIN")) {
			done(e, "login", "failure", word(user), nil)
		}
	case "postfix":
		if from, _, ok := bytes.Cut(body, []byte("]: SASL ")); ok && bytes.Contains(body, []byte("authentication failed")) {
			done(e, "login", "failure", nil, from[bytes.LastIndexByte(from, '[')+1:])
		}
	case "dovecot":
		_, user, _ := bytes.Cut(body, []byte("user=<"))
		_, from, _ := bytes.Cut(body, []byte("rip="))
		switch {
		case bytes.Contains(body, []byte("auth failed")):
			done(e, "login", "failure", word(user), word(from))
		case bytes.Contains(body, []byte("-login: Login: ")):
			done(e, "login", "success", word(user), word(from))
		}
	case "dropbear":
		dropbear(e, body)
	case "pvedaemon":
		if rest, ok := bytes.CutPrefix(body, []byte("authentication failure; rhost=")); ok {
			_, user, _ := bytes.Cut(rest, []byte(" user="))
			done(e, "login", "failure", word(user), word(rest))
		} else if _, user, ok := bytes.Cut(body, []byte("successful auth for user '")); ok {
			done(e, "login", "success", word(user), nil)
		}
	case "fail2ban":
		ban(e, body)
	}
}

// done sets what happened.
func done(e *event.Event, action, outcome string, user, client []byte) {
	m := e.Extra()
	m.Action = own(e, action, nil)
	if outcome != "" {
		m.Outcome = own(e, outcome, nil)
	}
	if len(user) > 0 && len(e.User) == 0 {
		e.User = user
	}
	if len(client) > 0 && len(e.Client) == 0 {
		e.Client = client
	}
}

// word is what b begins with, up to white space or a mark.
func word(b []byte) []byte {
	for i, c := range b {
		if c <= ' ' || c == '\'' || c == '>' || c == ',' || c == ';' || c == '(' || c == ']' {
			return b[:i:i]
		}
	}
	return b
}

// sshdHeads are how sshd's messages begin, and what they mean. Behind them are "[invalid user ]NAME"
// and "from ADDRESS" or the address alone; a method and " for " may stand before the name.
var sshdHeads = []struct {
	head, action, outcome string
	method                bool
}{
	{"Failed ", "login", "failure", true},
	{"Accepted ", "login", "success", true},
	{"Invalid user ", "login", "failure", false},
	{"Illegal user ", "login", "failure", false},
	{"Connection closed by authenticating user ", "login", "failure", false},
	{"Connection closed by invalid user ", "login", "failure", false},
	{"Connection reset by authenticating user ", "login", "failure", false},
	{"Connection reset by invalid user ", "login", "failure", false},
	{"Disconnected from authenticating user ", "login", "failure", false},
	{"Disconnected from invalid user ", "login", "failure", false},
	{"Disconnecting authenticating user ", "login", "failure", false},
	{"Disconnecting invalid user ", "login", "failure", false},
	{"Disconnected from user ", "logout", "success", false},
	{"maximum authentication attempts exceeded for ", "login", "failure", false},
	{"Disconnecting: Too many authentication failures", "login", "failure", true},
	{"User ", "login", "failure", false}, // "User bob from 192.0.2.7 not allowed because …"
	{"PAM: ", "login", "failure", true},
	{"Connection closed by ", "", "", false},
	{"Connection reset by ", "", "", false},
	{"Connection from ", "", "", false},
	{"Received disconnect from ", "", "", false},
	{"Disconnected from ", "", "", false},
	{"Did not receive identification string from ", "", "", false},
	{"Unable to negotiate with ", "", "", false},
	{"banner exchange: Connection from ", "", "", false},
}

func sshd(e *event.Event, body []byte) {
	for _, severity := range [...]string{"error: ", "fatal: "} {
		body = bytes.TrimPrefix(body, []byte(severity))
	}
	for i := range sshdHeads {
		h := &sshdHeads[i]
		rest, ok := bytes.CutPrefix(body, []byte(h.head))
		if !ok {
			continue
		}
		if h.action == "" {
			if from := bytes.TrimRight(word(rest), ":"); len(e.Client) == 0 && len(from) > 0 && hostLike(from) {
				e.Client = from
			}
			return
		}
		if h.head == "User " && !bytes.Contains(rest, []byte(" not allowed because ")) {
			return
		}
		if h.method {
			_, named, ok := bytes.Cut(rest, []byte(" for "))
			if !ok {
				return
			}
			rest = named
		}
		rest = bytes.TrimPrefix(bytes.TrimPrefix(rest, []byte("invalid user ")), []byte("illegal user "))
		user := word(rest)
		from := bytes.TrimPrefix(bytes.TrimLeft(rest[len(user):], " "), []byte("from "))
		client := word(from)
		if !hostLike(client) {
			client = nil
		}
		done(e, h.action, h.outcome, user, client)
		return
	}
}

// pam reads "pam_unix(sshd:auth): authentication failure; … rhost=192.0.2.7  user=bob" of any service.
func pam(e *event.Event, body []byte) bool {
	n := bytes.Index(body[:min(len(body), 96)], []byte("authentication failure"))
	if n < 0 || n > 0 && body[n-1] != ' ' || !bytes.Contains(body, []byte("; logname=")) {
		return false
	}
	action := "login"
	switch name := e.More.Service; {
	case bytes.HasPrefix(name, []byte("sudo")):
		action = "sudo"
	case bytes.HasPrefix(name, []byte("su")):
		action = "su"
	}
	_, from, _ := bytes.Cut(body, []byte(" rhost="))
	_, user, _ := bytes.Cut(body, []byte(" user="))
	done(e, action, "failure", word(user), word(from))
	return true
}

// dropbear reads "Bad password attempt for 'bob' from 192.0.2.7:51515" and "Password auth succeeded for 'bob' from …".
func dropbear(e *event.Event, body []byte) {
	outcome := "failure"
	switch {
	case bytes.Contains(body, []byte(" auth succeeded for '")):
		outcome = "success"
	case !bytes.HasPrefix(body, []byte("Bad ")) && !bytes.HasPrefix(body, []byte("Login attempt ")) || !bytes.Contains(body, []byte(" attempt for ")):
		return
	}
	_, user, _ := bytes.Cut(body, []byte(" for '"))
	n := bytes.LastIndex(body, []byte(" from "))
	if n < 0 {
		return
	}
	from, _, _ := bytes.Cut(body[n+len(" from "):], []byte{' '})
	from, _, _ = splitLastPort(from) // IPv6 has no brackets there
	done(e, "login", outcome, word(user), from)
}

// sudo reads "bob : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls", where a complaint may stand before TTY.
func sudo(e *event.Event, body []byte) {
	user, rest, ok := bytes.Cut(bytes.TrimLeft(body, " "), []byte(" : "))
	if !ok || bytes.IndexByte(user, ' ') >= 0 || !bytes.Contains(rest, []byte("COMMAND=")) {
		return
	}
	outcome := "failure"
	if rest = bytes.TrimLeft(rest, " "); bytes.HasPrefix(rest, []byte("TTY=")) || bytes.HasPrefix(rest, []byte("PWD=")) {
		outcome = "success"
	}
	done(e, "sudo", outcome, user, nil)
}

// su reads "FAILED SU (to root) bob on pts/0" and "(to root) bob on pts/0".
func su(e *event.Event, body []byte) {
	rest, failed := bytes.CutPrefix(body, []byte("FAILED SU "))
	if _, user, ok := bytes.Cut(rest, []byte(") ")); ok && bytes.HasPrefix(rest, []byte("(to ")) {
		if failed {
			done(e, "su", "failure", word(user), nil)
		} else {
			done(e, "su", "success", word(user), nil)
		}
	}
}

// ban reads "[sshd] Ban 192.0.2.7".
func ban(e *event.Event, body []byte) {
	_, said, _ := bytes.Cut(body, []byte("] "))
	verb, rest, _ := bytes.Cut(said, []byte{' '})
	switch string(verb) {
	case "Ban":
		done(e, "ban", "success", nil, word(rest))
	case "Unban":
		done(e, "unban", "success", nil, word(rest))
	case "Found":
		done(e, "login", "failure", nil, word(rest))
	}
}
