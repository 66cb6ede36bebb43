package format

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"strings"
)

// slot is a place for one value of a record. Keys of many spellings lead to it.
type slot uint8

const (
	slotNone slot = iota
	slotTime
	slotHour // a time of day beside a date
	slotDuration
	slotBytes
	slotStatus
	slotClient
	slotUser
	slotMethod
	slotTarget  // path and query
	slotPath    // path, or a target where nothing else says the query
	slotQuery   // without the path
	slotRequest // METHOD TARGET PROTOCOL
	slotProto
	slotHost
	slotReferrer
	slotAgent
	slotForwarded
	slotTLSVersion
	slotTLSCipher
	slotUpstream
	slotUpstreamDuration
	slotCache
	slotAction
	slotOutcome
	slotService
	slotHostname
	slotSeverity
	slotBody
	numSlots
)

// unit says how a number in a slot is meant.
type unit uint8

const (
	unitNone unit = iota
	unitSecond
	unitMilli
	unitMicro
	unitNano
	unitGuess   // a duration whose key does not tell: see record.guess
	unitTraefik // nanoseconds in Traefik's records, else unitGuess
	unitSyslog  // a severity from 0, emergency, to 7, debug
	unitLetter  // a severity of one letter, as MongoDB has it: I, W, E, D1
	unitPino    // a severity in tens, from 10, trace, to 60, fatal; below 10 as unitSyslog
	unitCloud   // Nextcloud's severities from 0, debug, to 4, fatal
)

// marks are hints about who wrote a record. They tell dialects apart and what
// unit an ambiguous duration has.
type marks uint32

const (
	markNginxAddr marks = 1 << iota
	markNginxRest
	markTraefikStatus
	markTraefikRest
	markCaddyRequest
	markCaddyDuration
	markGCP
	markECS
	markEcho  // Echo and Datadog: durations as integers are nanoseconds
	markRails // duration is in milliseconds, with a fraction
	markMsg   // slog, logrus, zap: durations as integers are nanoseconds …
	markTS    // … and seconds where the time is called ts (zap)
	markW3C   // the names of the W3C's fields, which has UTC and percent-encodes headers
	markForm  // Akamai, which encodes headers as forms are
	markShip  // GELF and Logstash, whose host is the machine
	markHost  // Tomcat's JSON, whose host is the client
	markReqID // with remoteAddr: Nextcloud, whose levels are its own
)

// markCloud are Nextcloud's.
const markCloud = markReqID | markNginxAddr

// meaning is what a key stands for. Of two keys for one slot the higher rank wins.
type meaning struct {
	slot  slot
	rank  uint8
	unit  unit
	marks marks
}

