package logparse

import "encoding/binary"

// stampCache remembers the last minute of either stamp form. A stamp is compared
// with it, not parsed; a real parse happens once per minute of log time. The
// cache never changes a result: the minute's text determines its value, given the
// parser's Options.
type stampCache struct {
	isoA, isoB uint64 // "2026-11-22T01:39"
	isoMin     int64  // that minute in seconds, as if it were UTC
	zoneA      uint64 // "+01:00"
	zoneMin    int16
	bsdA       uint64 // "Nov 22 01:39"
	bsdB       uint32
	bsdMin     int64 // that minute in Unix seconds
	bsdZone    int16
	bsdOpen    bool
}

// recentISO reads "2026-11-22T01:39:03.123456+01:00" when minute and zone are the
// last ones; n is 0 when they are not. s has at least 40 bytes and starts with a digit.
func (c *stampCache) recentISO(s []byte) (t stamp, n int) {
	if binary.LittleEndian.Uint64(s) != c.isoA || binary.LittleEndian.Uint64(s[8:]) != c.isoB || s[16] != ':' || s[10] == ' ' || s[19] != '.' {
		return t, 0
	}
	sec, ok := twoDigits(s[17:], 60)
	micro, other := digitRun(s[20:])
	if zone := binary.LittleEndian.Uint64(s[24:]) >> 16; !ok || other<<8 != 0x80<<56 || zone != c.zoneA || zone == 0 {
		return t, 0
	}
	t.sec = c.isoMin + int64(sec) - int64(c.zoneMin)*60
	t.nsec, t.zone, t.has = int32(firstDigits(micro, 6))*1000, c.zoneMin, HasYear|HasZone
	return t, 32
}

// recentBSD reads "Nov 22 01:39:03" when the minute is the last one. s has at
// least 40 bytes and starts with a letter.
func (c *stampCache) recentBSD(s []byte) (t stamp, n int) {
	if binary.LittleEndian.Uint64(s) != c.bsdA || binary.LittleEndian.Uint32(s[8:]) != c.bsdB || s[12] != ':' {
		return t, 0
	}
	sec, ok := twoDigits(s[13:], 60)
	if !ok {
		return t, 0
	}
	t.sec, t.zone, t.open = c.bsdMin+int64(sec), c.bsdZone, c.bsdOpen
	return t, 15
}

// leadZone is leadZone with a memory of the last "+01:00".
func (c *stampCache) leadZone(s []byte) (minutes int16, n int, ok bool) {
	if len(s) < 6 || s[0] != '+' && s[0] != '-' {
		return leadZone(s)
	}
	a := uint64(binary.LittleEndian.Uint32(s)) | uint64(binary.LittleEndian.Uint16(s[4:]))<<32
	if a == c.zoneA {
		return c.zoneMin, 6, true
	}
	minutes, n, ok = leadZone(s)
	if ok && n == 6 {
		c.zoneA, c.zoneMin = a, minutes
	}
	return minutes, n, ok
}
