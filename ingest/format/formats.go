package format

import "strings"

// Formats are the formats that are told apart, the most telling first: where
// two explain a line, the earlier is the right one.
var Formats = []Format{
	caddy,
	traefikJSON,
	gcpJSON,
	ecsJSON,
	nginxJSON,
	jsonl,
	nginxError,
	apacheError,
	wrapped,
	traefikCLF,
	ingress,
	nexus,
	combined,
	combinedVhost,
	combinedTail,
	vhostCombined,
	vhostCombinedTail,
	common,
	commonVhost,
	commonTail,
	vhostCommon,
	alb,
	elb,
	s3,
	haproxy,
	squid,
	uwsgi,
	envoy,
	nginxProxyManager,
	apisix,
	nginxStream,
	cpanel,
	sslRequest,
	phpFPM,
	phpServer,
	rails,
	aiohttp,
	django,
	gin,
	chi,
	negroni,
	couchdb,
	ktor,
	gitea,
	sanic,
	uvicorn,
	eventlet,
	fastly,
	morgan,
	serilog,
	aspnet,
	towerHTTP,
	tornado,
	fiber,
	bunny,
	filebrowser,
	artifactory,
	tiny,
	zeek,
	awsNLB,
	gcs,
	epa,
	iisNative,
	csvLog,
	columns,
	cloudfrontRealtime,
	cloudfront,
	w3c,
	auditd,
	postgresCSV,
	mysqlSlow,
	erlang,
	weblogic,
	ltsv,
	logfmt,
	access,
	dated,
}

// aliases are other names that people know a format by: nginx's, Apache's and GoAccess' own.
var aliases = map[string]string{
	"clf":          "common",
	"vcombined":    "vhost_combined",
	"vcommon":      "vhost_common",
	"apache":       "combined",
	"nginx":        "combined",
	"json":         "jsonl",
	"ndjson":       "jsonl",
	"awsalb":       "aws_alb",
	"alb":          "aws_alb",
	"awselb":       "aws_elb",
	"elb":          "aws_elb",
	"awss3":        "aws_s3",
	"s3":           "aws_s3",
	"cloudstorage": "gcs",
	"traefikclf":   "traefik_clf",
	"iis":          "w3c",
	"istio":        "envoy",
	"nlb":          "aws_nlb",
	"npm":          "nginx_proxy_manager",
}

// Lookup returns the format of that name. Letter case does not matter, and the
// names of GoAccess' presets are understood.
func Lookup(name string) (Format, bool) {
	if _, around, ok := strings.Cut(name, " in "); ok { // as detect names what is wrapped
		name = "wrapped"
		if around == "JSON" {
			name = "jsonl"
		}
	}
	name = strings.ReplaceAll(strings.ToLower(name), "-", "_")
	if other, ok := aliases[name]; ok {
		name = other
	}
	for _, f := range Formats {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}
