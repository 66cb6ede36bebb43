package it

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weir/archive"
	"weir/archive/bucket"
)

// meddler stands between the archive and the gateway.
type meddler struct {
	before func(w http.ResponseWriter, r *http.Request) (done bool) // nil lets pass
	after  func(r *http.Response) error
}

func (m *meddler) start(t *testing.T) bucket.Settings {
	t.Helper()
	target, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // it is signed
		},
		ModifyResponse: func(r *http.Response) error {
			if m.after != nil {
				return m.after(r)
			}
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { cut(w) },
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if m.before != nil && m.before(w, r) {
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	s := settings()
	s.Endpoint = server.URL
	return s
}

// cut ends the connection without an answer.
func cut(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		conn.Close()
	}
}

func answer(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "<Error><Code>"+code+"</Code><Message>"+code+"</Message></Error>")
}

func isObject(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, ".zst") }

// TestNothingIsLostThroughABadNetwork runs each fault once or for ever. Where it
// passes, one pass is enough; where it stays, the log stays; afterwards a pass
// without fault makes all good.
func TestNothingIsLostThroughABadNetwork(t *testing.T) {
	once := func(n int32, bad func(http.ResponseWriter, *http.Request) bool) func(http.ResponseWriter, *http.Request) bool {
		var left atomic.Int32
		left.Store(n)
		return func(w http.ResponseWriter, r *http.Request) bool {
			return isObject(r) && left.Add(-1) >= 0 && bad(w, r)
		}
	}
	answering := func(method string, status int, code string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != method {
				return false
			}
			_, _ = io.Copy(io.Discard, r.Body)
			answer(w, status, code)
			return true
		}
	}
	cutting := func(method string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != method {
				return false
			}
			_, _ = io.CopyN(io.Discard, r.Body, 1000)
			cut(w)
			return true
		}
	}
	flipping := func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPut {
			return false
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return false
		}
		body[len(body)/2] ^= 1
		r.Body = io.NopCloser(bytes.NewReader(body))
		return false
	}
	const ever = 1 << 30
	for _, c := range []struct {
		name string
		m    meddler
		code int // of the first pass
	}{
		{"slow down once", meddler{before: once(1, answering(http.MethodPut, 503, "SlowDown"))}, 0},
		{"slow down for ever", meddler{before: once(ever, answering(http.MethodPut, 503, "SlowDown"))}, 1},
		{"internal error once", meddler{before: once(1, answering(http.MethodPut, 500, "InternalError"))}, 0},
		{"reset once", meddler{before: once(1, cutting(http.MethodPut))}, 0},
		{"reset for ever", meddler{before: once(ever, cutting(http.MethodPut))}, 1},
		{"flipped once", meddler{before: once(1, flipping)}, 0},
		{"flipped for ever", meddler{before: once(ever, flipping)}, 5},
		{"put forbidden", meddler{before: once(ever, answering(http.MethodPut, 403, "AccessDenied"))}, 3},
		{"head forbidden", meddler{before: once(ever, answering(http.MethodHead, 403, "AccessDenied"))}, 3},
		{"head says not found", meddler{before: once(ever, answering(http.MethodHead, 404, "NotFound"))}, 1},
		{"head lies", meddler{after: func(r *http.Response) error {
			if r.Request.Method == http.MethodHead && isObject(r.Request) {
				r.Header.Set("X-Amz-Checksum-Crc64nvme", "AAAAAAAAAAA=")
			}
			return nil
		}}, 5},
		{"another region", meddler{before: once(ever, answering(http.MethodPut, 301, "PermanentRedirect"))}, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			good := p.bucket
			p.bucket = p.through(c.m.start(t))
			p.write("xaccess.log.1", lines(0, 3000))
			err := p.push()
			if code := archive.ExitCode(err); code != c.code {
				t.Errorf("exit %d: %v", code, err)
			}
			if left := len(p.logs()); (left == 0) != (err == nil) {
				t.Errorf("%d logs are left after %v", left, err)
			}
			p.bucket = good
			p.must(p.push())
			if len(p.logs()) > 0 {
				t.Error("the log is still here")
			}
			_, err = p.restore(p.whole())
			p.must(err)
			if p.restored() != lines(0, 3000) {
				t.Error("other lines came back")
			}
			p.noneOpen()
		})
	}
}

