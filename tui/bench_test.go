package tui

import (
	"fmt"
	"testing"
)

// A frame is built at most four times a second.
func BenchmarkFrame(b *testing.B) {
	for _, size := range [][2]int{{80, 24}, {200, 60}} {
		for _, s := range shots[:6] {
			b.Run(fmt.Sprintf("%s-%dx%d", s.name, size[0], size[1]), func(b *testing.B) {
				u := newUI(b, size[0], size[1], nil).press(s.keys...)
				b.ReportAllocs()
				for b.Loop() {
					u.m.dirty = true
					u.m.View()
				}
			})
		}
	}
}
