package format

import (
	"fmt"
	"strings"
)

// nginxVariables are those that an Event has a place for; the others are kept
// as attributes under their names.
var nginxVariables = map[string]step{
	"remote_addr": {role: roleClient}, "realip_remote_addr": {role: roleOther},
	"proxy_protocol_addr": {role: roleOther},
	"remote_user":         {role: roleUser},
	"time_local":          {role: roleTime}, "time_iso8601": {role: roleTime},
	"msec":            {role: roleEpoch, unit: seconds},
	"request":         {role: roleRequest},
	"request_method":  {role: roleMethod},
	"request_uri":     {role: roleTarget},
	"uri":             {role: rolePath},
	"document_uri":    {role: rolePath},
	"args":            {role: roleQuery},
	"query_string":    {role: roleQuery},
	"server_protocol": {role: roleProto},
	"status":          {role: roleStatus},
	"body_bytes_sent": {role: roleBytes},
	"bytes_sent":      {role: roleBytes},
	"http_referer":    {role: roleReferrer},
	"http_user_agent": {role: roleAgent},
	"host":            {role: roleHost}, "http_host": {role: roleHost}, "server_name": {role: roleHost},
	"request_time":           {role: roleDuration, unit: seconds},
	"http_x_forwarded_for":   {role: roleForwarded},
	"ssl_protocol":           {role: roleTLSVersion},
	"ssl_cipher":             {role: roleTLSCipher},
	"upstream_addr":          {role: roleUpstream, list: true},
	"upstream_response_time": {role: roleUpstreamDuration, list: true},
	"upstream_cache_status":  {role: roleCache},
	"hostname":               {role: roleHostname},
}

// nginxFields reads the value of a log_format: variables as $name or ${name},
// and with "escape=json" or "escape=none" before it how texts are escaped.
func nginxFields(spec string) (*program, error) { return nginxProgram(spec, false) }

// nginxProgram is nginxFields, for a preset also with its own variables.
func nginxProgram(spec string, preset bool) (*program, error) {
	p := &program{}
	var literal strings.Builder
	i := 0
	if rest, ok := strings.CutPrefix(spec, "escape="); ok {
		how, _, _ := strings.Cut(rest, " ")
		switch how {
		case "json":
			p.escaping = escapeQuoted
		case "none":
			p.escaping = escapeNone
		case "default":
		default:
			return nil, specError{len("escape="), fmt.Sprintf("escape=%s is unknown: it is default, json or none", how)}
		}
		i = min(len(spec), len("escape=")+len(how)+1)
	}
	for i < len(spec) {
		c := spec[i]
		if c != '$' {
			literal.WriteByte(c)
			i++
			continue
		}
		start := i
		i++
		brace := i < len(spec) && spec[i] == '{'
		if brace {
			i++
		}
		from := i
		for i < len(spec) && wordByte(spec[i]) {
			i++
		}
		name := spec[from:i]
		if brace {
			if i == len(spec) || spec[i] != '}' {
				return nil, specError{start, "${ is not closed: write ${name}"}
			}
			i++
		}
		if name == "" {
			return nil, specError{start, "a variable has no name: write $name"}
		}
		s, ok := nginxVariables[name]
		if !ok && preset {
			s = presetVariables[name]
		}
		s.name, s.at, s.text = name, start, spec[start:i]
		s.list = s.list || strings.HasPrefix(name, "upstream_")
		if name == "is_args" {
			continue // the question mark before $args, which joins path and query
		}
		// $uri$is_args$args is the target.
		if s.role == roleQuery && literal.Len() == 0 && len(p.steps) > 0 && p.steps[len(p.steps)-1].role == rolePath {
			p.steps[len(p.steps)-1].role = roleTarget
			continue
		}
		p.add(&literal, s)
	}
	p.after = literal.String()
	dropDoubles(p)
	return p, nil
}

// dropDoubles keeps the first of two fields that mean the same, such as $host
// and $http_host. Where nothing but X-Forwarded-For says the client, that does.
func dropDoubles(p *program) {
	var seen [numRoles]bool
	defer func() {
		for i := range p.steps {
			if !seen[roleClient] && p.steps[i].role == roleForwarded {
				p.steps[i].role = roleClients
			}
		}
	}()
	for i := range p.steps {
		s := &p.steps[i]
		switch s.role {
		case roleOther, roleIgnored, roleDate, roleHour, roleZone, roleFraction, roleStrftime:
			continue
		case roleTime, roleBracket:
			continue // read for its length
		case roleEpoch:
			if seen[roleEpoch] {
				s.role = roleOther
			}
		}
		if seen[s.role] {
			s.role = roleOther
		}
		seen[s.role] = true
	}
}
