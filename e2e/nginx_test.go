//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"
)

// webServer is Debian's nginx on loopback, logging in its stock combined format.
type webServer struct {
	dir, log string
	address  string // of the site
	status   string // of stub_status, which is not logged
	asked    int    // requests to stub_status
}

// Two workers, so that the lines of two processes meet in one log. Everything
// but the log directive's path is what Debian ships: access_log without a
// format is combined, unbuffered.
const nginxConf = `
worker_processes 2;
pid %[1]s/nginx.pid;
error_log %[1]s/error.log;
events { worker_connections 256; }
http {
	access_log %[1]s/access.log;
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
	keepalive_requests 100000;
	server {
		listen %[2]s;
		location / { return 200 "hello\n"; }
		location /api/ { return 201 "{}\n"; }
		location /old { return 301 /; }
		location /missing { return 404; }
		location /broken { return 503; }
	}
	server { listen %[3]s; access_log off; location / { stub_status; } }
}
`

func startNginx(t *testing.T) *webServer {
	t.Helper()
	dir := t.TempDir()
	w := &webServer{dir: dir, log: filepath.Join(dir, "access.log"), address: freeAddress(t), status: freeAddress(t)}
	conf := fmt.Sprintf(nginxConf, dir, w.address, w.status)
	if os.Getuid() == 0 {
		conf = "user root;\n" + conf // the workers reopen the log, in a directory of root's
	}
	path := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(path, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(tool(t, "nginx"), "-p", dir, "-c", path, "-e", filepath.Join(dir, "error.log"), "-g", "daemon off;")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
		if t.Failed() {
			errors, _ := os.ReadFile(filepath.Join(dir, "error.log"))
			t.Logf("nginx: %s", errors)
		}
	})
	eventually(t, "nginx answers", func() bool {
		c, err := net.Dial("tcp", w.status)
		if err != nil {
			return false
		}
		c.Close()
		return true
	})
	return w
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

var handled = regexp.MustCompile(`accepts handled requests\s+\d+ \d+ (\d+)`)

// requests returns how many requests nginx itself has counted, those that asked
// for the count left out.
func (w *webServer) requests(t *testing.T) int {
	t.Helper()
	resp, err := http.Get("http://" + w.status)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	w.asked++
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	found := handled.FindSubmatch(page)
	if found == nil {
		t.Fatalf("no count in %q", page)
	}
	n, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n - w.asked
}

// Rotation as /etc/logrotate.d/nginx has it, its calendar and its service
// manager aside; and the other way, for servers that can't be told.
const (
	renaming = `%[1]s/access.log {
	rotate 14
	missingok
	compress
	delaycompress
	notifempty
	create 0640
	sharedscripts
	postrotate
		kill -USR1 $(cat %[1]s/nginx.pid)
	endscript
}
`
	copying = `%[1]s/access.log {
	rotate 14
	missingok
	compress
	delaycompress
	notifempty
	copytruncate
}
`
)

func (w *webServer) rotate(t *testing.T, how string) {
	t.Helper()
	conf := filepath.Join(w.dir, "logrotate.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, how, w.dir), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), tool(t, "logrotate"), "--force", "--state", filepath.Join(w.dir, "logrotate.state"), conf)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("logrotate: %v\n%s", err, out)
	}
}
