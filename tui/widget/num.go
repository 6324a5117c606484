package widget

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Num writes a measured number in at most five columns: 0.4 7 212 1904 12.3k.
func Num(v float64) string {
	switch {
	case IsGap(v):
		return "?"
	case v < 0:
		return "-" + Num(-v)
	case v < 9.95 && v != math.Trunc(v):
		return strconv.FormatFloat(v, 'f', 1, 64)
	case v < 9999.5:
		return strconv.FormatFloat(math.Round(v), 'f', -1, 64)
	}
	for _, u := range [...]string{"k", "M", "G", "T", "P"} {
		v /= 1000
		if v < 99.95 {
			return strconv.FormatFloat(v, 'f', 1, 64) + u
		}
		if v < 999.5 {
			return strconv.FormatFloat(math.Round(v), 'f', -1, 64) + u
		}
	}
	return "huge"
}

// Count writes a count exactly, with a comma a thousand.
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if i > 0 && (len(s)-i)%3 == 0 && s[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// Bytes writes a size: 812 B, 4.2 MB.
func Bytes(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	v := float64(n)
	for _, u := range [...]string{" kB", " MB", " GB", " TB"} {
		v /= 1000
		if v < 999.5 {
			return Num(v) + u
		}
	}
	return Num(v/1000) + " PB"
}

// Span of time in at most two units: 45s, 12m, 4h02m, 2d3h.
func Duration(d time.Duration) string {
	switch {
	case d < 0:
		return "0s"
	case d < time.Minute:
		return strconv.Itoa(int(d/time.Second)) + "s"
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + "m"
	case d < day:
		return twoUnits(d, time.Hour, "h", time.Minute, "m")
	}
	return twoUnits(d, day, "d", time.Hour, "h")
}

func twoUnits(d, big time.Duration, bigName string, small time.Duration, smallName string) string {
	s := strconv.Itoa(int(d/big)) + bigName
	if rest := int(d % big / small); rest > 0 {
		s += strconv.Itoa(rest) + smallName
	}
	return s
}
