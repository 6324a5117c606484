package logparse

// wordSet finds the first of its texts, in the order of the table, that stands
// anywhere in a string, in one pass over the string.
type wordSet struct {
	texts []string
	// first and second have a bit for each text that has the byte there.
	first, second [256]uint64
}

// newWordSet makes a set of n texts, at most 64, of two bytes and more each.
func newWordSet(n int, text func(i int) string) *wordSet {
	w := &wordSet{}
	for i := range n {
		t := text(i)
		w.texts = append(w.texts, t)
		w.first[t[0]] |= 1 << i
		w.second[t[1]] |= 1 << i
	}
	return w
}

// find returns the number of the text, -1 without one.
func (w *wordSet) find(s []byte) int {
	found, open := -1, ^uint64(0) // open: texts that come before the one found
	for i := 0; i+1 < len(s); i++ {
		at := w.first[s[i]] & w.second[s[i+1]] & open
		for n := 0; at != 0; n++ {
			if at&1 != 0 && hasPrefix(s[i:], w.texts[n]) {
				found, open = n, 1<<n-1
				break
			}
			at >>= 1
		}
	}
	return found
}
