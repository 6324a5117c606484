package logparse

// textIndex finds the templates of a table that can begin a text, by its first
// byte, in the table's order: the tables are long and a line fits one entry.
type textIndex [256][]uint16

// indexTexts makes the index of a table with n entries; an entry with
// an empty text is found under every byte.
func indexTexts(n int, text func(i int) string) *textIndex {
	var x textIndex
	for i := range n {
		if t := text(i); t != "" {
			x[t[0]] = append(x[t[0]], uint16(i))
			continue
		}
		for c := range x {
			x[c] = append(x[c], uint16(i))
		}
	}
	return &x
}

// of returns the entries for s.
func (x *textIndex) of(s []byte) []uint16 {
	if len(s) == 0 {
		return nil
	}
	return x[s[0]]
}