// keyNames lists the keys of each slot, the best first. Nested keys are joined
// with dots. A name in lower case stands for every spelling with other case,
// underscores, hyphens, colons, $ or @: requestmethod is RequestMethod, request_method
// and $request-method. A name with a capital or @ in it stands for itself only.
var keyNames = []struct {
	slot  slot
	unit  unit
	names string
}{
	{slotTime, unitNone, `@t StartUTC StartLocal httprequest.timestamp timestamp time ts datetime timeiso8601 iso8601 timelocal msec eventtime
		timemillis edgestarttimestamp starttime t.date instant.epochsecond asctime timegenerated timeunixnano timestampms timestampns epoch
		epochms unixtime unixtimestamp timestamp(ms) requestreceivedtimestamp reqtimesec timestart requesttimestamp realtimetimestamp sourcerealtimetimestamp startedat loggedat createdat date dt t requestTimeEpoch requestTime
		time.timestamp record.time.timestamp lasttimestamp stagetimestamp requestcontext.timeepoch requestcontext.time requestcontext.requesttimeepoch
		httpmessage.start reqstarttime eventtimestampms`},

	{slotDuration, unitNano, `event.duration`},
	{slotDuration, unitSecond, `http.server.request.duration requesttime rt`},
	{slotDuration, unitMicro, `timeelapsed`},
	{slotDuration, unitMilli, `http.server.duration latencies.request responseTime ResponseTime Elapsed responselatency turnaroundtime took ms attr.durationmillis`},
	{slotDuration, unitTraefik, `Duration`},
	{slotDuration, unitGuess, `duration httprequest.latency http.duration request.duration response.duration requestduration responseduration
		responsetime res.responsetime response.latency response.time api.timetoresponse timetaken totaltime latency latencytotal dur elapsed elapsedtime processingtime servetime latencyhuman`},

	{slotUpstreamDuration, unitSecond, `upstream.duration upstreamresponsetime urt serverresponselatency`},
	{slotUpstreamDuration, unitNano, `OriginDuration originresponsetime`},
	{slotUpstreamDuration, unitMilli, `latencies.proxy upstreamservicetime integrationlatency originresponseduration`},
	{slotUpstreamDuration, unitGuess, `upstreamduration upstreamtime upstreamlatency`},

	{slotBytes, unitNone, `http.response.body.size http.response.body.bytes http.response.size http.response.bytes bodybytessent downstreamcontentsize
		httprequest.responsesize edgeresponsebytes response.bodysize response.body.bytes response.headers.contentlength response.bytes response.size response.length responsebodysize responsebytes
		responsesize responselength responsecontentlength sentbytes bytessent bytesout bytes size res.size res.bytes res.contentlength
		res.headers.contentlength respheaders.contentlength respcontentlength responsebytesize responsebodylen http.responsecontentlength api.tx scbytes length contentlength network.byteswritten totalbytes http.length writtenbytes respsize`},

	{slotStatus, unitNone, `http.response.statuscode http.response.status httprequest.status downstreamstatus edgeresponsestatus res.statuscode res.status
		response.statuscode response.status resp.statuscode resp.status api.statuscode http.statuscode http.status request.status httpstatuscode httpstatus
		responsestatuscode responsecodesent responsestatus.code responsestatus statuscode status scstatus responsecode staus resp httpcode response code originstatus response.httpcode respcode`},

	{slotClient, unitNone, `client.address client.ip source.ip source.address request.clientip clientip clientaddress ipaddress client clienthost
		request.remoteip httprequest.remoteip remoteip network.client.ip httprequest.clientip cliip http.clientip id.origh remoteaddr remoteaddress remotehost req.remoteaddress
		req.remoteaddr req.ip req.clientip request.ip request.remoteaddr request.remoteaddress http.request.remoteip http.remoteaddr
		net.peer.ip network.peer.address net.sock.peer.addr clientaddr downstreamremoteaddress sourceips sourceipaddress ip sourceip srcip peer remote realip cip requestcontext.http.sourceip requestcontext.identity.sourceip
		attackdata.clientip origin.address cltip attr.remote`},

	{slotUser, unitNone, `user.name remoteuser authuser username user clientusername uname userid user.id user.email usr.name usr.id enduser.id useridentity.username request.user
		req.user httpuser user.username login attr.principalname`},

	{slotMethod, unitNone, `http.request.method requestmethod httprequest.requestmethod request.method req.method http.method clientrequestmethod reqmethod requestverb httprequest.httpmethod
		http.requestmethod http.httpmethod httpmethod method httpverb verb csmethod requestcontext.http.method requestcontext.httpmethod`},

	{slotTarget, unitNone, `url.original requesturi httprequest.requesturl request.uri request.url req.originalurl req.url http.url http.target requesturl
		clientrequesturi originalurl http.request.url http.request.uri url.full url requesttarget target`},

	{slotPath, unitNone, `url.path requestpath reqpath httprequest.uri request.path req.path http.path http.request.path uri httpuri urlpath httppath http.urldetails.path uripath path csuristem resourcepath rawpath requestcontext.http.path clientrequestpath http.route route`},

	{slotQuery, unitNone, `url.query querystring querystr httprequest.args args requestquery request.querystring request.query req.query http.query query csuriquery rawquerystring clientrequestquery`},

	{slotRequest, unitNone, `requestline request.requestline request http.request httprequest req routekey`},

	{slotProto, unitNone, `network.protocol.version http.version http.flavor serverprotocol httpversion requestprotocol httprequest.protocol request.proto
		request.protocol request.httpversion req.httpversion req.proto clientrequestprotocol httprequest.httpversion csprotocolversion http.protocol http.proto protocol proto requestcontext.http.protocol requestcontext.protocol`},

	{slotHost, unitNone, `server.address request.host reqhost req.host requesthost clientrequesthost url.domain http.host req.headers.host request.headers.host
		http.request.headers.host headers.host requestcontext.domainname xhostheader cs(host) cshost httphost virtualhost vhost authority host servername server domain domainname http.hostname`},

	{slotReferrer, unitNone, `http.request.header.referer http.request.referrer httprequest.referer request.headers.referer req.headers.referer
		http.request.headers.referer requestreferer httpreferer httpreferrer clientrequestreferer http.referer http.referrer http.httprefer
		request.referer request.referrer cs(referer) csreferer headers.referer referer referrer`},

	{slotAgent, unitNone, `useragent.original httprequest.useragent request.headers.useragent req.headers.useragent http.request.headers.useragent
		http.request.header.useragent requestuseragent httpuseragent clientrequestuseragent http.useragent http.httpuseragent request.useragent
		req.useragent headers.useragent cs(useragent) csuseragent useragent agent ua requestcontext.http.useragent requestcontext.identity.useragent`},

	{slotForwarded, unitNone, `client.forwarded httpxforwardedfor request.headers.xforwardedfor req.headers.xforwardedfor headers.xforwardedfor
		http.request.headers.xforwardedfor http.xforwardedfor xforwardedfor requestxforwardedfor forwardedfor xff fwd`},

	{slotTLSVersion, unitNone, `tls.protocol.version sslprotocol request.tls.version tls.version tlsversion clientsslprotocol securityprotocol tlsprotocol tls`},
	{slotTLSCipher, unitNone, `tls.cipher sslcipher request.tls.ciphersuite tls.ciphersuite tlscipher clientsslcipher securitycipher`},

	{slotUpstream, unitNone, `upstream.address upstreamaddr upstreamaddress upstreamhost serverrouted serviceaddr originip backendhostname httprequest.serverip upstream`},

	{slotCache, unitNone, `cache.status upstreamcachestatus cachestatus cachecachestatus httprequest.cachehit xedgeresulttype vercelcache xcache`},

	{slotAction, unitNone, `event.action action eventname`},
	{slotOutcome, unitNone, `event.outcome outcome responseelements.consolelogin`},
	{slotService, unitNone, `service.name servicename service syslogidentifier application appname app program logger.name comm systemdunit eventsource`},
	{slotHostname, unitNone, `host.name host.hostname hostname syslogserver agent.hostname machinename computername nodename`},

	{slotSeverity, unitNone, `@l log.level severitytext severity levelname level.name loglevel errorseverity sev L`},
	{slotSeverity, unitPino, `level lvl`},
	{slotSeverity, unitSyslog, `priority syslogseverity`},
	{slotSeverity, unitLetter, `s`},

	{slotBody, unitNone, `@m body shortmessage message msg textpayload text @mt log event renderedmessage logevent.message alert.signature
		err.message error.message exception.message errormessage error err detail description messagetemplate M`},
}

