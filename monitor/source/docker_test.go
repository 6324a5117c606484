package source

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDocker(t *testing.T) {
	root := t.TempDir()
	log := "/var/lib/docker/containers/f00/f00-json.log"
	line := func(s string) string {
		return `{"log":"` + s + `\n","stream":"stdout","time":"2026-11-22T03:00:00Z"}`
	}
	must(t, os.MkdirAll(filepath.Dir(filepath.Join(root, log)), 0o700))
	write(t, filepath.Join(root, log+".1"), text(line("one")))
	write(t, filepath.Join(root, log), text(line("two")))
	ask := func(tool, what, name string) string {
		return tool + " inspect --format {{." + what + "}} -- " + name
	}
	h := Host{Root: root, Run: host{
		ask("docker", "LogPath", "mail"):                    log + "\n",
		ask("docker", "LogPath", "odd"):                     "\n",
		ask("docker", "HostConfig.LogConfig.Type", "odd"):   "journald\n",
		ask("docker", "HostConfig.LogConfig.Type", "mute"):  "none\n",
		ask("podman", "HostConfig.LogConfig.Path", "pod"):   "/x/ctr.log",
		ask("podman", "HostConfig.LogConfig.Type", "pod"):   "k8s-file",
		ask("docker", "LogPath", "closed"):                  "/var/lib/docker/containers/1/1-json.log",
		ask("docker", "HostConfig.LogConfig.Type", "x; ls"): "syslog",
	}.run}
	src, err := Docker(t.Context(), Options{Rotated: true}, h, "mail")
	must(t, err)
	if d := cmp.Diff([]string{line("one"), line("two")}, readAll(t, src)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if st := src.Status(); st.Name != "docker:mail" || st.Kind != "docker" {
		t.Errorf("%+v", st)
	}
	for _, name := range []string{"odd", "closed", "pod"} {
		src, err := Docker(t.Context(), Options{}, h, name)
		if _, ok := src.(*stream); !ok || err != nil {
			t.Errorf("%s is read from %T, %v; want: docker logs", name, src, err)
		}
	}
	for name, want := range map[string]string{
		"mute":                        "keeps no log",
		"none":                        "is not known",
		"x; ls":                       "not accepted as the name of a container",
		"--since":                     "not accepted as the name of a container",
		"":                            "not accepted as the name of a container",
		"a\x1b[m":                     "not accepted as the name of a container",
		strings.Repeat("a", 300):      "not accepted as the name of a container",
		"mail/../../../../etc/shadow": "not accepted as the name of a container",
	} {
		if _, err := Docker(t.Context(), Options{}, h, name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

// playedDocker puts the docker of testdata/bin on the PATH.
func playedDocker(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	bin, err := filepath.Abs("testdata/bin")
	must(t, err)
	t.Setenv("FAR", dir)
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	return dir
}

// dockerRec is record n of a container: three share a stamp, of two streams.
func dockerRec(n int) string {
	stream := "stdout"
	if n%3 == 1 {
		stream = "stderr"
	}
	return fmt.Sprintf(`%s 2026-11-22T03:%02d:%02d.500000000Z postfix/smtpd[7]: "record" \%d`, stream, n/180%60, n/3%60, n)
}

func dockerRecs(from, to int) string {
	var b strings.Builder
	for n := from; n < to; n++ {
		b.WriteString(dockerRec(n) + "\n")
	}
	return b.String()
}

// textOf are the records by number, in any order of the two streams.
func numbers(t *testing.T, b *Batch) (n []int) {
	t.Helper()
	for i := range b.Events {
		e := &b.Events[i]
		var k int
		if _, err := fmt.Sscanf(e.String(&b.Block, e.Text), `"record" \%d`, &k); err != nil {
			t.Fatalf("%q: %v", e.String(&b.Block, e.Text), err)
		}
		if want := time.Date(2026, 11, 22, 3, k/180%60, k/3%60, 5e8, time.UTC); e.Time != want.UnixNano() {
			t.Fatalf("record %d at %v", k, time.Unix(0, e.Time))
		}
		n = append(n, k)
	}
	return n
}

// "docker logs" is called again after each end. Records of the same stamp, and late
// ones of the other stream, arrive once.
func TestDockerLogsFollows(t *testing.T) {
	dir := playedDocker(t)
	log := filepath.Join(dir, "log")
	write(t, filepath.Join(dir, "driver"), "journald\n")
	write(t, log, dockerRecs(0, 100))
	pauses, resume := make(chan time.Duration), make(chan struct{})
	o := Options{Follow: true, Workers: 2, Poison: true, Since: time.Date(2026, 11, 22, 3, 0, 1, 0, time.UTC)}
	o.rest = func(ctx context.Context, d time.Duration) error {
		select {
		case pauses <- d:
			<-resume
		case <-ctx.Done():
		}
		return ctx.Err()
	}
	src, err := Docker(t.Context(), o, Host{}, "mail")
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	out, done := make(chan *Batch, 1000), make(chan error)
	go func() { done <- src.Run(ctx, out) }()
	var got []int
	arrived := -1
	// more takes batches until the source pauses and all of want records have come:
	// what was read before the pause may still be on its way through the parsers.
	more := func(want int) {
		for paused := false; !paused || len(got) < want; {
			select {
			case b := <-out:
				if b.Mark&Arrived != 0 {
					arrived = len(got)
				}
				got = append(got, numbers(t, b)...)
				b.Release()
			case <-pauses:
				paused = true
			}
		}
	}
	more(97)
	if st := src.Status(); !strings.Contains(st.LastErr, "container mail does not run") {
		t.Errorf("%+v", st)
	}
	appendTo(t, log, dockerRecs(100, 110))
	resume <- struct{}{}
	more(107)
	must(t, os.Rename(log, log+".old")) // made anew
	resume <- struct{}{}
	more(107)
	if st := src.Status(); !strings.Contains(st.LastErr, "docker logs ended: Error response from daemon: No such container: mail") {
		t.Errorf("%+v", st)
	}
	write(t, log, dockerRecs(110, 200))
	resume <- struct{}{}
	more(197)
	cancel()
	select {
	case resume <- struct{}{}:
	default:
	}
	must(t, <-done)
	slices.Sort(got)
	var want []int
	for n := 3; n < 200; n++ {
		want = append(want, n)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("records (-want +got):\n%s", d)
	}
	if arrived != 97 {
		t.Errorf("arrived after %d records", arrived)
	}
	calls, err := os.ReadFile(filepath.Join(dir, "calls"))
	must(t, err)
	if first, _, _ := strings.Cut(string(calls), "\n"); first != "logs --timestamps --since 2026-11-22T03:00:01Z mail" {
		t.Errorf("called %q", first)
	}
}

// Read once, and what the tool says when it fails.
func TestDockerLogsOnce(t *testing.T) {
	dir := playedDocker(t)
	write(t, filepath.Join(dir, "driver"), "journald\n")
	write(t, filepath.Join(dir, "log"), dockerRecs(0, 500))
	src, err := Docker(t.Context(), Options{}, Host{}, "mail")
	must(t, err)
	if n := len(readAll(t, src)); n != 500 {
		t.Errorf("%d records", n)
	}
	must(t, os.Remove(filepath.Join(dir, "log")))
	src = newContainerLogs(Options{}, "docker", "mail")
	if err := src.Run(t.Context(), make(chan *Batch, 9)); err == nil || !strings.Contains(err.Error(), "No such container: mail") {
		t.Errorf("%v", err)
	}
}

// What is remembered for the seam is bounded.
func TestSeamIsBounded(t *testing.T) {
	s := newSeam()
	at := time.Unix(1e9, 0)
	for n := range 3 * maxSeam {
		if !s.fresh(at.Add(time.Duration(n)), fmt.Append(nil, n)) {
			t.Fatalf("record %d taken for an old one", n)
		}
	}
	if len(s.kept) > maxSeam {
		t.Errorf("%d kept", len(s.kept))
	}
	from := s.since()
	for n := range 3 * maxSeam {
		if x := at.Add(time.Duration(n)); !x.Before(from) && s.fresh(x, fmt.Append(nil, n)) {
			t.Fatalf("record %d came twice", n)
		}
	}
}
