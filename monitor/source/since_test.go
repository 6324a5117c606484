package source

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func hourly(from, to int) []string {
	t0 := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	var lines []string
	for h := from; h < to; h++ {
		for m := range 60 {
			at := t0.Add(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute)
			lines = append(lines, at.Format("2006-01-02T15:04:05.000000Z07:00")+" mx1 postfix/smtpd[1]: hour "+fmt.Sprint(h)+strings.Repeat(" x", 100))
		}
	}
	return lines
}

func stamps(lines []string) []string {
	short := []string{}
	for _, l := range lines {
		short = append(short, l[:20])
	}
	return short
}

func TestSinceReadsOnlyWhatIsNeeded(t *testing.T) {
	path := logFile(t)
	day := 24
	write(t, path+".3.tmp", text(hourly(0, day)...))
	gzipFile(t, path+".3.tmp", path+".3.gz")
	must(t, os.Remove(path+".3.tmp"))
	write(t, path+".2.tmp", text(hourly(day, 2*day)...))
	gzipFile(t, path+".2.tmp", path+".2.gz")
	must(t, os.Remove(path+".2.tmp"))
	write(t, path+".1", text(hourly(2*day, 10*day)...))
	write(t, path, text(hourly(10*day, 11*day)...))
	all := hourly(0, 11*day)
	t0 := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		hours, until int
		atMost       int64 // bytes read
	}{{-5, 0, 1 << 40}, {30, 0, 1 << 40}, {9 * day, 0, 500<<10 + 64<<10*2 + 300<<10}, {10*day + 3, 10*day + 5, 500 << 10}, {20 * day, 0, 70 << 10}} {
		o := Options{Rotated: true, Since: t0.Add(time.Duration(c.hours) * time.Hour), Workers: 2}
		want := all[min(max(0, c.hours*60), len(all)):]
		if c.until != 0 {
			o.Until = t0.Add(time.Duration(c.until) * time.Hour)
			want = all[c.hours*60 : c.until*60]
		}
		set, err := Files(o, path)
		must(t, err)
		if d := cmp.Diff(stamps(want), stamps(readAll(t, set))); d != "" {
			t.Errorf("since hour %d (-want +got):\n%s", c.hours, d)
		}
		if st := set.Status()[0]; st.Bytes > c.atMost || st.Read != st.Size {
			t.Errorf("since hour %d: %d bytes read, want at most %d; progress %d of %d", c.hours, st.Bytes, c.atMost, st.Read, st.Size)
		}
	}
}

// What has no stamp cannot be skipped.
func TestSinceWithoutStamps(t *testing.T) {
	path := logFile(t)
	lines := strings.Repeat(strings.Repeat("words ", 20)+"\n", 5000)
	write(t, path, lines)
	set, err := Files(Options{Since: time.Now()}, path)
	must(t, err)
	if got := readAll(t, set); len(got) != 5000 {
		t.Errorf("%d of 5000 lines", len(got))
	}
}
