package source

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

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
		ask("docker", "LogPath", "mail"):                      log + "\n",
		ask("docker", "LogPath", "odd"):                       "\n",
		ask("docker", "HostConfig.LogConfig.Type", "odd"):     "journald\n",
		ask("podman", "HostConfig.LogConfig.Path", "pod"):     log,
		ask("docker", "LogPath", "gone"):                      "/var/lib/docker/containers/1/1-json.log",
		ask("docker", "HostConfig.LogConfig.Type", "x; ls #"): "syslog",
	}.run}
	for _, name := range []string{"mail", "pod"} {
		src, err := Docker(t.Context(), Options{Rotated: true}, h, name)
		must(t, err)
		if d := cmp.Diff([]string{line("one"), line("two")}, readAll(t, src)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
		if st := src.Status(); st.Name != "docker:"+name || st.Kind != "docker" {
			t.Errorf("%+v", st)
		}
	}
	for name, want := range map[string]string{
		"odd":     `driver "journald"`,
		"gone":    "does not exist",
		"none":    "is not known",
		"x; ls #": "docker logs -f NAME 2>&1",
	} {
		if _, err := Docker(t.Context(), Options{}, h, name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}
