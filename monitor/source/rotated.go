package source

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// How rotated files are named: numbered (mail.log.1, mail.log.2.gz; the highest is
// the oldest) by logrotate, savelog and newsyslog; dated (mail.log-20261122.xz,
// mail-20261122.log, mail.log.20261122) by logrotate's dateext.
var (
	numbered = regexp.MustCompile(`^\.(\d{1,5}|old)$`)
	dated    = regexp.MustCompile(`^[-._](\d{4})-?(\d{2})-?(\d{2})(?:[-T_.]?(\d{1,6}))?$`)
	seconds  = regexp.MustCompile(`^[-.](\d{9,12})$`)
)

var compressedExt = []string{".gz", ".zst", ".xz", ".bz2", ".Z"}

type scheme uint8

const (
	live scheme = iota
	byNumber
	byDate
)

// rotation is what the name of a file says about its place in a series.
type rotation struct {
	base   string // name of the live file
	scheme scheme
	age    int64 // within a scheme, smaller is older
}

// rotationOf takes a file name apart; scheme live means that it names no rotation.
func rotationOf(name string) rotation {
	plain := name
	for _, ext := range compressedExt {
		plain = strings.TrimSuffix(plain, ext)
	}
	for i := len(plain) - 1; i > 0; i-- {
		if c := plain[i]; c != '.' && c != '-' && c != '_' {
			continue
		}
		suffix, ext := plain[i:], ""
		if r, ok := rotationSuffix(suffix); ok {
			r.base = plain[:i]
			return r
		}
		if dot := strings.LastIndexByte(suffix, '.'); dot > 0 { // mail-20261122.log
			suffix, ext = suffix[:dot], suffix[dot:]
		}
		if r, ok := rotationSuffix(suffix); ok && ext != "" && r.scheme == byDate {
			r.base = plain[:i] + ext
			return r
		}
	}
	return rotation{base: plain}
}

func rotationSuffix(s string) (rotation, bool) {
	if m := numbered.FindStringSubmatch(s); m != nil {
		n, _ := strconv.ParseInt(m[1], 10, 64) // "old" is 0, the newest
		return rotation{scheme: byNumber, age: -n}, true
	}
	if m := dated.FindStringSubmatch(s); m != nil {
		if t, err := time.Parse("20060102", m[1]+m[2]+m[3]); err == nil {
			more, _ := strconv.ParseInt(m[4], 10, 64) // HHMMSS, or a counter
			return rotation{scheme: byDate, age: t.Unix() + clock(m[4], more)}, true
		}
	}
	if m := seconds.FindStringSubmatch(s); m != nil {
		sec, err := strconv.ParseInt(m[1], 10, 64)
		return rotation{scheme: byDate, age: sec}, err == nil
	}
	return rotation{}, false
}

// clock turns the digits after a date into seconds: HH, HHMM or HHMMSS.
func clock(digits string, n int64) int64 {
	switch len(digits) {
	case 2:
		return n * 3600
	case 4:
		return n/100*3600 + n%100*60
	case 6:
		return n/10000*3600 + n/100%100*60 + n%100
	}
	return n
}

// rotatedFile is a file of a series other than the live one.
type rotatedFile struct {
	path  string
	rot   rotation
	id    fileID
	mtime time.Time
}

// rotatedFiles lists the rotated files of the live file path, oldest first.
func rotatedFiles(path string) []rotatedFile {
	if path == "" {
		return nil
	}
	dir, base := filepath.Dir(path), filepath.Base(path)
	names, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var files []rotatedFile
	for _, e := range names {
		if !strings.HasPrefix(e.Name(), base[:1]) || e.IsDir() {
			continue
		}
		if r := rotationOf(e.Name()); r.base == base && e.Name() != base {
			files = append(files, rotatedFile{path: filepath.Join(dir, e.Name()), rot: r})
		}
	}
	return oldestFirst(files)
}

// oldestFirst sorts by what the names say, or by modification time when a series
// mixes schemes.
func oldestFirst(files []rotatedFile) []rotatedFile {
	mixed := false
	for i := range files {
		mixed = mixed || files[i].rot.scheme != files[0].rot.scheme
		if fi, err := os.Stat(files[i].path); err == nil {
			files[i].id, files[i].mtime = idOf(fi), fi.ModTime()
		}
	}
	slices.SortStableFunc(files, func(a, b rotatedFile) int {
		if !mixed {
			return cmp.Or(cmp.Compare(a.rot.age, b.rot.age), strings.Compare(a.path, b.path))
		}
		return cmp.Or(a.mtime.Compare(b.mtime), strings.Compare(a.path, b.path))
	})
	return files
}

// settled lists like rotatedFiles, and again until two listings agree: during a
// rotation files are renamed one after the other, and one may be missed.
func settled(path string) []rotatedFile {
	files := rotatedFiles(path)
	for range tries {
		again := rotatedFiles(path)
		gone := slices.ContainsFunc(again, func(f rotatedFile) bool { return f.id == fileID{} })
		if !gone && slices.EqualFunc(files, again, func(a, b rotatedFile) bool { return a.path == b.path && a.id == b.id }) {
			return again
		}
		files = again
	}
	return files
}
