package format

import (
	"fmt"
	"time"

	"weir/ingest/event"
)

// Presets are formats that a line in nginx' notation says all about: what the named
// servers and frameworks write unless told otherwise. Another one is a line here
// and one in Formats.
var (
	envoy = preset("envoy", "Envoy's default access log, and Istio's and Emissary's",
		`[$time_iso8601] "$request" $status $response_flags $bytes_received $body_bytes_sent $ms $upstream_ms "$http_x_forwarded_for" "$http_user_agent" "$request_id" "$http_host" "$upstream_addr"`,
		`[$time_iso8601] "$request" $status $response_flags $response_code_details $connection_termination_details "$upstream_transport_failure_reason" $bytes_received $body_bytes_sent $ms $upstream_ms "$http_x_forwarded_for" "$http_user_agent" "$request_id" "$http_host" "$upstream_addr" $upstream_cluster $upstream_local_address $downstream_local_address $remote_addr $requested_server_name $route_name`,
		`ACCESS [$time_iso8601] "$request" $status $response_flags $bytes_received $body_bytes_sent $ms $upstream_ms "$http_x_forwarded_for" "$http_user_agent" "$request_id" "$http_host" "$upstream_addr"`) // Ambassador, Emissary
	nginxProxyManager = preset("nginx_proxy_manager", "Nginx Proxy Manager",
		`[$time_local] $upstream_cache_status $upstream_status $status - $request_method $scheme $host "$request_uri" [Client $remote_addr] [Length $body_bytes_sent] [Gzip $gzip_ratio] [Sent-to $server] "$http_user_agent" "$http_referer"`,
		`[$time_local] $status - $request_method $scheme $host "$request_uri" [Client $remote_addr] [Length $body_bytes_sent] [Gzip $gzip_ratio] "$http_user_agent" "$http_referer"`,
		`[$time_local] $host $remote_addr $request_time "$request" $status $body_bytes_sent $bytes_sent $http_referer $http_user_agent`) // NPMplus
	apisix = preset("apisix", "Apache APISIX",
		`$remote_addr - $remote_user [$time_local] $http_host "$request" $status $body_bytes_sent $request_time "$http_referer" "$http_user_agent" $upstream_addr $upstream_status $upstream_response_time "$upstream_url"`)
	sslRequest = preset("ssl_request", "Apache's ssl_request_log",
		`[$time_local] $remote_addr $ssl_protocol $ssl_cipher "$request" $body_bytes_sent`)
	phpFPM = preset("php_fpm", "PHP-FPM's access log",
		`$remote_addr - $remote_user $time_local "$request_method $request_uri" $status`)
	aiohttp = prose(preset("aiohttp", "aiohttp's access log",
		`$remote_addr [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"`))
	django = prose(preset("django", "Django's runserver",
		`[$time_local] "$request" $status $body_bytes_sent`))
	gin = goes(preset("gin", "Gin",
		`[GIN] $date - $hour | $status | $lapse | $remote_addr | $request_method "$request_uri"`,
		`[GIN] $date - $hour | $status | $lapse | $remote_addr | $request_method $request_uri`)) // before version 1.6
	ktor = prose(preset("ktor", "Ktor's call logging",
		`$status $reason: $request_method - $request_uri in $lapse`,
		`$status $reason: $request_method - $request_uri`,
		"\x1b[${color}m$status $reason\x1b[0m: \x1b[${color}m$request_method\x1b[0m - $request_uri in $lapse",
		"\x1b[${color}m$status $reason\x1b[0m: \x1b[${color}m$request_method\x1b[0m - $request_uri"))
	gitea = prose(preset("gitea", "Gitea's and Forgejo's router",
		`router: completed $request_method $request_uri for $peer, $status $reason in $lapse @ $handler`))
	sanic = prose(preset("sanic", "Sanic's access log",
		`[$time_iso8601] - (sanic.access)[INFO][$peer]: $request_method $request_uri  $status $body_bytes_sent`))
	uvicorn = prose(preset("uvicorn", "uvicorn, which logs no time",
		`INFO:     $peer - "$request" $status $reason`,
		`INFO: $peer - "$request" $status $reason`,
		`$peer - "$request" $status`,
		`$peer - "$request" $status $reason`,
		`[$peer] $status $reason "$request"`)) // Mealie
	eventlet = preset("eventlet", "eventlet's WSGI server, as in OpenStack, which logs no time",
		`$remote_addr "$request" status: $status len: $body_bytes_sent time: $request_time`)
	morgan = preset("morgan", "morgan's dev, tiny and short, which log no time",
		`$request_method $request_uri $status $ms ms - $body_bytes_sent`,
		"\x1b[0m$request_method $request_uri \x1b[${color}m$status\x1b[0m $ms ms - $body_bytes_sent\x1b[0m",
		`$request_method $request_uri $status $body_bytes_sent - $ms ms`,
		`$remote_addr - $request_method $request_uri HTTP/$server_protocol $status $body_bytes_sent - $ms ms`)
	nginxStream = preset("nginx_stream", "nginx' stream proxy, in the format of its manual",
		`$remote_addr [$time_local] $protocol $status $bytes_sent $bytes_received $request_time`,
		`$remote_addr [$time_local] $protocol $status $bytes_sent $bytes_received $request_time "$upstream_addr" "$upstream_bytes_sent" "$upstream_bytes_received" "$upstream_connect_time"`)
	chi = goes(preset("chi", "chi's logger",
		`$date $hour "$request" from $peer - $status ${body_bytes_sent}B in $lapse`,
		`$date $hour [$request_id] "$request" from $peer - $status ${body_bytes_sent}B in $lapse`))
	negroni = goes(preset("negroni", "Negroni",
		"[negroni] $time_iso8601 | $status | \t $lapse | $host | $request_method $request_uri"))
	phpServer = preset("php_server", "PHP's development server",
		`[$time_local] $peer [$status]: $request_method $request_uri - $reason`,
		`[$time_local] $peer [$status]: $request_method $request_uri`,
		`  $date $hour $request_uri $dots ~ $lapse`) // Laravel's artisan serve
	fastly = preset("fastly", "Fastly's default log",
		`$remote_addr "$identity" "$remote_user" $time_local "$request" $status $body_bytes_sent`)
	serilog = prose(preset("serilog", "Serilog's request logging, which logs no time",
		`HTTP $request_method $request_uri responded $status in $ms ms`))
	aspnet = prose(preset("aspnet", "ASP.NET Core's hosting diagnostics, which log no time",
		`Request finished HTTP/$server_protocol $request_method $request_uri - $status $body_bytes_sent $content_type $lapse`,
		`      Request finished HTTP/$server_protocol $request_method $request_uri - $status $body_bytes_sent $content_type $lapse`)) // its own console
	towerHTTP = prose(preset("tower_http", "tower-http's responses, as axum logs them",
		`request{method=$request_method uri=$request_uri version=HTTP/$server_protocol}: tower_http::trace::on_response: finished processing request latency=$ms ms status=$status`,
		`request{method=$request_method uri=$request_uri matched_path="$matched_path"}: tower_http::trace::on_response: finished processing request latency=$ms ms status=$status`,
		`request{method=$request_method uri=$request_uri}: tower_http::trace::on_response: finished processing request latency=$ms ms status=$status`))
	tiny = preset("tiny", "a method, a target, a status and a duration, which is all that Next.js, Hono, Koa and many programs log",
		` $request_method $request_uri $status in $lapse`,
		` $request_method $request_uri $status in $lapse ($phases)`,
		`$request_method $request_uri $status in $lapse`,
		`--> $request_method $request_uri $status $lapse`,
		`  --> $request_method $request_uri $status $lapse $size`,
		`$request_method $request_uri - $status - $lapse`,
		`$request_method $request_uri $status $lapse`,
		`$request_method $request_uri $status $lapse [$request_id]`)
	tornado = prose(preset("tornado", "Tornado and Jupyter", tornadoLines(
		`[$level $day_hour $source] `,
		`[$level $time_iso8601 $source] `,
		`[$level $clock $source] `)...)) // notebooks before version 7
	fiber = preset("fiber", "Fiber, which logs no date",
		`$clock | $status | $lapse | $remote_addr | $request_method | $request_uri | $error`,
		`$clock | $status | $lapse | $remote_addr | $request_method | $request_uri`, // before version 2.50
		`[$clock] $status - $lapse $request_method $request_uri`)
	filebrowser = goes(preset("filebrowser", "File Browser, which logs no method and only what it refused",
		`$date $hour $request_uri: $status $remote_addr $error`))
	artifactory = preset("artifactory", "JFrog Artifactory's request log",
		`$time_iso8601|$trace_id|$remote_addr|$remote_user|$request_method|$request_uri|$status|$request_length|$body_bytes_sent|$ms|$http_user_agent`)
	couchdb = prose(preset("couchdb", "Apache CouchDB's requests, in its log",
		`$node <$erlang_pid> $request_id $http_host $remote_addr $remote_user $request_method $request_uri $status $reason $ms`))
	cpanel = preset("cpanel", "cPanel's and WHM's own access log",
		`$remote_addr - $remote_user [$us_time] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$auth" "$http_x_forwarded_for" $server_port`)
	nexus = preset("nexus", "Sonatype Nexus Repository's request log",
		`$remote_addr - $remote_user [$time_local] "$request" $status $request_length $body_bytes_sent $ms "$http_user_agent" [$thread]`)
	bunny = preset("bunny", "bunny.net CDN",
		`$upstream_cache_status|$status|$epoch_ms|$body_bytes_sent|$pull_zone|$remote_addr|$http_referer|$request_uri|$edge_location|$http_user_agent|$request_id|$country`)
	zeek = preset("zeek", "Zeek's http.log without its #fields, as before Zeek 3 and since",
		zeekLine+"$http_user_agent\t$request_body_len\t$body_bytes_sent\t$status\t$reason\t$rest",
		zeekLine+"$server_protocol\t$http_user_agent\t$origin\t$request_body_len\t$body_bytes_sent\t$status\t$reason\t$rest")
	awsNLB = inUTC(preset("aws_nlb", "AWS Network Load Balancer, TLS",
		`tls $log_version $time_iso8601 $elb $listener $peer $upstream_addr $ms $tls_handshake_ms $received_bytes $body_bytes_sent $incoming_tls_alert $chosen_cert_arn $chosen_cert_serial $ssl_cipher $ssl_protocol $tls_named_group $host $alpn_fe_protocol $alpn_be_protocol $alpn_client_preference_list $tls_connection_creation_time`))
)

