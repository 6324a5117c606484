package sketch

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// The table must behave as a map until its cap, whatever is put in and deleted.
func TestTableAgainstMap(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	tab := NewTable[int](Fixed, 5000, nil, nil)
	ref := map[Key]int{}
	for i := 0; i < 200_000; i++ {
		k := Fixed.Bytes(fmt.Appendf(nil, "user%d", r.IntN(4000)))
		switch r.IntN(3) {
		case 0:
			tab.Delete(k)
			delete(ref, k)
		default:
			v, fresh := tab.Put(k)
			if _, had := ref[k]; had == fresh {
				t.Fatalf("step %d: fresh %v, map had it %v", i, fresh, had)
			}
			*v += i
			ref[k] += i
		}
	}
	if tab.Len() != len(ref) {
		t.Fatalf("%d entries, want %d", tab.Len(), len(ref))
	}
	for k, want := range ref {
		if v := tab.Get(k); v == nil || *v != want {
			t.Fatalf("value of %v lost", k)
		}
	}
	n := 0
	tab.Each(func(Key, *int) bool { n++; return true })
	if n != len(ref) || tab.Evicted() != 0 {
		t.Fatalf("visited %d of %d, evicted %d", n, len(ref), tab.Evicted())
	}
}

func TestTableCap(t *testing.T) {
	var told int
	tab := NewTable(Fixed, 100, func(v *bool) bool { return *v }, func(Key, *bool) { told++ })
	pinned := Fixed.Bytes([]byte("pinned"))
	v, _ := tab.Put(pinned)
	*v = true
	for i := 0; i < 10_000; i++ {
		tab.Put(Fixed.Bytes(fmt.Appendf(nil, "%d", i)))
	}
	if tab.Len() != 100 || tab.Evicted() != 9901 || told != 9901 {
		t.Errorf("len %d evicted %d told %d, want 100, 9901, 9901", tab.Len(), tab.Evicted(), told)
	}
	if tab.Get(pinned) == nil {
		t.Error("a kept entry was evicted although others could go")
	}
	all := NewTable(Fixed, 10, func(*bool) bool { return true }, nil)
	for i := 0; i < 1000; i++ {
		all.Put(Fixed.Bytes(fmt.Appendf(nil, "%d", i)))
	}
	if all.Len() != 10 {
		t.Errorf("the cap gave way to keep: %d entries", all.Len())
	}
}

func TestSweep(t *testing.T) {
	tab := NewTable[int](Fixed, 1000, nil, nil)
	for i := 0; i < 600; i++ {
		v, _ := tab.Put(Fixed.Bytes(fmt.Appendf(nil, "%d", i)))
		*v = i
	}
	pos := 0
	for range 10 {
		tab.Sweep(&pos, 100, func(_ Key, v *int) bool { return *v%2 == 0 })
	}
	if tab.Len() != 300 {
		t.Errorf("%d left, want 300", tab.Len())
	}
}

func TestWindow(t *testing.T) {
	var w Window
	const base = 1_800_000_000
	for i := int64(0); i < 60; i++ {
		w.Add(base+i, 60, 1)
	}
	if got := w.Sum(base+59, 60); got != 60 {
		t.Errorf("one a second for a minute: %d, want 60", got)
	}
	if got := w.Sum(base+59+60, 60); got != 0 {
		t.Errorf("a minute later: %d, want 0", got)
	}
	w.Add(base+100, 60, 5)
	w.Add(base+70, 60, 1) // late, but within the window
	w.Add(base, 60, 9)    // too late
	if got := w.Sum(base+100, 60); got != 18+6 {
		t.Errorf("late events: %d, want 24", got)
	}
}

func TestTop(t *testing.T) {
	tab := NewTable[int](Fixed, 1000, nil, nil)
	for i := 0; i < 500; i++ {
		v, _ := tab.Put(Fixed.Bytes(fmt.Appendf(nil, "%d", i)))
		*v = (i * 7919) % 500
	}
	keys := Top(tab, 3, func(_ Key, v *int) float64 { return float64(*v) })
	if len(keys) != 3 {
		t.Fatalf("%d keys", len(keys))
	}
	for i, want := range []int{499, 498, 497} {
		if *tab.Get(keys[i]) != want {
			t.Errorf("place %d: %d, want %d", i, *tab.Get(keys[i]), want)
		}
	}
}

func TestDecay(t *testing.T) {
	d := Decay{HalfLife: 900}
	old := 100 * d.Weight(1_800_000_000)
	recent := 10 * d.Weight(1_800_000_000+4*3600)
	if old > recent {
		t.Errorf("100 events four hours ago weigh %g, 10 now %g", old, recent)
	}
	d.Weight(1_800_000_000 + 900*600)
	if f := d.Rebase(); f == 1 || recent*f > recent {
		t.Errorf("rebase factor %g", f)
	}
}

func TestHasherDistinct(t *testing.T) {
	seen := map[Key]string{}
	for i := 0; i < 20000; i++ {
		s := fmt.Sprintf("%0*d", 1+i%40, i)
		k := Fixed.Bytes([]byte(s))
		if o, dup := seen[k]; dup && o != s {
			t.Fatalf("%q and %q have one key", o, s)
		}
		seen[k] = s
	}
	if Fixed.Pair(1, []byte("a")) == Fixed.Pair(2, []byte("a")) {
		t.Error("the number does not enter the key")
	}
	if NewHasher(3, 4).Bytes([]byte("a")) == Fixed.Bytes([]byte("a")) {
		t.Error("the secret does not enter the key")
	}
}

func BenchmarkTablePut(b *testing.B) {
	tab := NewTable[[64]byte](Fixed, 65536, nil, nil)
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		tab.Put(Key{uint64(i) * 0x9e3779b97f4a7c15 >> 44, 1})
	}
}
