package source

import (
	"strings"
	"testing"
)

func TestFollowAppends(t *testing.T) {
	path := logFile(t)
	write(t, path, text(recs(0, 3)...))
	w := follow(t, path)
	w.wantNow(recs(0, 3)...)
	if w.mark&Arrived == 0 {
		t.Error("no batch said that the end was reached")
	}
	appendTo(t, path, text(recs(3, 5)...))
	w.want(recs(3, 5)...)
	w.want()
	if st := w.src.Status(); !st.Live || st.Lines != 5 || st.Lag != 0 || st.LastErr != "" {
		t.Errorf("status %+v", st)
	}
}

// A reader sees half of a write when the kernel has grown the file by a page only.
func TestFollowHalfLine(t *testing.T) {
	path := logFile(t)
	w := follow(t, path)
	for i, piece := range []string{rec(1)[:20], rec(1)[20:], "\n" + rec(2) + "\n" + rec(3)[:1]} {
		appendTo(t, path, piece)
		if i == 2 {
			w.want(rec(1), rec(2))
		} else {
			w.want()
		}
	}
	appendTo(t, path, rec(3)[1:]+"\r\n")
	w.want(rec(3))
}

func TestFollowFileAbsentAtStart(t *testing.T) {
	path := logFile(t)
	w := follow(t, path)
	if w.wantNow(); w.mark&Arrived == 0 {
		t.Error("an absent file must not hold up the others: no Arrived")
	}
	if st := w.src.Status(); !strings.Contains(st.LastErr, "does not exist") {
		t.Errorf("LastErr %q", st.LastErr)
	}
	w.want()
	write(t, path, text(recs(0, 2)...))
	w.want(recs(0, 2)...)
	if st := w.src.Status(); st.LastErr != "" {
		t.Errorf("LastErr %q after the file came", st.LastErr)
	}
}

func TestFollowOverlongAndNUL(t *testing.T) {
	path := logFile(t)
	long := rec(2) + strings.Repeat("x", 300<<10)
	write(t, path, strings.Repeat("\x00", 500)+rec(1)+"\n"+long+"\n"+rec(3)+"\n")
	w := follow(t, path)
	w.wantNow(rec(1), long[:65535], rec(3))
	st := w.src.Status()
	if st.TooLong != 1 || st.Skipped != 500+int64(len(long))-65535 {
		t.Errorf("too long %d, skipped %d", st.TooLong, st.Skipped)
	}
}