// keyMarks lists the keys that give a writer away.
var keyMarks = []struct {
	marks marks
	names string
}{
	{markNginxAddr, `remoteaddr`},
	{markNginxRest, `bodybytessent requesturi httpuseragent timeiso8601 timelocal requesttime httpreferer upstreamresponsetime requestlength`},
	{markTraefikStatus, `DownstreamStatus`},
	{markTraefikRest, `ClientAddr ClientHost StartUTC RouterName ServiceName Duration Overhead OriginDuration`},
	{markCaddyRequest, `request.uri request.proto`},
	{markCaddyDuration, `duration`},
	{markGCP, `httprequest.requestmethod httprequest.requesturl`},
	{markECS, `ecs.version`},
	{markEcho, `latencyhuman ddsource http.urldetails.path network.byteswritten`},
	{markRails, `controller queueduration`},
	{markMsg, `msg`},
	{markTS, `ts`},
	{markW3C, `csuristem`},
	{markForm, `reqtimesec`},
	{markShip, `shortmessage @version`},
	{markHost, `logicalusername`},
	{markReqID, `reqid`},
}

// keyMeanings joins the two lists above.
var keyMeanings = func() map[string]meaning {
	table := map[string]meaning{}
	var next [numSlots]uint8
	for _, group := range keyNames {
		for name := range strings.FieldsSeq(group.names) {
			next[group.slot]++
			if old := table[name]; old.slot == slotNone {
				table[name] = meaning{slot: group.slot, rank: 255 - next[group.slot], unit: group.unit}
			}
		}
	}
	for _, group := range keyMarks {
		for name := range strings.FieldsSeq(group.names) {
			m, ok := table[name]
			if !ok {
				m = table[strings.ToLower(name)]
			}
			m.marks |= group.marks
			table[name] = m
		}
	}
	return table
}()

