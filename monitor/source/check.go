package source

import (
	"errors"
	"io/fs"
	"os"
)

// readable says in one line why the file at path cannot be read.
func readable(path string, mayBeMissing bool) error {
	f, err := os.Open(path)
	if err != nil {
		if mayBeMissing && errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return explain(path, err)
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return err
	}
	if !fi.Mode().IsRegular() {
		return irregular(path, fi)
	}
	return nil
}
