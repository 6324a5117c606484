package source

import "bytes"

// Docker's json-file and the container runtime interface (CRI) split a line of a
// program at 16 KiB. The pieces of one stream stand together: a docker piece whose
// text does not end in \n, a CRI line with the tag P, are continued by the next line.

var dockerHead = []byte(`{"log":"`)

// partial says whether a record is continued by the next one.
func partial(line []byte) bool {
	if len(line) < 16 {
		return false
	}
	if line[0] == '{' {
		_, tail, ok := dockerText(line)
		return ok && !bytes.HasSuffix(line[:len(line)-len(tail)], []byte(`\n`))
	}
	_, tag, _, ok := criText(line)
	return ok && tag[0] == 'P'
}

// dockerText returns the escaped text of a json-file record and what follows it.
func dockerText(line []byte) (text, tail []byte, ok bool) {
	if !bytes.HasPrefix(line, dockerHead) {
		return nil, nil, false
	}
	at := len(dockerHead)
	for {
		i := bytes.IndexByte(line[at:], '"')
		if i < 0 {
			return nil, nil, false
		}
		at += i
		slashes := 0
		for line[at-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return line[len(dockerHead):at], line[at:], true
		}
		at++
	}
}

// criText takes "STAMP stdout P text" apart; head ends before the tag.
func criText(line []byte) (head, tag, text []byte, ok bool) {
	i := bytes.IndexByte(line[:min(len(line), 40)], ' ')
	if i < 20 || len(line) < i+10 || line[i+1] != 's' || line[i+2] != 't' || line[4] != '-' || line[10] != 'T' {
		return nil, nil, nil, false
	}
	rest := line[i+1:]
	if !bytes.HasPrefix(rest, []byte("stdout ")) && !bytes.HasPrefix(rest, []byte("stderr ")) || len(rest) < 9 || rest[8] != ' ' || rest[7] != 'P' && rest[7] != 'F' {
		return nil, nil, nil, false
	}
	return line[:i+8], rest[7:8], rest[9:], true
}

// continues appends the next piece to a record that begins with the first.
func continues(record, next []byte) ([]byte, bool) {
	if record[0] == '{' {
		_, oldTail, _ := dockerText(record)
		text, tail, ok := dockerText(next)
		if !ok || streamOf(oldTail) != streamOf(tail) {
			return record, false
		}
		record = append(record[:len(record)-len(oldTail)], text...)
		return append(record, tail...), true
	}
	head, _, _, _ := criText(record)
	nextHead, tag, text, ok := criText(next)
	if !ok || string(head[len(head)-7:]) != string(nextHead[len(nextHead)-7:]) {
		return record, false
	}
	record[len(head)] = tag[0]
	return append(record, text...), true
}

func streamOf(tail []byte) string {
	_, after, _ := bytes.Cut(tail, []byte(`"stream":"`))
	name, _, _ := bytes.Cut(after, []byte{'"'})
	return string(name)
}

// holdBack returns where the last records of p begin that wait for the next line;
// len(p) when none does. p ends in a newline.
func holdBack(p []byte) int {
	end := len(p)
	for end > 0 {
		start := bytes.LastIndexByte(p[:end-1], '\n') + 1
		if !partial(p[start : end-1]) {
			return end
		}
		end = start
	}
	return 0
}
