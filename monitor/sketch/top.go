package sketch

import "slices"

// Top returns up to n keys with the highest score, highest first; a score of zero
// or less is left out. It walks the table once: a snapshot's work, not an event's.
func Top[V any](t *Table[V], n int, score func(Key, *V) float64) []Key {
	type ranked struct {
		key   Key
		score float64
	}
	best := make([]ranked, 0, n+1)
	floor := 0.0
	t.Each(func(k Key, v *V) bool {
		s := score(k, v)
		if s <= floor {
			return true
		}
		// ties keep the older place, so that the order is the same on every run
		i, _ := slices.BinarySearchFunc(best, s, func(r ranked, s float64) int {
			if r.score >= s {
				return -1
			}
			return 1
		})
		best = slices.Insert(best, i, ranked{k, s})
		if len(best) > n {
			best = best[:n]
			floor = best[n-1].score
		}
		return true
	})
	keys := make([]Key, len(best))
	for i := range best {
		keys[i] = best[i].key
	}
	return keys
}