// zeekLine is what every line of Zeek's http.log begins with.
const zeekLine = "$msec\t$uid\t$remote_addr\t$remote_port\t$server_addr\t$server_port\t$trans_depth\t$request_method\t$host\t$request_uri\t$http_referer\t"

// tornadoLines are the ways to write a request behind each of heads: with the name of who asked and with what
// JupyterHub adds, a redirect's goal and the referrer.
func tornadoLines(heads ...string) (lines []string) {
	for _, head := range heads {
		for _, target := range [...]string{`$request_uri -> $location `, `$request_uri `} {
			for _, client := range [...]string{`($remote_user@$remote_addr) `, `($remote_addr) `} {
				line := head + `$status $request_method ` + target + client + `$lapse`
				lines = append(lines, line+` referer=$http_referer`, line)
			}
		}
	}
	return lines
}

// presetVariables are those of presets that nginx does not have.
var presetVariables = map[string]step{
	"ms":          {role: roleDuration, unit: millis},
	"upstream_ms": {role: roleUpstreamDuration, unit: millis},
	"peer":        {role: roleClient, port: true},
	"lapse":       {role: roleDuration}, // with its unit: 1.5ms
	"day_hour":    {role: roleStrftime, layout: "%y%m%d %H:%M:%S"},
	"us_time":     {role: roleStrftime, layout: "%m/%d/%Y:%H:%M:%S %z"},
	"clock":       {role: roleIgnored},
	"level":       {role: roleIgnored},
	"source":      {role: roleIgnored},
	"node":        {role: roleIgnored},
	"erlang_pid":  {role: roleIgnored},
	"phases":      {role: roleIgnored},
	"epoch_ms":    {role: roleEpoch, unit: millis},
	"date":        {role: roleDate},
	"hour":        {role: roleHour},
	"color":       {role: roleIgnored},
	"reason":      {role: roleIgnored},
	"dots":        {role: roleIgnored},
	"elb":         {role: roleOther},
}

