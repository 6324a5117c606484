package source

import (
	"bytes"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// Where the other host has no mailtop, a script in its shell follows the log: the
// bytes of one file, from an offset on, and then what is appended. It ends where
// the file does, so that every byte of a connection belongs to one file; the next
// connection reads the next file. A file is known again by the checksum of its
// first bytes, under the name that rotation gave it as well.

// tailHello begins the script's first line, followed by how the file was found, how
// many bytes of it come before what is new, and its path.
const tailHello = "mailtop-tail 1"

// farScript has no apostrophe, no newline once joined, and nothing but slots that
// are checked. $PPID is that of the connection.
const farScript = `PATH=$PATH:/usr/local/bin:/usr/bin:/bin; LC_ALL=C; export PATH LC_ALL;
F=@FILE@; O=@OFFSET@; N=@HEAD@; S="@SUM@";
if [ -z "$F" ] && command -v mailtop >/dev/null 2>&1 && [ "$(mailtop events --wire hello 2>/dev/null)" = "` + WireHello + `" ];
then exec mailtop events --wire @TOKEN@@LIMITS@; fi;
[ @TOKEN@ = ` + wireStart + ` ] || { echo "mailtop is no longer installed there" >&2; exit 66; };
if [ -z "$F" ]; then for f in @LOGS@; do if [ -f "$f" ] && [ -r "$f" ] && [ -s "$f" ]; then F=$f; break; fi; done; fi;
[ -n "$F" ] || { echo "no mail log there that $(id -un) may read; install mailtop there and see: mailtop doctor" >&2; exit 66; };
sum() { dd bs=1 count=$N 2>/dev/null | cksum; };
exec 3<"$F" || exit 66;
I=$(ls -iL "$F"); P=$(wc -c <"$F"); P=$((P));
if [ $N -eq 0 ]; then echo "` + tailHello + ` start $P $F"; cat <&3 || exit 1;
elif [ "$(sum <"$F")" = "$S" ] && [ $P -ge $O ]; then echo "` + tailHello + ` same $((P-O)) $F"; tail -c +$((O+1)) <&3 || exit 1;
else H=0;
for g in $(ls -tr "$F".* "$F"-* 2>/dev/null); do
case $g in "$F"*.gz) if [ -f "${g%.gz}" ]; then continue; fi; C="gzip -dc";; "$F".[0-9]*|"$F"-[0-9]*) C=cat;; *) continue;; esac;
if [ $H = 1 ]; then $C <"$g" || exit 1;
elif [ "$($C <"$g" 2>/dev/null | sum)" = "$S" ]; then H=1; echo "` + tailHello + ` old 0 $F"; $C <"$g" | tail -c +$((O+1)) || exit 1; fi;
done;
if [ $H = 1 ]; then exit 10; fi;
echo "` + tailHello + ` lost $P $F"; cat <&3 || exit 1; fi;
[ @FOLLOW@ = 1 ] || exit 0;
K=; if kill -0 $PPID 2>/dev/null; then K=1; fi;
while [ -z "$K" ] || kill -0 $PPID 2>/dev/null; do
sleep 1; cat <&3 || exit 1;
i=$(ls -iL "$F" 2>/dev/null);
if [ "$i" = "$I" ]; then p=$(wc -c <"$F"); if [ $p -lt $P ]; then exit 11; fi; P=$((p));
elif [ -s "$F" ]; then sleep 1; cat <&3; exit 10; fi;
done`

// farLogs is where the script looks for a log, the best first.
func farLogs() string {
	var list []string
	for _, u := range usual {
		list = append(list, u.path)
	}
	return strings.Join(list, " ")
}

// tailPlace is how far the file of the other host was taken.
type tailPlace struct {
	path string
	head []byte // its first bytes
	off  int64
}

// forget begins with the next file.
func (t *tailPlace) forget() { t.head, t.off = nil, 0 }

var farPath = regexp.MustCompile(`^/[A-Za-z0-9@._+=:/-]{1,1000}$`)

// reader yields what follows the script's first line, of which rest is the end.
func (t *tailPlace) reader(c *farConn, rest string) (io.Reader, error) {
	word := strings.Fields(rest)
	if len(word) != 3 || !farPath.MatchString(word[2]) {
		return nil, errNoFrame
	}
	size, err := strconv.ParseInt(word[1], 10, 64)
	if err != nil || size < 0 {
		return nil, errNoFrame
	}
	st := &c.far.s.stats
	switch word[0] {
	case "start":
		t.forget()
	case "lost":
		t.forget()
		st.lost.Add(1)
	case "same":
	case "old":
		size = -1 // not the newest file: what is past does not end with it
	default:
		return nil, errNoFrame
	}
	t.path = word[2]
	if size > 0 {
		st.size.Add(size)
	}
	in := &upTo{in: c.buf, left: size, silent: c.far.live}
	return &tailReader{t: t, in: &wholeLines{in: in, ends: c.fileEnded}}, nil
}

// upTo interrupts a reader once, after the first bytes.
type upTo struct {
	in     io.Reader
	left   int64 // -1: never
	silent bool
}

func (u *upTo) Read(p []byte) (int, error) {
	if u.silent || u.left < 0 {
		return u.in.Read(p)
	}
	if u.left == 0 {
		u.silent = true
		return 0, errArrived
	}
	n, err := u.in.Read(p[:min(int64(len(p)), u.left)])
	u.left -= int64(n)
	return n, err
}

// tailReader notes how far the file was taken.
type tailReader struct {
	t  *tailPlace
	in io.Reader
}

func (r *tailReader) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	if room := headSize - len(r.t.head); room > 0 && int64(len(r.t.head)) == r.t.off {
		r.t.head = append(r.t.head, p[:min(n, room)]...)
	}
	r.t.off += int64(n)
	return n, err
}

// wholeLines passes on whole lines only, and at the end of the file what is left.
type wholeLines struct {
	in   io.Reader
	buf  []byte
	ends func() bool // asked at an end: it is that of the file, not of the connection
}

// maxHold is the longest record that is waited for.
const maxHold = 1 << 20

func (w *wholeLines) Read(p []byte) (int, error) {
	for {
		end := bytes.LastIndexByte(w.buf, '\n') + 1
		if end == 0 && len(w.buf) >= maxHold {
			end = len(w.buf)
		}
		if end > 0 {
			n := copy(p, w.buf[:end])
			w.buf = w.buf[:copy(w.buf, w.buf[n:])]
			return n, nil
		}
		have := len(w.buf)
		w.buf = append(w.buf, make([]byte, 4096)...)
		n, err := w.in.Read(w.buf[have:])
		w.buf = w.buf[:have+n]
		if err != nil && n == 0 {
			if err == io.EOF && len(w.buf) > 0 && w.ends() {
				n := copy(p, w.buf)
				w.buf = w.buf[:copy(w.buf, w.buf[n:])]
				return n, nil
			}
			return 0, err
		}
	}
}

// headCksum is the checksum of the first bytes of a file as cksum prints it.
func headCksum(head []byte) string {
	return strconv.FormatUint(uint64(cksum(head)), 10) + " " + strconv.Itoa(len(head))
}

// cksum is the checksum of cksum(1) of POSIX.
func cksum(p []byte) uint32 {
	var crc uint32
	step := func(b byte) {
		crc ^= uint32(b) << 24
		for range 8 {
			if crc&(1<<31) != 0 {
				crc = crc<<1 ^ 0x04c11db7
			} else {
				crc <<= 1
			}
		}
	}
	for _, b := range p {
		step(b)
	}
	for n := len(p); n > 0; n >>= 8 {
		step(byte(n))
	}
	return ^crc
}
