package source

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/klauspost/compress/gzip"
)

func gzipped(t testing.TB, p []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(p)
	must(t, err)
	must(t, z.Close())
	return b.Bytes()
}

func gzipFile(t testing.TB, from, to string) {
	t.Helper()
	f, err := os.Open(from)
	must(t, err)
	defer f.Close()
	p, err := io.ReadAll(f)
	must(t, err)
	must(t, os.WriteFile(to, gzipped(t, p), 0o600))
}