// preset is a format that is one of specs, which must compile.
func preset(name, title string, specs ...string) Format {
	programs := make([]*program, len(specs))
	for i, spec := range specs {
		p, err := nginxProgram(spec, true)
		if err == nil {
			err = p.check()
		}
		if err != nil && (p == nil || !p.timeless) {
			panic(fmt.Sprintf("the preset %s: %v", name, pointed("nginx", spec, err)))
		}
		p.loose = name == "gin" || name == "fiber"
		p.rooted = name == "filebrowser"
		programs[i] = p
	}
	return Format{Name: name, Title: title, New: func(o Options) Parser {
		p := &presetParser{parsers: make([]customParser, len(programs))}
		t := newText(o)
		for i := range p.parsers {
			p.parsers[i] = customParser{text: t, program: programs[i]}
		}
		return p
	}}
}

// prose is f in whose logs messages stand between the requests.
func prose(f Format) Format {
	f.Prose = true
	return f
}

// goes is f of programs in Go, whose log writes messages between the requests.
func goes(f Format) Format {
	f.Prose, f.Dated = true, true
	return f
}

// inUTC is f for a writer that leaves out the zone and means UTC.
func inUTC(f Format) Format {
	parser := f.New
	f.New = func(o Options) Parser {
		o.Location = time.UTC
		return parser(o)
	}
	return f
}

// presetParser tries one program after the other; no line is read by two of them.
type presetParser struct {
	parsers []customParser
}

// Parse implements Parser. Why no program reads a line is told by the one that comes furthest.
func (p *presetParser) Parse(line []byte, e *event.Event) *event.Reject {
	var best *event.Reject
	for i := range p.parsers {
		r := p.parsers[i].Parse(line, e)
		if r == nil {
			return nil
		}
		if best == nil || r.Column > best.Column {
			best = r
		}
	}
	return best
}
