package demo

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"weir/ingest/event"
)

// tick is how often Run writes.
const tick = 60 * time.Millisecond

// chunk is how much is written at once, about, while writing history.
const chunk = 256 << 10

// logFile is one growing log. What is written ends with a line, always.
type logFile struct {
	path   string
	limit  int64
	file   *os.File
	size   int64
	buf    []byte
	second int64  // the second that stamp is of
	stamp  []byte // "[02/Jan/2006:15:04:05 -0700]"
	zone   *time.Location
}

func (g *Generator) newLog(name string) logFile {
	return logFile{path: filepath.Join(g.cfg.Dir, name), limit: g.cfg.MaxBytes, zone: g.cfg.Start.Location(), second: math.MinInt64}
}

// Files returns the paths of the logs: access.log (combined, with the request
// time in seconds at the end) and api.jsonl (an object a line, as Caddy writes it).
func (g *Generator) Files() []string { return []string{g.logs[0].path, g.logs[1].path} }

// Backfill writes the history, up to Start, and leaves the logs for Run to go on with.
func (g *Generator) Backfill() error {
	if err := g.open(); err != nil {
		return err
	}
	defer g.close()
	return g.write(g.cfg.Start)
}

// Run writes requests as the wall clock reaches them, and what history is not
// written yet, until ctx is done; that is no error.
func (g *Generator) Run(ctx context.Context) error {
	if err := g.open(); err != nil {
		return err
	}
	defer g.close()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticker.C:
			// A machine that slept through the night does not want the whole night.
			g.skip(now.Add(-max(g.cfg.History, 0) - time.Minute))
			if err := g.write(now); err != nil {
				return err
			}
		}
	}
}

func (g *Generator) open() error {
	for i := range g.logs {
		if err := g.logs[i].open(); err != nil {
			g.close()
			return err
		}
	}
	return nil
}

func (g *Generator) close() {
	for i := range g.logs {
		if f := g.logs[i].file; f != nil {
			f.Close()
			g.logs[i].file = nil
		}
	}
}

// write writes the requests that arrive before t.
func (g *Generator) write(t time.Time) error {
	for e := range g.Until(t) {
		l := &g.logs[0]
		if isAPI(e) {
			l = &g.logs[1]
			l.buf = appendCaddy(l.buf, e)
		} else {
			l.buf = l.appendCombined(l.buf, e)
		}
		if len(l.buf) >= chunk {
			if err := l.flush(); err != nil {
				return err
			}
		}
	}
	for i := range g.logs {
		if err := g.logs[i].flush(); err != nil {
			return err
		}
	}
	return nil
}

func (l *logFile) open() error {
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the demo's log: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return fmt.Errorf("open the demo's log: %w", err)
	}
	l.file, l.size = f, info.Size()
	return nil
}

// flush writes the lines of buf at once, to a new file when the old one is full.
func (l *logFile) flush() error {
	if len(l.buf) == 0 {
		return nil
	}
	if l.size > 0 && l.size+int64(len(l.buf)) > l.limit {
		if err := l.rotate(); err != nil {
			return err
		}
	}
	n, err := l.file.Write(l.buf)
	l.size += int64(n)
	l.buf = l.buf[:0]
	if err != nil {
		return fmt.Errorf("write the demo's log: %w: make room there, or set TMPDIR to where there is some", err)
	}
	return nil
}

// rotate does as logrotate: the log moves to NAME.1 and a new one takes its place.
func (l *logFile) rotate() error {
	if err := os.Rename(l.path, l.path+".1"); err != nil {
		return fmt.Errorf("rotate the demo's log: %w", err)
	}
	l.file.Close()
	return l.open()
}

const hex = "0123456789ABCDEF"

// appendCombined appends e as nginx does with
// '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_time'.
func (l *logFile) appendCombined(b []byte, e *event.Event) []byte {
	if second := e.Time / int64(time.Second); second != l.second {
		l.second = second
		l.stamp = time.Unix(second, 0).In(l.zone).AppendFormat(l.stamp[:0], " [02/Jan/2006:15:04:05 -0700] \"")
	}
	b = append(b, e.Client...)
	b = append(b, " - "...)
	b = appendOr(b, e.User)
	b = append(b, l.stamp...)
	if len(e.Method) > 0 {
		b = append(append(b, e.Method...), ' ')
		b = append(append(b, e.Target...), " HTTP/"...)
		b = append(b, e.Proto...)
	} else {
		for _, c := range e.Target {
			b = append(b, '\\', 'x', hex[c>>4], hex[c&15])
		}
	}
	b = append(b, "\" "...)
	b = strconv.AppendInt(b, int64(e.Status), 10)
	b = append(b, ' ')
	b = strconv.AppendInt(b, e.Bytes, 10)
	b = append(b, " \""...)
	b = appendOr(b, e.Referrer)
	b = append(b, "\" \""...)
	b = appendOr(b, e.Agent)
	b = append(b, "\" "...)
	b = appendDecimal(b, e.Duration/int64(time.Millisecond), 3)
	return append(b, '\n')
}

// appendCaddy appends e as Caddy does. Nothing in the demo's text needs escaping.
func appendCaddy(b []byte, e *event.Event) []byte {
	b = append(b, `{"level":"info","ts":`...)
	b = appendDecimal(b, e.Time/int64(time.Microsecond), 6)
	b = append(b, `,"logger":"http.log.access.api","msg":"handled request","request":{"remote_ip":"`...)
	b = append(b, e.Client...)
	b = append(b, `","client_ip":"`...)
	b = append(b, e.Client...)
	b = append(b, `","proto":"HTTP/`...)
	b = append(b, e.Proto...)
	b = append(b, `","method":"`...)
	b = append(b, e.Method...)
	b = append(b, `","host":"`...)
	b = append(b, e.Host...)
	b = append(b, `","uri":"`...)
	b = append(b, e.Target...)
	b = append(b, `","headers":{"User-Agent":["`...)
	b = append(b, e.Agent...)
	if len(e.Referrer) > 0 {
		b = append(b, `"],"Referer":["`...)
		b = append(b, e.Referrer...)
	}
	b = append(b, `"]}},"user_id":"`...)
	b = append(b, e.User...)
	b = append(b, `","duration":`...)
	b = appendDecimal(b, e.Duration/int64(time.Microsecond), 6)
	b = append(b, `,"size":`...)
	b = strconv.AppendInt(b, e.Bytes, 10)
	b = append(b, `,"status":`...)
	b = strconv.AppendInt(b, int64(e.Status), 10)
	return append(b, "}\n"...)
}

// appendDecimal appends n / 10^digits, with that many digits.
func appendDecimal(b []byte, n int64, digits int) []byte {
	unit := int64(1)
	for range digits {
		unit *= 10
	}
	b = strconv.AppendInt(b, n/unit, 10)
	b = append(b, '.')
	for rest := n % unit; unit > 1; rest %= unit {
		unit /= 10
		b = append(b, byte('0'+rest/unit))
	}
	return b
}

func appendOr(b, s []byte) []byte {
	if len(s) == 0 {
		return append(b, '-')
	}
	return append(b, s...)
}
