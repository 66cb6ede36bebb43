package archive

import (
	"testing"
	"time"
)

func TestACompleteFileIsArchivedProvenAndDeleted(t *testing.T) {
	p := newPlace(t)
	old := accessLines(0, 50, noon.Add(-2*time.Hour))
	p.write("web-20261120T1000Z-eu.log", old, time.Hour)
	p.write("web-20261120T1100Z-eu.log", "being written\n", time.Minute)
	r := p.push()
	same(t, []string{"web/2026/11/20/web-20261120T1000Z-eu.log.zst"}, p.keys())
	same(t, old, p.unpacked("web/2026/11/20/web-20261120T1000Z-eu.log.zst"))
	same(t, []string{"web-20261120T1100Z-eu.log"}, p.names())
	if r.Uploaded != 1 || r.Deleted != 1 || r.Held != 1 || r.Lines != 50 {
		t.Errorf("report is %+v", r)
	}
}