// These are the ranks of the keys client, origin.address, host, target, time, uname, userid and http.route.
var (
	clientRank = keyMeanings["client"].rank
	originRank = keyMeanings["origin.address"].rank
	hostRank   = keyMeanings["host"].rank
	routeRank  = keyMeanings["http.route"].rank
	targetRank = keyMeanings["target"].rank
	timeRank   = keyMeanings["time"].rank
	unameRank  = keyMeanings["uname"].rank
	userIDRank = keyMeanings["userid"].rank
)

// wrappers are objects that hold a record without being part of its keys' names.
var wrappers = map[string]bool{
	"attributes": true, "jsonpayload": true, "protopayload": true, "fields": true, "payload": true, "properties": true, "labels": true,
	"resource": true, "record": true, "log": true, "message": true, "meta": true, "metadata": true, "access": true, "accesslog": true, "nginx": true, "apache": true, "event": true, "proxy": true, "span": true,
	"transaction": true, "httpmessage": true,
}

// suffixes are the units that a duration's key may end in, the longer first.
var suffixes = []struct {
	text string
	unit unit
}{
	{"milliseconds", unitMilli}, {"millis", unitMilli}, {"msec", unitMilli}, {"ms", unitMilli},
	{"microseconds", unitMicro}, {"micros", unitMicro}, {"usec", unitMicro}, {"us", unitMicro}, {"µs", unitMicro},
	{"nanoseconds", unitNano}, {"nanos", unitNano}, {"nsec", unitNano}, {"ns", unitNano},
	{"seconds", unitSecond}, {"secs", unitSecond}, {"sec", unitSecond}, {"s", unitSecond},
}

// keyMax is the length of the longest path that can have a meaning.
const keyMax = 96

// meaningOf looks up a path of keys joined with dots. It keeps nothing of path.
func meaningOf(path []byte) meaning {
	if len(path) > keyMax {
		return meaning{}
	}
	path = bytes.TrimPrefix(path, []byte("_source.")) // a document of Elasticsearch, exported
	if m, ok := keyMeanings[string(path)]; ok {
		return m
	}
	var buffer [keyMax]byte
	name := buffer[:0]
	for _, c := range path {
		switch {
		case c == '_' || c == '-' || c == '$' || c == '@' || c == ' ' || c == ':':
		case c == '>':
			name = append(name, '.')
		case 'A' <= c && c <= 'Z':
			name = append(name, c|0x20)
		default:
			name = append(name, c)
		}
	}
	for range 3 {
		if m, ok := keyMeanings[string(name)]; ok {
			return m
		}
		for _, s := range suffixes {
			if !bytes.HasSuffix(name, []byte(s.text)) {
				continue
			}
			m := keyMeanings[string(name[:len(name)-len(s.text)])]
			if m.slot == slotDuration || m.slot == slotUpstreamDuration {
				m.unit = s.unit
				return m
			}
		}
		dot := bytes.IndexByte(name, '.')
		if dot < 0 || !wrappers[string(name[:dot])] {
			break
		}
		name = name[dot+1:]
		if dot = bytes.IndexAny(path, ".>"); dot >= 0 {
			if path = path[dot+1:]; len(path) > 0 {
				if m, ok := keyMeanings[string(path)]; ok {
					return m
				}
			}
		}
	}
	return meaning{}
}

