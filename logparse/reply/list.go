package reply

// zoneMarks stand before the name of a block list in the default texts of Postfix
// ("blocked using ZONE"), Exim and others.
var zoneMarks = []string{"blocked using ", "listed at ", "listed by ", "listed in ", "listed on ", "blacklisted by ", "blocklisted by ", "blacklisted in ", "blacklisted at ", "found in ", "found on ", "blocked by ", "rejected by "}

// listName is the zone that the text names, else the name that a table row gave.
func listName(text []byte, fallback string) []byte {
	text = text[:min(len(text), maxText)]
	for i := 0; i < len(text); i++ {
		if i > 0 && text[i-1] != ' ' && text[i-1] != '(' {
			continue
		}
		for _, m := range zoneMarks {
			if len(text)-i > len(m) && equalFold(text[i:i+len(m)], m) {
				if z := zone(text[i+len(m):]); z != nil {
					return z
				}
			}
		}
	}
	if fallback == "" {
		return nil
	}
	return listNames[listIndex(fallback)]
}

// zone is the domain name at the start of t: labels with at least one dot and a
// last label of letters, so that an address is none.
func zone(t []byte) []byte {
	dot, n := -1, 0
	for n < len(t) && n < 254 {
		c := lower(t[n])
		if c == '.' && (n == 0 || t[n-1] == '.') {
			return nil
		}
		if c == '.' {
			dot = n
		} else if c-'a' >= 26 && c-'0' >= 10 && c != '-' && c != '_' {
			break
		}
		n++
	}
	if n > 0 && t[n-1] == '.' { // the end of a sentence
		n--
		for dot = n - 1; dot >= 0 && t[dot] != '.'; dot-- {
		}
	}
	if dot <= 0 || n-dot < 3 || lower(t[dot+1])-'a' >= 26 {
		return nil
	}
	return t[:n]
}

// listNames holds the table's list names as bytes, once, so that Parse need not
// allocate.
var listNames = func() (names [][]byte) {
	for i := range known.rows {
		names = append(names, []byte(known.rows[i].list))
	}
	return names
}()

func listIndex(name string) int {
	for i := range known.rows {
		if known.rows[i].list == name {
			return i
		}
	}
	return 0
}
