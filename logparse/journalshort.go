package logparse

// What journalctl prints in forms other than short, short-iso and json: with a
// weekday and the name of a zone (-o short-full, with-unit), with seconds since 1970
// (-o short-unix), and its own lines between records.

// fullHeader reads "Sun 2026-11-22 01:39:03 UTC host prog[pid]: msg". The name of a
// zone other than UTC says too little: the parser's zone is taken.
func (r *record) fullHeader(s []byte) bool {
	if len(s) < 28 || s[3] != ' ' || s[8] != '-' || s[14] != ' ' || !isWeekday(s[:3]) {
		return false
	}
	t, n := r.p.leadISO(s[4:])
	if n == 0 {
		return false
	}
	rest := s[4+n:]
	if t.has&HasZone == 0 {
		var name []byte
		name, rest = word(trimLeft(rest))
		if string(name) == "UTC" || string(name) == "GMT" {
			t.sec, t.zone, t.has = t.sec+int64(t.zone)*60, 0, t.has|HasZone
		}
	}
	r.setStamp(t)
	r.form = formRFC3339
	r.at = len(r.line) - len(rest)
	r.hostAndTag()
	return true
}

func isWeekday(s []byte) bool {
	switch string(s) {
	case "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun":
		return true
	}
	return false
}

// unixHeader reads "1795312371.351970 host prog[pid]: msg".
func (r *record) unixHeader(s []byte) bool {
	sec, rest, ok := leadUint(s)
	if w := len(s) - len(rest); !ok || w < 9 || w > 11 || len(rest) < 9 || rest[0] != '.' || rest[7] != ' ' {
		return false
	}
	us, ok := parseUint(rest[1:7])
	if !ok {
		return false
	}
	r.setStamp(stampOf(sec*1e6 + us))
	r.form = formRFC3339
	r.at = len(r.line) - len(rest) + 7
	r.hostAndTag()
	return true
}

// journalMark recognises journalctl's own lines: "-- Boot 2f7a.. --", "-- Reboot --",
// "-- Logs begin at .., end at .. --".
func (r *record) journalMark() bool {
	rest, ok := cutPrefix(r.msg(), "-- ")
	if !ok || r.at != 0 || !hasSuffix(rest, "--") {
		return false
	}
	for _, text := range [...]string{"Boot ", "Reboot --", "Logs begin at ", "Journal begins at ", "No entries --"} {
		if hasPrefix(rest, text) {
			r.ev.Kind, r.ev.MTA = KindOther, Journald
			r.send()
			return true
		}
	}
	return false
}