// TestAnErrorInsideASuccessIsAnError: a service that has said 200 while it joins
// the parts can only say in the answer's body that it failed.
func TestAnErrorInsideASuccessIsAnError(t *testing.T) {
	text := lines(0, 1_000_000)
	for name, c := range map[string]struct{ fails, code int }{"once": {1, 0}, "for ever": {1 << 30, 1}} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			good := p.bucket
			var failed, parts atomic.Int32
			m := meddler{before: func(w http.ResponseWriter, r *http.Request) bool {
				switch {
				case r.URL.Query().Has("partNumber"):
					parts.Add(1)
				case r.Method == http.MethodPost && r.URL.Query().Has("uploadId") && int(failed.Add(1)) <= c.fails:
					_, _ = io.Copy(io.Discard, r.Body)
					answer(w, http.StatusOK, "InternalError")
					return true
				}
				return false
			}}
			p.bucket = p.through(m.start(t))
			p.write("xaccess.log.1", text)
			config := p.config()
			config.Codec = "none"
			_, err := archive.Push(t.Context(), config)
			if code := archive.ExitCode(err); code != c.code {
				t.Errorf("exit %d: %v", code, err)
			}
			if failed.Load() == 0 {
				t.Error("nothing was joined")
			}
			sent := parts.Load()
			if c.code != 0 {
				same(t, []string{"xaccess.log.1"}, p.logs())
				p.bucket = p.through((&meddler{before: m.before}).start(t))
				c.fails = 0
				config.Bucket = p.bucket
				_, err := archive.Push(t.Context(), config)
				p.must(err)
			}
			if parts.Load() != sent {
				t.Errorf("%d parts were sent again", parts.Load()-sent)
			}
			same(t, []string{}, p.logs())
			p.noneOpen()
			p.bucket = good
			_, err = p.restore(p.whole())
			p.must(err)
			if p.restored() != text {
				t.Error("other lines came back")
			}
		})
	}
}

// TestTheRateLimitHoldsOnTheWayToS3: every byte of the object is counted once, and
// not faster than asked.
func TestTheRateLimitHoldsOnTheWayToS3(t *testing.T) {
	p := newPlace(t)
	text := lines(0, 3000)
	p.write("web-"+began.Format("20060102T1504Z")+".log", text)
	c := p.config()
	c.Codec, c.LimitRate, c.Progress = "none", int64(len(text))/2, &archive.Progress{}
	start := time.Now()
	_, err := archive.Push(t.Context(), c)
	p.must(err)
	if took := time.Since(start); took < 1500*time.Millisecond {
		t.Errorf("what takes 2 s at this rate took %s", took)
	}
	same(t, int64(len(text)), c.Progress.Snapshot().Moved)
	same(t, []string{}, p.logs())
	w := archive.Wanted{Dir: p.dir, Into: filepath.Join(p.dir, "restored"), Bucket: p.bucket, Template: p.tpl, Now: time.Now, LimitRate: c.LimitRate, Progress: &archive.Progress{}}
	w.Since, w.Until = p.whole()
	plan, err := archive.NewPlan(t.Context(), w)
	p.must(err)
	start = time.Now()
	_, err = archive.Restore(t.Context(), w, plan)
	p.must(err)
	if took := time.Since(start); took < 1500*time.Millisecond {
		t.Errorf("what takes 2 s at this rate came back in %s", took)
	}
	same(t, int64(len(text)), w.Progress.Snapshot().Moved)
	if p.restored() != text {
		t.Error("other lines came back")
	}
}

func same[T any](t *testing.T, want, got T) {
	t.Helper()
	if !reflect.DeepEqual(want, got) {
		t.Errorf("want %v, got %v", want, got)
	}
}

