package source

import "testing"

func TestRotationOf(t *testing.T) {
	for name, want := range map[string]rotation{
		"mail.log":                   {"mail.log", live, 0},
		"maillog":                    {"maillog", live, 0},
		"mail.log.gz":                {"mail.log", live, 0},
		"mail.log.1":                 {"mail.log", byNumber, -1},
		"mail.log.12.gz":             {"mail.log", byNumber, -12},
		"maillog.0.bz2":              {"maillog", byNumber, 0},
		"mail.log.old":               {"mail.log", byNumber, 0},
		"mail.log-20261122":          {"mail.log", byDate, 1795305600},
		"mail-20261122.log.xz":       {"mail.log", byDate, 1795305600},
		"mail-20261122.xz":           {"mail", byDate, 1795305600},
		"mail.log-2026-11-22.zst":    {"mail.log", byDate, 1795305600},
		"mail.log-20261122-0130":     {"mail.log", byDate, 1795305600 + 5400},
		"mail.log-2026112201":        {"mail.log", byDate, 1795305600 + 3600},
		"mail.log-1795305600":        {"mail.log", byDate, 1795305600},
		"mail.log-20269922":          {"mail.log-20269922", live, 0},
		"exim_mainlog-20261122.gz":   {"exim_mainlog", byDate, 1795305600},
		"mail.log.1.tmp":             {"mail.log.1.tmp", live, 0},
		"mail.log.bak":               {"mail.log.bak", live, 0},
		"smtp-25.log":                {"smtp-25.log", live, 0},
		"mail.log.99999999999999.gz": {"mail.log.99999999999999", live, 0},
		".1":                         {".1", live, 0},
	} {
		if got := rotationOf(name); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

func FuzzRotationOf(f *testing.F) {
	f.Add("mail.log.1.gz")
	f.Add("mail-20261122.log")
	f.Fuzz(func(t *testing.T, name string) {
		if r := rotationOf(name); len(r.base) > len(name) {
			t.Errorf("%q: base %q", name, r.base)
		}
	})
}