// keyCache remembers the meanings of the keys of earlier lines, and which key
// followed which, so that a line like its predecessors looks nothing up. It has
// a fixed size, and what a hostile line drives out is found again.
type keyCache struct {
	keys  [cachedKeys + 1]cachedKey // the last one is the beginning of a line
	names [cachedKeys]cachedName
	now   uint16 // index of the key met last
	last  uint64 // id given last
}

const cachedKeys = 128

// cachedName is `"name":`, as lines mostly have it, and zeros.
type cachedName [44]byte

// cachedKey is what is known of a key. It fills a cache line of the machine.
type cachedKey struct {
	id     uint64 // names this key under this parent, until it is driven out; 0 is none
	parent uint64 // id of the object it stands in, 0 for the line's own
	head   uint64 // the first eight bytes of cachedName …
	mask   uint64 // … as far as it is so long
	tail   uint64 // its last eight bytes
	meaning
	follow uint16 // index of the key that followed last time
	length uint8  // of the name with quotes and colon
	_      [13]byte
}

// nowhere is a parent that no key has.
const nowhere = 1<<64 - 1

func newKeyCache() *keyCache {
	c := &keyCache{}
	for i := range c.keys {
		c.keys[i].parent = nowhere
	}
	return c
}

// begin begins a line.
func (c *keyCache) begin() { c.now = cachedKeys }

// stands tells whether line[i:] begins with the name of key k in its quotes and
// a colon. There are two bytes more in the line then.
func (c *keyCache) stands(k uint16, line []byte, i int) bool {
	key := &c.keys[k]
	n, b := int(key.length), line[i:]
	if len(b) < n+2 || len(b) < 8 || (binary.LittleEndian.Uint64(b)^key.head)&key.mask != 0 {
		return false
	}
	if n <= 8 {
		return true
	}
	return binary.LittleEndian.Uint64(b[n-8:]) == key.tail && (n <= 16 || string(b[8:n-8]) == string(c.names[k][8:n-8]))
}

// find goes on to the key line[at] under parent. It returns nil when that is not
// remembered.
func (c *keyCache) find(line []byte, at span, parent uint64) *cachedKey {
	i := keyHash(line, at, parent)
	for _, i := range [2]uint16{i, i ^ 1} {
		k := &c.keys[i]
		if k.parent == parent && int32(k.length)-3 == at.to-at.from && string(c.names[i][1:k.length-2]) == string(at.of(line)) {
			c.keys[c.now].follow, c.now = i, i
			return k
		}
	}
	return nil
}

// learn remembers the key line[at] under parent, which is plain text, and goes
// on to it. A key too long to be remembered is passed over.
func (c *keyCache) learn(line []byte, at span, parent uint64, m meaning) (id uint64) {
	c.last++
	name := at.of(line)
	if len(name)+3 > len(cachedName{}) {
		return c.last
	}
	i := keyHash(line, at, parent)
	if c.keys[i^1].id < c.keys[i].id { // the older one gives way
		i ^= 1
	}
	text := &c.names[i]
	*text = cachedName{'"'}
	copy(text[1:], name)
	n := len(name) + 1 + copy(text[1+len(name):], `":`)
	k := cachedKey{id: c.last, parent: parent, meaning: m, length: uint8(n), head: binary.LittleEndian.Uint64(text[:]), mask: nowhere}
	if n < 8 {
		k.mask = 1<<(8*n) - 1
	} else {
		k.tail = binary.LittleEndian.Uint64(text[n-8:])
	}
	c.keys[i] = k
	c.keys[c.now].follow, c.now = i, i
	return c.last
}

// keyHash is the index of a key's place in the cache; its other one is beside it.
func keyHash(line []byte, at span, parent uint64) uint16 {
	from, n := int(at.from), int(at.to-at.from)
	var a, b uint64
	switch {
	case n >= 8:
		a = binary.LittleEndian.Uint64(line[from:])
		b = binary.LittleEndian.Uint64(line[from+n-8:])
	default:
		for i := range n {
			a |= uint64(line[from+i]) << (8 * i)
		}
	}
	const k1, k2 = 0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f
	high, low := bits.Mul64(a^b<<7^b>>57^uint64(n)<<32^k2, parent*k2^k1)
	return uint16((high ^ low) % cachedKeys)
}
