package archive

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/archive/archivetest"
)

func TestAFullArchiveStopsWithTheSourceIntact(t *testing.T) {
	p := newPlace(t)
	// A packed file goes without a spool, so the archive is what is full.
	noise := make([]byte, 200_000)
	if _, err := rand.Read(noise); err != nil {
		t.Fatal(err)
	}
	packed := gzipped(t, hex.EncodeToString(noise)+"\n")
	p.write("access.log.1.gz", packed, time.Hour)
	o := p.orders()
	o.Ceiling = 64 << 10
	same(t, 4, archivetest.Code(archivetest.Start(t, o)))
	same(t, packed, read(t, filepath.Join(p.dir, "access.log.1.gz")))
	archivetest.NothingLeft(t, p.dir, p.vault)
	same(t, []string{}, p.keys())
	p.push()
	same(t, []string{}, p.names())
}

// unprivileged gives a child no rights over others' files, where this process
// has them.
func unprivileged(t *testing.T, p *place, o orders) *exec.Cmd {
	t.Helper()
	if os.Geteuid() != 0 {
		return archivetest.Start(t, o)
	}
	const nobody = 65534
	for _, dir := range []string{p.dir, p.vault} {
		for at := dir; at != os.TempDir() && at != "/"; at = filepath.Dir(at) {
			if err := os.Chmod(at, 0o777); err != nil {
				t.Fatal(err)
			}
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(p.vault, "..", "archiver") // where nobody may run it
	data, err := os.ReadFile(self)
	if err == nil {
		err = os.WriteFile(program, data, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	return archivetest.StartAs(t, o, program, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}})
}

func TestAFileThatMayNotBeReadIsSaidAndTheOthersGo(t *testing.T) {
	p := newPlace(t)
	p.write("closed.log.1", "one\n", 48*time.Hour)
	p.write("open.log.1", "two\n", 48*time.Hour)
	if err := os.Chmod(filepath.Join(p.dir, "closed.log.1"), 0); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(p.dir, "open.log.1"), 0o644); err != nil {
		t.Fatal(err)
	}
	same(t, 1, archivetest.Code(unprivileged(t, p, p.orders())))
	same(t, []string{"closed.log.1"}, p.names())
	same(t, 1, len(p.keys()))
	p.push() // with the right to read it
	same(t, 2, len(p.keys()))
}

func TestADryRunSaysWhatStaysWhereWritersCannotBeSeen(t *testing.T) {
	p := newPlace(t)
	p.write("access.log.1", "one\n", 2*time.Hour)
	if err := os.Chmod(filepath.Join(p.dir, "access.log.1"), 0o644); err != nil {
		t.Fatal(err)
	}
	o := p.orders()
	o.DryRun = true
	cmd := unprivileged(t, p, o)
	same(t, 0, archivetest.Code(cmd))
	want := "planned access.log.1, 4 B: archive, and keep for another 22h0m0s: it was rotated\n"
	if os.Geteuid() != 0 { // the file is the child's own
		want = "planned access.log.1, 4 B: archive, then delete: it was rotated\n"
	}
	same(t, want, fmt.Sprint(cmd.Stdout))
}

func TestHivesLayoutGoesAndComesBack(t *testing.T) {
	p := newPlace(t)
	p.config.Template = template(t, "app={prefix}/year={year}/month={month}/day={day}/{filename}")
	text := accessLines(0, 100, noon.Add(-3*time.Hour))
	p.write("web-20261120T0900Z.log", text, time.Hour)
	p.push()
	same(t, []string{"app=web/year=2026/month=11/day=20/web-20261120T0900Z.log.zst"}, p.keys())
	if _, err := p.restore(noon.Add(-24*time.Hour), noon); err != nil {
		t.Fatal(err)
	}
	same(t, map[string]string{"web-20261120T0900Z.log": text}, p.restored())
}

func TestWhereRoomIsShortProvenFilesGoEarlier(t *testing.T) {
	for least, want := range map[int64][]string{0: {"access.log.1"}, 1: {"access.log.1"}, 1 << 62: {}} {
		p := newPlace(t)
		p.config.KeepLocal, p.config.MinFree = 24*time.Hour, least
		p.write("access.log.1", "one\n", time.Hour)
		p.push()
		same(t, want, p.names())
		same(t, "one\n", p.unpacked(p.keys()[0]))
	}
}

// TestABucketThatLiesDeletesNothing: what it says it holds is not what it gives.
func TestABucketThatLiesDeletesNothing(t *testing.T) {
	p := newPlace(t)
	p.write("access.log.1", accessLines(0, 100, noon.Add(-3*time.Hour)), time.Hour)
	p.config.at = func(point string) {
		if point == "uploaded" { // taken, and lost
			for _, key := range p.keys() {
				if err := os.Truncate(filepath.Join(p.vault, key), 0); err != nil {
					t.Error(err)
				}
			}
		}
	}
	_, err := Push(t.Context(), p.settings())
	same(t, 5, ExitCode(err))
	same(t, []string{"access.log.1"}, p.names())
	if !strings.Contains(err.Error(), "the bucket holds 0 bytes") {
		t.Error(err)
	}
}

// TestAClockThatIsOffCompletesNothingEarly: hours ahead or behind, what is being
// written stays, and what is complete is archived once.
func TestAClockThatIsOffCompletesNothingEarly(t *testing.T) {
	for _, off := range []time.Duration{-24 * time.Hour, -3 * time.Hour, 3 * time.Hour, 24 * time.Hour} {
		p := newPlace(t)
		path := p.write("web-20261120T1200Z.log", "being written\n", 0)
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		p.write("web-20261120T1100Z.log", "done\n", time.Hour)
		p.now = noon.Add(off)
		p.push()
		p.now = noon
		p.push()
		same(t, []string{"web-20261120T1200Z.log"}, p.names())
		same(t, []string{"web/2026/11/20/web-20261120T1100Z.log.zst"}, p.keys())
		f.Close()
	}
}

func TestWhatDoesNotUnpackIsNotSent(t *testing.T) {
	p := newPlace(t)
	p.write("access.log.1", accessLines(0, 1000, noon.Add(-3*time.Hour)), time.Hour)
	p.config.at = func(point string) {
		if point == "written" {
			flip(t, filepath.Join(p.dir, ".weir", "spool"), ".tmp")
		}
	}
	_, err := Push(t.Context(), p.settings())
	if err == nil || !strings.Contains(err.Error(), "unpack") {
		t.Errorf("it says %v", err)
	}
	same(t, []string{"access.log.1"}, p.names())
	same(t, []string{}, p.keys())
	archivetest.NothingLeft(t, p.dir)
}

// TestOtherLinesThanTheManifestsAreNotRestored: the object is sound, and another.
func TestOtherLinesThanTheManifestsAreNotRestored(t *testing.T) {
	p := newPlace(t)
	_, m := packed(t, "zstd", "one\n")
	m.Key, m.Filename, m.First, m.Last = "web/2026/11/20/x.log.zst", "x.log", noon.Unix(), noon.Unix()
	text, err := m.encode()
	if err != nil {
		t.Fatal(err)
	}
	other, _ := packed(t, "zstd", "two\n")
	p.store(m.Key, string(other))
	p.store(m.manifestKey(), string(text))
	_, err = p.restore(noon.Add(-time.Hour), noon.Add(time.Hour))
	same(t, 5, ExitCode(err))
	same(t, map[string]string{}, p.restored())
}
