package format

// The dialects of jsonl that are told apart by name. They are read by the same
// parser and with the same result; a dialect only rejects the lines that lack
// the keys it is known by, which go to jsonl then.
var (
	caddy = Format{
		Name: "caddy", Title: "Caddy's access log",
		New: func(o Options) Parser { return newJSON(o, markCaddyRequest|markCaddyDuration) },
	}
	traefikJSON = Format{
		Name: "traefik_json", Title: "Traefik's access log as JSON",
		New: func(o Options) Parser { return newJSON(o, markTraefikStatus|markTraefikRest) },
	}
	nginxJSON = Format{
		Name: "nginx_json", Title: "nginx with log_format escape=json, under nginx's variable names",
		New: func(o Options) Parser { return newJSON(o, markNginxAddr|markNginxRest) },
	}
	gcpJSON = Format{
		Prose: true,
		Name:  "gcp_json", Title: "Google Cloud load balancer and Cloud Run requests",
		New: func(o Options) Parser { return newJSON(o, markGCP) },
	}
	ecsJSON = Format{
		Prose: true,
		Name:  "ecs", Title: "Elastic Common Schema",
		New: func(o Options) Parser { return newJSON(o, markECS) },
	}
)
