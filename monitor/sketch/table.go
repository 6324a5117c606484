package sketch

// Table is an open-addressed table with a cap: when it is full, the entry that
// was not used for longest (second chance) makes room and is counted. Values live
// in pages that never move, so a pointer stays valid until its entry is evicted
// or deleted. It holds at most max entries whatever is put in.
type Table[V any] struct {
	hash    Hasher
	index   []place // the length is a power of two
	pages   [][]entry[V]
	flags   []uint8 // by entry
	free    []uint32
	n, next int
	max     int
	hand    int
	evicted uint64
	keep    func(*V) bool // true: not now (bounded patience)
	gone    func(Key, *V) // told before an entry is evicted
}

// place is a slot of the index: with the hash beside the number a probe looks at an
// entry, which is a cache miss, only when it is the right one.
type place struct {
	hash uint32
	id   uint32 // entry number + 1, 0 is empty
}

type entry[V any] struct {
	key Key
	v   V
}

// What is known of an entry apart from its value. It stands apart, so that the
// search for one to evict walks bytes and not the entries.
const (
	live uint8 = 1 << iota
	used
)

const pageSize = 256

// NewTable returns an empty table of at most max entries. keep (may be nil) says
// which entries should not be evicted; gone (may be nil) is told of each eviction.
func NewTable[V any](h Hasher, max int, keep func(*V) bool, gone func(Key, *V)) *Table[V] {
	return &Table[V]{hash: h, index: make([]place, 64), max: max, keep: keep, gone: gone}
}

// Len is the number of entries, Evicted how many had to go.
func (t *Table[V]) Len() int        { return t.n }
func (t *Table[V]) Evicted() uint64 { return t.evicted }

func (t *Table[V]) at(id int) *entry[V] { return &t.pages[id/pageSize][id%pageSize] }

// Get returns the value of k, nil when there is none.
func (t *Table[V]) Get(k Key) *V {
	if i := t.find(k); i >= 0 {
		id := int(t.index[i].id) - 1
		t.flags[id] = live | used
		return &t.at(id).v
	}
	return nil
}

// Put returns the value of k, made empty when it is fresh.
func (t *Table[V]) Put(k Key) (v *V, fresh bool) {
	if v := t.Get(k); v != nil {
		return v, false
	}
	if t.n >= t.max {
		t.evict()
	}
	if 4*(t.n+1) > 3*len(t.index) {
		t.grow()
	}
	id := t.alloc()
	e := t.at(id)
	e.key = k // the value is empty: Delete left it so
	t.flags[id] = live | used
	t.insert(place{uint32(t.hash.slot(k)), uint32(id) + 1})
	t.n++
	return &e.v, true
}

// Delete removes k.
func (t *Table[V]) Delete(k Key) {
	if i := t.find(k); i >= 0 {
		t.remove(i)
	}
}

// DeleteIf removes k when f says so of its value.
func (t *Table[V]) DeleteIf(k Key, f func(*V) bool) {
	if i := t.find(k); i >= 0 && f(&t.at(int(t.index[i].id)-1).v) {
		t.remove(i)
	}
}

// remove empties index place i and its entry.
func (t *Table[V]) remove(i int) {
	id := int(t.index[i].id) - 1
	t.unlink(i)
	*t.at(id) = entry[V]{}
	t.flags[id] = 0
	t.free = append(t.free, uint32(id))
	t.n--
}

// Each visits the entries in the order in which their places were taken, the
// same on every run over the same input; f returns false to stop.
func (t *Table[V]) Each(f func(Key, *V) bool) {
	for id := 0; id < t.next; id++ {
		if t.flags[id] == 0 {
			continue
		}
		if e := t.at(id); !f(e.key, &e.v) {
			return
		}
	}
}

// Sweep visits the next count places after the last Sweep and deletes entries for
// which f says true: expiry in small steps.
func (t *Table[V]) Sweep(pos *int, count int, f func(Key, *V) bool) {
	for ; count > 0 && t.next > 0; count-- {
		if *pos >= t.next {
			*pos = 0
		}
		if t.flags[*pos] != 0 {
			if e := t.at(*pos); f(e.key, &e.v) {
				t.Delete(e.key)
			}
		}
		*pos++
	}
}

func (t *Table[V]) alloc() int {
	if n := len(t.free); n > 0 {
		id := t.free[n-1]
		t.free = t.free[:n-1]
		return int(id)
	}
	if t.next%pageSize == 0 && t.next/pageSize == len(t.pages) {
		t.pages = append(t.pages, make([]entry[V], pageSize))
		t.flags = append(t.flags, make([]uint8, pageSize)...)
	}
	t.next++
	return t.next - 1
}

func (t *Table[V]) find(k Key) int {
	hash, mask := uint32(t.hash.slot(k)), uint32(len(t.index)-1)
	for i := hash & mask; ; i = (i + 1) & mask {
		p := t.index[i]
		if p.id == 0 {
			return -1
		}
		if p.hash == hash && t.at(int(p.id)-1).key == k {
			return int(i)
		}
	}
}

func (t *Table[V]) insert(p place) {
	mask := uint32(len(t.index) - 1)
	i := p.hash & mask
	for t.index[i].id != 0 {
		i = (i + 1) & mask
	}
	t.index[i] = p
}

// unlink empties index place i and moves followers up, so that no probe breaks.
func (t *Table[V]) unlink(i int) {
	mask := len(t.index) - 1
	for j := i; ; {
		j = (j + 1) & mask
		if t.index[j].id == 0 {
			break
		}
		home := int(t.index[j].hash) & mask
		if (j-home)&mask >= (j-i)&mask {
			t.index[i] = t.index[j]
			i = j
		}
	}
	t.index[i] = place{}
}

func (t *Table[V]) grow() {
	old := t.index
	t.index = make([]place, 2*len(old))
	for _, p := range old {
		if p.id != 0 {
			t.insert(p)
		}
	}
}

// patience bounds the walk past kept entries; after it the next one goes anyway,
// because a cap that can be refused is none.
const patience = 1024

func (t *Table[V]) evict() {
	for i := 0; ; i++ {
		if t.hand >= t.next {
			t.hand = 0
		}
		id := t.hand
		t.hand++
		if t.flags[id] == 0 {
			continue
		}
		if i < patience && (t.flags[id]&used != 0 || t.keep != nil && t.keep(&t.at(id).v)) {
			t.flags[id] = live
			continue
		}
		e := t.at(id)
		if t.gone != nil {
			t.gone(e.key, &e.v)
		}
		t.evicted++
		t.Delete(e.key)
		return
	}
}
