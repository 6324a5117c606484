// Package checkpoint keeps what mailtop must know again after a restart, in one
// file of the state folder: how far the logs were read, what was told, and the
// parts of others.
//
// The file is replaced as a whole (written beside, synced, renamed, the folder
// synced), so that a crash at any moment leaves the old one or the new one. One
// process writes; a second one reads only. The first line names the format and
// holds a checksum of the rest, which is JSON:
//
//	mailtop-checkpoint 1 5f2b...
//	{"seq":12,"readers":{...}}
package checkpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// State is everything that is kept.
type State struct {
	Written time.Time `json:"written"`
	// Readers are the commands that go on where they stopped, by name.
	Readers map[string]Reader `json:"readers,omitempty"`
	// Parts belong to others: engine state, tags, acknowledgements. What a version
	// does not know it keeps as it is.
	Parts map[string]json.RawMessage `json:"parts,omitempty"`
}

// Reader is how far one command has come.
type Reader struct {
	Seq     uint64               `json:"seq"`               // of the newest change told
	Cursors map[string]string    `json:"cursors,omitempty"` // by source; opaque
	Newest  map[string]time.Time `json:"newest,omitempty"`  // stamp of the newest record read, by source
	Output  Output               `json:"output,omitzero"`
	Told    map[string]Told      `json:"told,omitempty"` // incidents, by what they are about
	// Pending was about to be written when this was saved: a run that finds it cannot
	// know whether it was.
	Pending []json.RawMessage `json:"pending,omitempty"`
}

// Output is what was written so far: the number of lines, a hash over them in
// their order, and where the file that took them ended then.
type Output struct {
	Lines  int64  `json:"lines"`
	Hash   string `json:"hash,omitempty"`
	Device uint64 `json:"device,omitempty"`
	Inode  uint64 `json:"inode,omitempty"`
	Size   int64  `json:"size,omitempty"`
}

// Told is the last that was said about an incident.
type Told struct {
	ID       string    `json:"id"`
	Severity string    `json:"severity"`
	Open     bool      `json:"open"`
	Opened   time.Time `json:"opened"`
	Updated  time.Time `json:"updated"`
}

const (
	fileName = "checkpoint"
	lockName = "lock"
	magic    = "mailtop-checkpoint"
	version  = 1
	maxSize  = 64 << 20
)

// Store is the checkpoint of one state folder.
type Store struct {
	State State
	// ReadOnly says that another mailtop writes here.
	ReadOnly bool
	// Note is what a person should know about the file found, empty when all is well.
	Note string

	dir  string
	lock *os.File
}

// Open reads the checkpoint of a folder, which is made when it is missing. A file
// that cannot be used is moved aside and said so in Note.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the state folder %s cannot be made: %w; name another one with --state", dir, cause(err))
	}
	s := &Store{dir: dir}
	lock, mine, err := lockFile(filepath.Join(dir, lockName))
	if err != nil {
		return nil, fmt.Errorf("the state folder %s cannot be written to: %w; name another one with --state", dir, cause(err))
	}
	s.lock, s.ReadOnly = lock, !mine
	if s.ReadOnly {
		s.Note = "another mailtop writes the state in " + dir + ": this one reads it and changes nothing there"
	}
	if err := s.load(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// cause is the error without the path, which the text around it names.
func cause(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func (s *Store) load() error {
	path := filepath.Join(s.dir, fileName)
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the checkpoint cannot be read: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return fmt.Errorf("the checkpoint cannot be read: %w", err)
	}
	st, bad := decode(data)
	if bad == nil {
		s.State = st
		return nil
	}
	if s.ReadOnly {
		s.Note += fmt.Sprintf("; what is there cannot be used: %s %v", path, bad)
		return nil
	}
	aside := s.aside()
	if err := os.Rename(path, aside); err != nil {
		return fmt.Errorf("%s %w, and cannot be moved aside: %w", path, bad, cause(err))
	}
	s.Note = fmt.Sprintf("%s %v: moved to %s, starting afresh", path, bad, aside)
	return nil
}

// aside is a free name for a file that cannot be used; of ten, the last is written over.
func (s *Store) aside() string {
	base := filepath.Join(s.dir, fileName+".damaged")
	name := base
	for i := 1; i < 10; i++ {
		if _, err := os.Lstat(name); errors.Is(err, os.ErrNotExist) {
			break
		}
		name = base + "." + strconv.Itoa(i)
	}
	return name
}

func decode(data []byte) (st State, err error) {
	head, body, ok := bytes.Cut(data, []byte{'\n'})
	words := bytes.Fields(head)
	if !ok || len(words) != 3 || string(words[0]) != magic {
		return st, errors.New("is no checkpoint of mailtop")
	}
	if v, err := strconv.Atoi(string(words[1])); err != nil || v != version {
		return st, fmt.Errorf("has the format %.20q, which this version of mailtop does not know", words[1])
	}
	if len(data) > maxSize {
		return st, errors.New("is too large")
	}
	if string(words[2]) != sum(body) {
		return st, errors.New("is damaged (its checksum is wrong)")
	}
	if err := json.Unmarshal(body, &st); err != nil {
		return State{}, fmt.Errorf("is damaged (%w)", err)
	}
	return st, nil
}

func encode(st *State) ([]byte, error) {
	body, err := json.Marshal(st)
	if err != nil {
		return nil, err
	}
	head := fmt.Sprintf("%s %d %s\n", magic, version, sum(body))
	return append([]byte(head), body...), nil
}

func sum(body []byte) string {
	h := sha256.Sum256(body)
	return hex.EncodeToString(h[:16])
}

// Save replaces the file by the state as it is now. After an error the old file
// stands, and saving may be tried again.
func (s *Store) Save(now time.Time) error {
	if s.ReadOnly {
		return nil
	}
	s.State.Written = now.UTC()
	data, err := encode(&s.State)
	if err != nil {
		return err
	}
	if err := replace(s.dir, data); err != nil {
		return fmt.Errorf("the state cannot be saved in %s: %w", s.dir, cause(err))
	}
	return nil
}

// replace writes beside, syncs, renames and syncs the folder.
func replace(dir string, data []byte) error {
	path := filepath.Join(dir, fileName)
	tmp := path + ".new"
	if err := writeSynced(tmp, data); err != nil {
		os.Remove(tmp)
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func writeSynced(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// Close lets another process write.
func (s *Store) Close() error {
	if s.lock == nil {
		return nil
	}
	f := s.lock
	s.lock = nil
	return f.Close()
}
