package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"mailtop/monitor/source"
)

func TestProgressText(t *testing.T) {
	for want, st := range map[string]source.Status{
		"reading 43%  310 MB/s  4s left": {Read: 43, Size: 100, Rate: 310e6, Left: 4 * time.Second},
		"reading 99%":                    {Read: 120, Size: 100},
		"reading 120 MB  1.3 GB/s":       {Bytes: 120e6, Rate: 1.3e9},
		"reading 0 kB":                   {},
	} {
		if got := progressText(st); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// The line comes after a second and is wiped at the end; before, nothing is written.
func TestProgress(t *testing.T) {
	for _, long := range []bool{false, true} {
		var out bytes.Buffer
		tick := make(chan time.Time)
		p := showProgress(&out, func() []source.Status { return []source.Status{{Read: 1, Size: 2}} }, tick)
		at := time.Unix(1e9, 0)
		for n := 0; n < 2 || long && n < 6; n++ {
			at = at.Add(progressEvery)
			tick <- at
		}
		p.hide()
		got := out.String()
		if long && (!strings.Contains(got, "reading 50%") || !strings.HasSuffix(got, wipeLine)) || !long && got != "" {
			t.Errorf("long %v: %q", long, got)
		}
	}
	var none *progress
	none.hide()
}
