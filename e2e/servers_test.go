//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// server is a web server of Debian's, started with its own idea of a log.
type server struct {
	name    string
	formats []string // what weir may call its log
	log     string   // below the directory
	conf    string   // %[1]s the directory, %[2]s the address, %[3]s another address
	file    string   // what conf is written to
	command []string // the same verbs, after the program's name
}

// servers log in their default formats, or in the JSON that their manuals show.
var servers = []server{
	{
		name: "nginx json", formats: []string{"nginx_json"}, log: "access.log", file: "nginx.conf",
		command: []string{"nginx", "-p", "%[1]s", "-c", "%[1]s/nginx.conf", "-e", "%[1]s/error.log", "-g", "daemon off;"},
		conf: `pid %[1]s/nginx.pid; error_log %[1]s/error.log; events { worker_connections 64; }
http {
	log_format json escape=json '{"time_iso8601":"$time_iso8601","remote_addr":"$remote_addr","request":"$request","status":$status,'
		'"body_bytes_sent":$body_bytes_sent,"request_time":$request_time,"http_referer":"$http_referer","http_user_agent":"$http_user_agent","host":"$host"}';
	access_log %[1]s/access.log json;
	client_body_temp_path %[1]s/b; proxy_temp_path %[1]s/p; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
	server { listen %[2]s; location / { return 200 "hello\n"; } location /missing { return 404; } }
}`,
	},
	{
		name: "apache", formats: []string{"vhost_combined"}, log: "access.log", file: "apache2.conf",
		command: []string{"apache2", "-X", "-f", "%[1]s/apache2.conf"},
		conf: `ServerRoot /usr/lib/apache2
ServerName www.example.com
Listen %[2]s
PidFile %[1]s/apache.pid
ErrorLog %[1]s/error.log
Mutex file:%[1]s default
LoadModule mpm_event_module modules/mod_mpm_event.so
LoadModule authz_core_module modules/mod_authz_core.so
DocumentRoot %[1]s
# as in Debian's apache2.conf and other-vhosts-access-log.conf
LogFormat "%%v:%%p %%h %%l %%u %%t \"%%r\" %%>s %%O \"%%{Referer}i\" \"%%{User-Agent}i\"" vhost_combined
CustomLog %[1]s/access.log vhost_combined
`,
	},
	{
		name: "squid", formats: []string{"squid"}, log: "access.log", file: "squid.conf",
		command: []string{"squid", "-N", "-n", "weir", "-f", "%[1]s/squid.conf"},
		conf: `http_port %[2]s accel defaultsite=www.example.com no-vhost
cache_peer 127.0.0.1 parent 9 0 no-query originserver
http_access allow all
pid_filename %[1]s/squid.pid
access_log stdio:%[1]s/access.log squid
cache_log %[1]s/cache.log
coredump_dir %[1]s
cache deny all
shutdown_lifetime 0 seconds
`,
	},
	{
		name: "caddy", formats: []string{"caddy"}, log: "access.log", file: "Caddyfile",
		command: []string{"caddy", "run", "--config", "%[1]s/Caddyfile", "--adapter", "caddyfile"},
		conf: `{
	admin off
	auto_https off
	storage file_system %[1]s/storage
}
http://%[2]s {
	log {
		output file %[1]s/access.log
	}
	respond /missing 404
	respond "hello"
}
`,
	},
}

func TestLogsOfRealServersParseWhole(t *testing.T) {
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			dir, address := s.start(t)
			visit(t, address)
			mustParseWhole(t, filepath.Join(dir, s.log), s.formats)
		})
	}
}