func TestALostAnswerIsNoSecondObject(t *testing.T) {
	p := newPlace(t)
	good := p.bucket
	var lost atomic.Int32
	m := meddler{after: func(r *http.Response) error {
		if r.Request.Method == http.MethodPut && isObject(r.Request) && lost.Add(1) < 10 {
			return errors.New("lost")
		}
		return nil
	}}
	p.bucket = p.through(m.start(t))
	p.write("xaccess.log.1", lines(0, 3000))
	if err := p.push(); err != nil {
		t.Logf("first pass: %v", err)
	}
	p.bucket = good
	p.must(p.push())
	objects := 0
	for o, err := range p.bucket.List(t.Context(), "", "", "") {
		p.must(err)
		if strings.HasSuffix(o.Key, ".zst") {
			objects++
		}
	}
	if objects != 1 {
		t.Errorf("%d objects", objects)
	}
}

func TestADownloadThatIsCutGoesOn(t *testing.T) {
	p := newPlace(t)
	text := lines(0, 200_000)
	p.write("xaccess.log.1", text)
	p.must(p.push())
	var cuts atomic.Int32
	m := meddler{after: func(r *http.Response) error {
		if r.Request.Method == http.MethodGet && isObject(r.Request) && cuts.Add(1) <= 3 {
			r.Body = struct {
				io.Reader
				io.Closer
			}{io.MultiReader(io.LimitReader(r.Body, 100_000), broken{}), r.Body}
		}
		return nil
	}}
	p.bucket = p.through(m.start(t))
	_, err := p.restore(p.whole())
	p.must(err)
	if p.restored() != text {
		t.Error("other lines came back")
	}
	if cuts.Load() < 4 {
		t.Errorf("only %d requests", cuts.Load())
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("cut") }

func TestFrozenObjectsAreThawed(t *testing.T) {
	p := newPlace(t)
	p.write("xaccess.log.1", lines(0, 100))
	p.must(p.push())
	var asked atomic.Int32
	m := meddler{before: func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case isObject(r) && r.Method == http.MethodGet:
			answer(w, 403, "InvalidObjectState")
		case isObject(r) && r.Method == http.MethodPost && r.URL.Query().Has("restore"):
			asked.Add(1)
			w.WriteHeader(http.StatusAccepted)
		default:
			return false
		}
		return true
	}}
	p.bucket = p.through(m.start(t))
	since, until := p.whole()
	w := archive.Wanted{Dir: p.dir, Into: p.dir + "/restored", Bucket: p.bucket, Template: p.tpl, Since: since, Until: until, Now: time.Now}
	for _, thaw := range []bool{false, true} {
		w.Thaw = thaw
		plan, err := archive.NewPlan(t.Context(), w)
		p.must(err)
		r, err := archive.Restore(t.Context(), w, plan)
		p.must(err)
		if r.Frozen != 1 {
			t.Errorf("%+v", r)
		}
	}
	if asked.Load() != 1 {
		t.Errorf("asked %d times", asked.Load())
	}
}

// TestAServiceThatEchoesIsReadBack: one that is not known to check what it is
// told is believed only after reading.
func TestAServiceThatEchoesIsReadBack(t *testing.T) {
	p := newPlace(t)
	s := settings()
	s.Provider = "other"
	p.bucket = p.through(s)
	p.write("xaccess.log.1", lines(0, 100))
	p.must(p.push())
	for _, e := range p.events {
		if e.What == archive.Verified && e.Proof != "read back" {
			t.Errorf("proven by %q", e.Proof)
		}
	}
	for _, profile := range []string{"b2", "gcs"} {
		p := newPlace(t)
		s := settings()
		s.Provider, s.PathStyle, s.Region = profile, true, "us-east-1"
		p.bucket = p.through(s)
		p.write("xaccess.log.1", lines(0, 100))
		if err := p.push(); err != nil {
			t.Errorf("%s: %v", profile, err)
		}
		for _, e := range p.events {
			if e.What == archive.Verified && e.Proof != "md5" {
				t.Errorf("%s: proven by %q", profile, e.Proof)
			}
		}
	}
}
