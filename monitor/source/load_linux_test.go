package source

import "testing"

// A host is loaded when it was during the last minute and still is: the mean of a
// minute alone would slow a reader down long after a build has ended.
func TestLoadedBy(t *testing.T) {
	for _, c := range []struct {
		text string
		own  float64
		ours int
		want bool
	}{
		{"9.10 6.00 3.00 7/214 3575\n", 0, 1, true},
		{"9.10 6.00 3.00 1/214 3575\n", 0, 1, false},   // it has calmed
		{"1.10 6.00 3.00 7/214 3575\n", 0, 1, false},   // a moment is no load
		{"3.10 6.00 3.00 5/214 3575\n", 1.5, 3, false}, // most of it is our own
		{"5.10 6.00 3.00 5/214 3575\n", 1.5, 3, true},
		{"5.10 6.00 3.00 3/214 3575\n", 1.5, 3, false},
		{"", 0, 1, false},
		{"x 6.00 3.00 9/214 3575", 0, 1, false},
	} {
		if got := loadedBy([]byte(c.text), c.own, c.ours, 2); got != c.want {
			t.Errorf("%q own %v ours %d: %v, want %v", c.text, c.own, c.ours, got, c.want)
		}
	}
}
