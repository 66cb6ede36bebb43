package format

import (
	"fmt"
	"strings"
)

// role is what a field of a custom format means for an Event.
type role uint8

const (
	roleOther   role = iota // kept as an attribute
	roleIgnored             // of no interest
	roleClient
	roleUser
	roleTime     // a time in any of the usual layouts
	roleBracket  // the same between brackets, as Apache's %t
	roleDate     // a date, the time of day follows apart
	roleHour     // a time of day
	roleZone     // an offset
	roleFraction // digits of a fraction of the second
	roleStrftime // a time in a layout of its own
	roleEpoch    // a number of units since 1970
	roleRequest
	roleMethod
	roleTarget
	rolePath
	roleQuery
	roleProto
	roleStatus
	roleBytes
	roleReferrer
	roleAgent
	roleHost
	roleDuration
	roleForwarded
	roleClients // X-Forwarded-For that names the client, GoAccess' ~h
	roleTLSVersion
	roleTLSCipher
	roleUpstream
	roleUpstreamDuration
	roleCache
	roleHostname
	numRoles
)

// roleFields are the OpenTelemetry names that a Reject speaks of.
var roleFields = [numRoles]string{
	roleClient: "client.address", roleClients: "client.address", roleUser: "user.name",
	roleTime: "time", roleBracket: "time", roleDate: "time", roleHour: "time", roleZone: "time",
	roleFraction: "time", roleStrftime: "time", roleEpoch: "time",
	roleRequest: "http.request", roleMethod: "http.request.method", roleTarget: "url.original",
	rolePath: "url.path", roleQuery: "url.query", roleProto: "network.protocol.version",
	roleStatus: "http.response.status_code", roleBytes: "http.response.body.size",
	roleReferrer: "http.request.header.referer", roleAgent: "user_agent.original", roleHost: "server.address",
	roleDuration: "http.server.request.duration", roleForwarded: "client.forwarded",
	roleTLSVersion: "tls.protocol.version", roleTLSCipher: "tls.cipher",
	roleUpstream: "upstream.address", roleUpstreamDuration: "upstream.duration",
	roleCache: "cache.status", roleHostname: "host.name",
}

// step is a field of a custom format and the text before it.
type step struct {
	before string
	until  []byte // the text that ends it: what stands before the next field, and that one's bracket
	role   role
	name   string // of an attribute
	layout string // of roleStrftime
	unit   int64  // of a duration or an epoch, in nanoseconds
	port   bool   // an address with a port that is always there
	list   bool   // may be "a, b" or "a : b", one for each upstream asked
	at     int    // where it stands in the format
	text   string // how it is written there
}

// escaping is how a writer escapes texts.
type escaping uint8

const (
	escapeHex    escaping = iota // \" \\ \xHH: Apache, nginx by default
	escapeQuoted                 // JSON's: nginx' escape=json
	escapeNone                   // nginx' escape=none
)

// program is a compiled custom format.
type program struct {
	steps    []step
	after    string // the text behind the last field
	escaping escaping
	loose    bool // a space stands for any number of them
	timeless bool // there is no time in it
	rooted   bool // a target begins with a slash
}

// check refuses what cannot be read back.
func (p *program) check() error {
	timed := false
	for i := range p.steps {
		s := &p.steps[i]
		if i > 0 {
			p.steps[i-1].until = []byte(s.before)
			if s.role == roleBracket {
				p.steps[i-1].until = append(p.steps[i-1].until, '[')
			}
		}
		switch s.role {
		case roleTime, roleBracket, roleDate, roleStrftime, roleEpoch:
			timed = true
		}
		if i == 0 || s.before != "" || p.steps[i-1].measured() || s.role == roleTarget || s.role == rolePath {
			continue // a target begins with a slash
		}
		return specError{s.at, fmt.Sprintf("nothing stands between %s and %s, so nothing tells where one ends: put a space or a comma there", p.steps[i-1].text, s.text)}
	}
	switch {
	case len(p.steps) == 0:
		return fmt.Errorf("there is no field in it")
	case !timed:
		p.timeless = true
		return fmt.Errorf("there is no time in it: add $time_local (nginx), %%t (Apache), or %%d and %%t, or %%x (GoAccess)")
	}
	return nil
}

// measured tells fields whose length shows without looking at what follows.
func (s *step) measured() bool {
	switch s.role {
	case roleTime, roleBracket, roleStrftime, roleFraction:
		return true
	}
	return false
}

// add appends a field.
func (p *program) add(literal *strings.Builder, s step) {
	s.before = literal.String()
	literal.Reset()
	p.steps = append(p.steps, s)
}
