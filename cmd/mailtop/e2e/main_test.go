//go:build e2e

package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// mailtop is the binary under test, built once.
var mailtop string

// needed are the programs that setup.sh installs. Without one of them the tests
// fail: a suite that skips proves nothing.
var needed = []string{"postfix", "postconf", "postqueue", "postsuper", "dovecot", "doveadm", "nft", "unshare", "setsid", "sh"}

func TestMain(m *testing.M) { os.Exit(runAll(m)) }

// labsAtOnce is how many tests run side by side: they mostly wait for servers.
const labsAtOnce = "4"

func runAll(m *testing.M) int {
	if err := flag.Set("test.parallel", labsAtOnce); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	for _, p := range needed {
		if _, err := exec.LookPath(p); err != nil {
			fmt.Fprintf(os.Stderr, "e2e: %v; run as root: sh cmd/mailtop/e2e/setup.sh\n", err)
			return 1
		}
	}
	if os.Geteuid() != 0 {
		fmt.Fprintln(os.Stderr, "e2e: Postfix must be started as root")
		return 1
	}
	dir, err := os.MkdirTemp("", "mailtop-e2e-bin-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	r, err := startReaper(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	defer r.close() //nolint:errcheck // the directory holds the binary only
	mailtop = filepath.Join(dir, "mailtop")
	if out, err := exec.Command("go", "build", "-o", mailtop, "mailtop/cmd/mailtop").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "e2e: go build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}
