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

// recentISO reads "2026-11-22T01:39:03.123456+01:00" into e when minute and zone are
// the last ones; n is 0 when they are not. s has at least 40 bytes.
func (c *stampCache) recentISO(s []byte, e *Event) (n int) {
	w, word := (*[40]byte)(s), binary.LittleEndian.Uint64
	if word(w[:]) != c.isoA || word(w[8:]) != c.isoB || w[16] != ':' || w[10] == ' ' || w[19] != '.' {
		return 0
	}
	sec, ok := twoDigits(w[17:], 60)
	micro, other := digitRun(w[20:])
	if zone := word(w[24:]) >> 16; !ok || other<<8 != 0x80<<56 || zone != c.zoneA || zone == 0 {
		return 0
	}
	e.Time = (c.isoMin+int64(sec)-int64(c.zoneMin)*60)*1e9 + int64(firstDigits(micro, 6))*1000
	e.Zone, e.Has = c.zoneMin, HasYear|HasZone
	return 32
}

// recentBSD reads "Nov 22 01:39:03" into e when the minute is the last one. s has at
// least 40 bytes.
func (c *stampCache) recentBSD(s []byte, e *Event) (n int) {
	w := (*[40]byte)(s)
	if binary.LittleEndian.Uint64(w[:]) != c.bsdA || binary.LittleEndian.Uint32(w[8:]) != c.bsdB || w[12] != ':' {
		return 0
	}
	sec, ok := twoDigits(w[13:], 60)
	if !ok {
		return 0
	}
	if !c.bsdOpen {
		e.Time, e.Zone = (c.bsdMin+int64(sec))*1e9, c.bsdZone
	}
	return 15
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
