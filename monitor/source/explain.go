package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// explain makes the error of opening path a clear line with the way out.
func explain(path string, err error) error { return Host{}.explain(path, err) }

func (h Host) explain(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s does not exist: %w", path, fs.ErrNotExist)
	case errors.Is(err, fs.ErrPermission):
		return denied(h, path)
	}
	return err
}

// irregular says why a path that is no regular file is not read.
func irregular(path string, fi os.FileInfo) error {
	if fi.IsDir() {
		return fmt.Errorf("%s is a directory; name the log file in it", path)
	}
	return fmt.Errorf("%s is no regular file (%v); to read a pipe use: mailtop - < %s", path, fi.Mode().Type(), path)
}
