package logparse

import (
	"encoding/binary"
	"time"
)

// stamp is a time as read from a record.
type stamp struct {
	sec  int64 // Unix seconds
	nsec int32
	zone int16 // minutes east of UTC
	has  Has   // HasZone, HasYear
	// open: no year in the text and no reference time to tell it
	open bool
}

func (r *record) setStamp(s stamp) {
	if s.open {
		return
	}
	r.ev.Time = s.sec*1e9 + int64(s.nsec)
	r.ev.Zone = s.zone
	r.ev.Has = r.ev.Has&^(HasZone|HasYear) | s.has
}

// leadISO reads "2026-11-22T01:39:03.123456+01:00" at the start of s: a 'T' or a
// blank between date and time, fraction of 0 to 9 digits after '.' or ',', zone Z,
// +01:00, +0100, +01, the same after a blank, or none (then it is the parser's).
// It returns how many bytes the stamp takes, 0 when there is none.
func (p *Parser) leadISO(s []byte) (t stamp, n int) {
	if len(s) < 19 || s[16] != ':' {
		return t, 0
	}
	a, b := binary.LittleEndian.Uint64(s), binary.LittleEndian.Uint64(s[8:])
	c := &p.stamps
	if a != c.isoA || b != c.isoB {
		min, ok := isoMinute(s[:16])
		if !ok {
			return t, 0
		}
		c.isoA, c.isoB, c.isoMin = a, b, min
	}
	sec, ok := twoDigits(s[17:], 60)
	if !ok {
		return t, 0
	}
	t.sec, t.has, n = c.isoMin+int64(sec), HasYear, 19
	if n < len(s) && (s[n] == '.' || s[n] == ',') {
		var w int
		t.nsec, w = fraction(s[n+1:])
		n += 1 + w
	}
	zone, w, ok := c.leadZone(s[n:])
	if ok {
		t.zone, t.has = zone, t.has|HasZone
		t.sec -= int64(zone) * 60
		return t, n + w
	}
	t.sec, t.zone = p.localTime(t.sec)
	return t, n
}

// isoMinute reads "2026-11-22T01:39".
func isoMinute(s []byte) (int64, bool) {
	if s[4] != '-' || s[7] != '-' || s[10] != 'T' && s[10] != ' ' && s[10] != 't' || s[13] != ':' {
		return 0, false
	}
	yy, ok1 := twoDigits(s, 99)
	y, ok2 := twoDigits(s[2:], 99)
	mo, ok3 := twoDigits(s[5:], 12)
	d, ok4 := twoDigits(s[8:], 31)
	h, ok5 := twoDigits(s[11:], 23)
	mi, ok6 := twoDigits(s[14:], 59)
	year := yy*100 + y
	if !(ok1 && ok2 && ok3 && ok4 && ok5 && ok6) || year < minYear || year > maxYear || !validDate(year, mo, d) {
		return 0, false
	}
	return time.Date(year, time.Month(mo), d, h, mi, 0, 0, time.UTC).Unix(), true
}

// The years that UnixNano can hold, with room for zones.
const minYear, maxYear = 1678, 2261

// localTime takes seconds of a wall clock in the parser's zone; on a DST fold the
// result is one of the two, on a gap the time after it.
func (p *Parser) localTime(wall int64) (sec int64, zone int16) {
	if p.opt.Loc == time.UTC {
		return wall, 0
	}
	u := time.Unix(wall, 0).UTC()
	l := time.Date(u.Year(), u.Month(), u.Day(), u.Hour(), u.Minute(), u.Second(), 0, p.opt.Loc)
	_, off := l.Zone()
	return l.Unix(), int16(off / 60)
}

func validDate(y, m, d int) bool {
	if m < 1 || d < 1 {
		return false
	}
	return d <= daysIn(y, m)
}

