package archive

import (
	"os"
	"strings"
	"testing"
	"time"
)

// complete lists what the rules find complete at a time, in order.
func complete(now time.Time, rules Rules, names ...string) []string {
	var files []candidate
	for _, name := range names {
		files = append(files, candidate{name, now.Add(-time.Hour)})
	}
	found := []string{}
	for _, v := range judge(files, rules, now) {
		if v.Complete {
			found = append(found, v.Name)
		}
	}
	return found
}

func TestANewerFileCompletesTheOlderOnes(t *testing.T) {
	got := complete(utc("2013-07-04T02:10:00"), Rules{}, "a-20130704T0200Z.log", "a-20130704T0000Z.log", "a-20130704T0100Z.log")
	same(t, []string{"a-20130704T0000Z.log", "a-20130704T0100Z.log"}, got)
}

func TestOneFileAloneIsNotComplete(t *testing.T) {
	same(t, []string{}, complete(utc("2013-07-04T00:10:00"), Rules{}, "a-20130704T0000Z.log"))
}

func TestAnHourAndFiveMinutesCompleteAFile(t *testing.T) {
	same(t, []string{"a-20130704T1300Z.log"}, complete(utc("2013-07-04T14:05:01"), Rules{}, "a-20130704T1300Z.log"))
	same(t, []string{}, complete(utc("2013-07-04T14:05:00"), Rules{}, "a-20130704T1300Z.log"))
	same(t, []string{}, complete(utc("2013-07-04T14:03:00"), Rules{}, "a-20130704T1300Z.log"))
}

func TestWritersDoNotCompleteEachOthersFiles(t *testing.T) {
	now := utc("2013-07-04T12:55:00")
	same(t, []string{}, complete(now, Rules{}, "a-20130704T1200Z.log", "b-20130704T1201Z.log", "a-20130704T1202Z-x.log", "a-20130704T1203Z.txt"))
	got := complete(now, Rules{}, "a-20130704T1200Z.log", "a-20130704T1100Z.log", "b-20130704T1000Z.log", "b-20130704T1100Z.log", "b-20130704T1230Z.log", "messages")
	same(t, []string{"a-20130704T1100Z.log", "b-20130704T1000Z.log", "b-20130704T1100Z.log"}, got)
}

func TestAFileOfTheFutureCompletesNothing(t *testing.T) {
	same(t, []string{}, complete(utc("2013-07-04T00:10:00"), Rules{}, "a-20130704T0000Z.log", "a-20130704T0300Z.log"))
	same(t, []string{"a-20130704T0000Z.log"}, complete(utc("2013-07-04T00:57:00"), Rules{}, "a-20130704T0000Z.log", "a-20130704T0100Z.log"))
}

func TestRotatedFilesAreComplete(t *testing.T) {
	got := complete(noon, Rules{}, "access.log", "access.log.1", "access.log.2.gz", "access.log-20261119", "wtmp", "backup.tar")
	same(t, []string{"access.log-20261119", "access.log.1", "access.log.2.gz"}, got)
}

// letters judges one name at many ages: C complete, . not.
func letters(name string, rules Rules, ages ...time.Duration) string {
	var b strings.Builder
	for _, age := range ages {
		if judge([]candidate{{name, noon.Add(-age)}}, rules, noon)[0].Complete {
			b.WriteByte('C')
		} else {
			b.WriteByte('.')
		}
	}
	return b.String()
}

func TestAgeCompletesWhatHasNoOtherSign(t *testing.T) {
	const day = 24 * time.Hour
	same(t, "..CCC", letters("demo.log", Rules{}, 0, 6*day, 7*day, 8*day, 30*day))
	same(t, "..CCC", letters("demo.jsonl", Rules{}, 0, 6*day, 7*day, 8*day, 30*day))
	same(t, ".CC", letters("demo.log", Rules{After: day}, 0, day, 2*day))
	same(t, ".....", letters("wtmp", Rules{}, 0, 6*day, 7*day, 8*day, 30*day))
}

func TestOneOfAThingIsSaidInTheSingular(t *testing.T) {
	young := judge([]candidate{{"demo.log", noon.Add(-time.Hour)}}, Rules{After: 24 * time.Hour}, noon)
	same(t, "it is not older than 1 day", young[0].Reason)
	plan := Plan{Bad: []error{os.ErrNotExist}}
	if got := plan.String(); !strings.HasSuffix(got, "; 1 manifest cannot be read") {
		t.Errorf("the plan says %q", got)
	}
}

func TestWhatChangedJustNowIsNotComplete(t *testing.T) {
	same(t, ".C", letters("access.log.1", Rules{}, 119*time.Second, 2*time.Minute))
	same(t, ".C", letters("a-20130704T0000Z.log", Rules{Settle: time.Hour}, time.Minute, time.Hour))
	same(t, ".", letters("access.log.1", Rules{}, -time.Hour))
	future := judge([]candidate{{"access.log.1", noon.Add(time.Hour)}}, Rules{}, noon)
	same(t, "its last change is in the future: a clock is wrong", future[0].Reason)
}

func TestWhatWasPackedIsCompleteAtOnce(t *testing.T) {
	got := complete(noon, Rules{All: true}, "web-20261120T1159Z.log.gz", "access.log.1", "notes.txt", "README")
	same(t, []string{"access.log.1", "web-20261120T1159Z.log.gz"}, got)
}