// HAProxy logs to a syslog server: the lines are what a daemon would write to a file.
func TestLogsOfHAProxyParseWhole(t *testing.T) {
	syslog, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer syslog.Close()
	for _, mode := range []string{"httplog", "tcplog"} {
		t.Run(mode, func(t *testing.T) {
			proxied := "http"
			if mode == "tcplog" {
				proxied = "tcp"
			}
			s := server{name: "haproxy", file: "haproxy.cfg", command: []string{"haproxy", "-db", "-f", "%[1]s/haproxy.cfg"}, conf: `global
	log ` + syslog.LocalAddr().String() + ` format rfc3164 local0
defaults
	mode ` + proxied + `
	log global
	option ` + mode + `
	timeout connect 1s
	timeout client 5s
	timeout server 5s
frontend front
	bind %[2]s
	default_backend back
backend back
	server one %[3]s
`}
			hello := startNginx(t)
			s.conf = strings.ReplaceAll(s.conf, "%[3]s", hello.address)
			dir, address := s.start(t)
			visit(t, address)
			path := filepath.Join(dir, "haproxy.log")
			f, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			lines := 0
			buf := make([]byte, 64<<10)
			eventually(t, "HAProxy has logged every request", func() bool {
				n, _, err := syslog.ReadFrom(buf)
				if err != nil {
					t.Fatal(err)
				}
				if line := buf[:n]; bytes.Contains(line, []byte(" front ")) && bytes.Contains(line, []byte("back/")) {
					lines++
					if _, err := f.Write(append(bytes.TrimRight(line[bytes.IndexByte(line, '>')+1:], "\n"), '\n')); err != nil {
						t.Fatal(err)
					}
				}
				return lines >= 20
			})
			mustParseWhole(t, path, []string{"haproxy"})
		})
	}
}

// start runs the server until the test ends.
func (s server) start(t *testing.T) (dir, address string) {
	t.Helper()
	dir, address = openDir(t), freeAddress(t)
	fill := strings.NewReplacer("%[1]s", dir, "%[2]s", address, "%%", "%").Replace
	if err := os.WriteFile(filepath.Join(dir, s.file), []byte(fill(s.conf)), 0o600); err != nil {
		t.Fatal(err)
	}
	args := make([]string, len(s.command)-1)
	for i := range args {
		args[i] = fill(s.command[i+1])
	}
	var said bytes.Buffer
	cmd := exec.Command(tool(t, s.command[0]), args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &said, &said
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
		if t.Failed() {
			t.Logf("%s: %s", s.name, said.String())
		}
	})
	eventually(t, s.name+" answers", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return dir, address
}

// openDir returns a directory that a server may write to as its own user.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "weir-server-") //nolint:usetesting // t.TempDir is closed to other users
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

// visit sends what servers see on the internet, each on its own connection.
func visit(t *testing.T, address string) {
	t.Helper()
	for i := range 20 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("http://%s/page/%d?q=a%%20b&x=%%22", address, i), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Close = true
		req.Header.Set("User-Agent", `Mozilla/5.0 "quoted" \back`)
		req.Header.Set("Referer", "https://example.com/from?a=\"b\"")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	for _, raw := range []string{
		"HEAD /missing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"POST /form HTTP/1.0\r\nContent-Length: 2\r\n\r\nab",
		"GET http://proxy.example/absolute HTTP/1.1\r\nHost: proxy.example\r\nConnection: close\r\n\r\n",
		"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n",
		"GET /a b c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"nonsense\r\n\r\n",
	} {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, raw); err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, c) // a reset is an answer too
		c.Close()
	}
}

func mustParseWhole(t *testing.T, path string, formats []string) {
	t.Helper()
	var report struct {
		Hits    int
		Sources []struct {
			Format                  string
			Lines, Parsed, Unparsed int
		}
	}
	var last []byte
	eventually(t, "all requests are in the log", func() bool {
		cmd := exec.Command(binary, "report", "--to", "json", path)
		cmd.Env = environment(t)
		out, err := cmd.Output()
		if err != nil {
			return false // the log is not there yet
		}
		last = out
		if err := json.Unmarshal(out, &report); err != nil {
			t.Fatal(err)
		}
		return len(report.Sources) == 1 && report.Sources[0].Lines >= 20
	})
	s := report.Sources[0]
	found := false
	for _, f := range formats {
		found = found || f == s.Format
	}
	if !found || s.Unparsed != 0 || s.Parsed < 20 {
		log, _ := os.ReadFile(path)
		t.Errorf("want %v and all lines parsed, got %s\n%s", formats, last, log)
	}
	t.Logf("%s: %d lines, %d parsed", s.Format, s.Lines, s.Parsed)
}