func daysIn(y, m int) int {
	switch m {
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// twoDigits reads two digits at the start of s.
func twoDigits(s []byte, limit int) (int, bool) {
	a, b := s[0]-'0', s[1]-'0'
	v := int(a)*10 + int(b)
	return v, a <= 9 && b <= 9 && v <= limit
}

// leadZone reads Z, +01:00, +0100 or +01 at the start of s, after a blank too.
func leadZone(s []byte) (minutes int16, n int, ok bool) {
	if len(s) > 0 && (s[0] == 'Z' || s[0] == 'z') {
		return 0, 1, true
	}
	if len(s) >= 6 && s[0] == ' ' && (s[1] == '+' || s[1] == '-') {
		m, w, ok := leadZone(s[1:])
		if w < 5 || len(s) > 1+w && s[1+w] != ' ' {
			return 0, 0, false
		}
		return m, w + 1, ok
	}
	if len(s) < 3 || s[0] != '+' && s[0] != '-' {
		return 0, 0, false
	}
	h, ok := twoDigits(s[1:], 14)
	if !ok {
		return 0, 0, false
	}
	n = 3
	mi := 0
	if len(s) >= 6 && s[3] == ':' {
		mi, ok = twoDigits(s[4:], 59)
		n = 6
	} else if len(s) >= 5 && s[3]-'0' <= 9 {
		mi, ok = twoDigits(s[3:], 59)
		n = 5
	}
	if !ok {
		return 0, 0, false
	}
	minutes = int16(h*60 + mi)
	if s[0] == '-' {
		minutes = -minutes
	}
	return minutes, n, true
}

// leadBSD reads "Nov 22 01:39:03" at the start of s: the day padded with a blank,
// a zero or nothing; a fraction of a second and a year behind the day are allowed.
func (p *Parser) leadBSD(s []byte) (t stamp, n int) {
	if len(s) >= 15 && s[12] == ':' {
		c := &p.stamps
		a, b := binary.LittleEndian.Uint64(s), binary.LittleEndian.Uint32(s[8:])
		if a == c.bsdA && b == c.bsdB {
			sec, ok := twoDigits(s[13:], 60)
			if !ok {
				return t, 0
			}
			t.sec, t.zone, t.open, n = c.bsdMin+int64(sec), c.bsdZone, c.bsdOpen, 15
			return t.withFraction(s, n)
		}
	}
	return p.slowBSD(s)
}

func (t stamp) withFraction(s []byte, n int) (stamp, int) {
	if n < len(s) && s[n] == '.' {
		var w int
		t.nsec, w = fraction(s[n+1:])
		n += 1 + w
	}
	return t, n
}

func (p *Parser) slowBSD(s []byte) (t stamp, n int) {
	mo := leadMonth(s)
	if mo == 0 || len(s) < 14 || s[3] != ' ' {
		return t, 0
	}
	n = 4
	if s[n] == ' ' {
		n++
	}
	day, rest, ok := leadUint(s[n:])
	if w := len(s) - n - len(rest); !ok || w > 2 || day < 1 || day > 31 || len(rest) < 9 || rest[0] != ' ' {
		return t, 0
	}
	rest, year := rest[1:], 0
	if y, after, ok := leadUint(rest); ok && len(rest)-len(after) == 4 && len(after) >= 9 && after[0] == ' ' {
		year, rest = int(y), after[1:]
	}
	minute, sec, ok := leadClock(rest)
	if !ok {
		return t, 0
	}
	n = len(s) - len(rest) + 8
	start, zone, ok := p.minuteOf(year, mo, int(day), minute)
	if !ok {
		return t, 0
	}
	t.sec, t.zone, t.open = start+int64(sec), zone, year == 0 && p.opt.Ref.IsZero()
	if year != 0 {
		t.has = HasYear
	} else if n == 15 {
		c := &p.stamps
		c.bsdA, c.bsdB = binary.LittleEndian.Uint64(s), binary.LittleEndian.Uint32(s[8:])
		c.bsdMin, c.bsdZone, c.bsdOpen = start, zone, t.open
	}
	return t.withFraction(s, n)
}

// leadClock reads "01:39:03": minute of the day, and second, which is 60 in a
// leap second (it then counts as the second after it).
func leadClock(s []byte) (minute, sec int, ok bool) {
	if len(s) < 8 || s[2] != ':' || s[5] != ':' {
		return 0, 0, false
	}
	h, ok1 := twoDigits(s, 23)
	m, ok2 := twoDigits(s[3:], 59)
	sec, ok3 := twoDigits(s[6:], 60)
	return h*60 + m, sec, ok1 && ok2 && ok3
}

const months = "JanFebMarAprMayJunJulAugSepOctNovDec"

// leadMonth is the month whose English abbreviation s starts with, else 0.
func leadMonth(s []byte) int {
	if len(s) < 3 {
		return 0
	}
	for i := 0; i < len(months); i += 3 {
		if s[0] == months[i] && s[1] == months[i+1] && s[2] == months[i+2] {
			return i/3 + 1
		}
	}
	return 0
}

// minuteOf is the Unix time of a wall-clock minute in the parser's zone. Year 0
// means that none was logged: it is then the one that puts the stamp nearest to
// the reference time and not more than a day after it; February 29 needs a leap
// year. Without a reference time there is no answer.
func (p *Parser) minuteOf(year, month, day, minute int) (sec int64, zone int16, ok bool) {
	if year != 0 {
		if year < minYear || year > maxYear || !validDate(year, month, day) {
			return 0, 0, false
		}
		return p.wallClock(year, month, day, minute)
	}
	if p.opt.Ref.IsZero() {
		return 0, 0, validDate(2000, month, day)
	}
	latest := p.opt.Ref.Unix() + 24*3600
	first := p.opt.Ref.UTC().Year() + 1
	for y := first; y > first-10; y-- {
		if !validDate(y, month, day) {
			continue
		}
		if sec, zone, ok = p.wallClock(y, month, day, minute); sec <= latest {
			return sec, zone, ok
		}
	}
	return 0, 0, false
}

func (p *Parser) wallClock(year, month, day, minute int) (sec int64, zone int16, ok bool) {
	t := time.Date(year, time.Month(month), day, 0, minute, 0, 0, p.opt.Loc)
	_, off := t.Zone()
	return t.Unix(), int16(off / 60), true
}

// leadTAI64N reads "@" and 24 hex digits (multilog).
func leadTAI64N(s []byte) (t stamp, n int) {
	if len(s) < 25 || s[0] != '@' || s[1] != '4' || s[2] != '0' || !isHex(s[1:25]) {
		return t, 0
	}
	var sec, nsec uint64
	for _, c := range s[1:17] {
		sec = sec<<4 | uint64(hexVal[c])
	}
	for _, c := range s[17:25] {
		nsec = nsec<<4 | uint64(hexVal[c])
	}
	// libtai counts 10 seconds between TAI and Unix time and no leap seconds.
	unix := int64(sec-1<<62) - 10
	if nsec >= 1e9 || unix < 0 || unix > 9e9 {
		return t, 0
	}
	return stamp{sec: unix, nsec: int32(nsec), has: HasZone | HasYear}, 25
}

// leadCtime reads "Sat Nov 22 01:39:03 2026".
func (p *Parser) leadCtime(s []byte) (t stamp, n int) {
	if len(s) < 24 || s[3] != ' ' || leadMonth(s[4:]) == 0 || s[19] != ' ' {
		return t, 0
	}
	day := s[8:10]
	if day[0] == ' ' {
		day = day[1:]
	}
	d, ok1 := parseUint(day)
	y, ok2 := parseUint(s[20:24])
	minute, sec, ok3 := leadClock(s[11:])
	if !ok1 || !ok2 || !ok3 || y == 0 {
		return t, 0
	}
	start, zone, ok := p.minuteOf(int(y), leadMonth(s[4:]), int(d), minute)
	if !ok {
		return t, 0
	}
	return stamp{sec: start + int64(sec), zone: zone, has: HasYear}, 24
}

// leadBracket reads "[22-Nov-2026 01:39:03 UTC]".
func (p *Parser) leadBracket(s []byte) (t stamp, n int) {
	end := indexByte(s[:min(len(s), 64)], ']')
	if end < 21 || s[0] != '[' || s[3] != '-' || s[7] != '-' || s[12] != ' ' {
		return t, 0
	}
	d, ok1 := parseUint(s[1:3])
	y, ok2 := parseUint(s[8:12])
	mo := leadMonth(s[4:])
	minute, sec, ok3 := leadClock(s[13:end])
	if !ok1 || !ok2 || !ok3 || mo == 0 || y < minYear || y > maxYear || !validDate(int(y), mo, int(d)) {
		return t, 0
	}
	t.has, n = HasYear, end+1
	if zone := trim(s[21:end]); string(zone) == "UTC" || string(zone) == "GMT" {
		t.sec = time.Date(int(y), time.Month(mo), int(d), 0, minute, sec, 0, time.UTC).Unix()
		t.has |= HasZone
		return t, n
	}
	start, zone, _ := p.wallClock(int(y), mo, int(d), minute)
	t.sec, t.zone = start+int64(sec), zone
	return t, n
}

// leadLogfmt reads what stands in `time="..."`: RFC 3339, or "22-11-2026 01:39:03" as
// CrowdSec wrote it up to 1.5, which no other program does.
func (p *Parser) leadLogfmt(s []byte) (t stamp, n int) {
	if t, n = p.leadISO(s); n > 0 || len(s) < 19 || s[2] != '-' || s[5] != '-' || s[10] != ' ' {
		return t, n
	}
	day, ok1 := parseUint(s[:2])
	month, ok2 := parseUint(s[3:5])
	year, ok3 := parseUint(s[6:10])
	minute, sec, ok4 := leadClock(s[11:])
	if !ok1 || !ok2 || !ok3 || !ok4 || year < minYear || year > maxYear || month > 12 || !validDate(int(year), int(month), int(day)) {
		return stamp{}, 0
	}
	start, zone, _ := p.wallClock(int(year), int(month), int(day), minute)
	return stamp{sec: start + int64(sec), zone: zone, has: HasYear}, 19
}
