package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mayImport is the direction of the house: a package may import what stands here
// and nothing else of this module. A trailing /* stands for every package below.
var mayImport = map[string][]string{
	"logparse":       {"logparse/reply", "logparse/clean"},
	"logparse/reply": {},
	"logparse/clean": {},

	"monitor/checkpoint": {},
	"monitor/sketch":     {},
	"monitor/series":     {},
	"monitor/filter":     {"logparse"},
	"monitor/own":        {"logparse"},
	"monitor/queue":      {},
	"monitor/source":     {"logparse", "logparse/clean"},
	"monitor/join":       {"logparse", "monitor/sketch"},
	"monitor/detect":     {"logparse", "logparse/reply", "monitor/join", "monitor/sketch"},
	"monitor/report":     {"logparse", "logparse/reply", "logparse/clean", "monitor/detect", "monitor/join", "monitor/sketch"},
	"monitor/logsim":     {},
	"monitor":            {"logparse", "logparse/reply", "logparse/clean", "monitor/*"},
	"probes":             {"logparse/reply", "logparse/clean", "probes/smtpwire"},
	"probes/smtpwire":    {"logparse/reply", "logparse/clean"},
	"probes/probetest":   {},
	"probes/sink":        {"logparse/clean"},
	"tui/theme":          {"logparse/clean"},
	"tui/widget":         {"logparse/clean", "tui/theme"},
	"tui/screen":         {"logparse/clean", "logparse/reply", "monitor", "monitor/detect", "probes", "tui/theme", "tui/widget"},
	"tui":                {"logparse/clean", "logparse/reply", "monitor", "monitor/detect", "probes", "tui/*"},
	"cmd/mailtop":        {"*"},
	"cmd/mailtop/demo":   {"monitor/logsim"},
	"cmd/mailtop/e2e":    {"logparse", "logparse/clean"},
}

type listed struct {
	ImportPath string
	Imports    []string
}

func TestHouseImports(t *testing.T) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "mailtop/...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p listed
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		seen++
		checkImports(t, p)
	}
	if seen < 5 {
		t.Fatalf("only %d packages listed", seen)
	}
}

func checkImports(t *testing.T, p listed) {
	name := strings.TrimPrefix(p.ImportPath, "mailtop/")
	allowed, ok := mayImport[name]
	if !ok {
		t.Errorf("package %s has no place in the house: add it to mayImport or move it", name)
		return
	}
	for _, imp := range p.Imports {
		rel, ours := strings.CutPrefix(imp, "mailtop/")
		if ours && !matches(allowed, rel) {
			t.Errorf("%s must not import %s", name, rel)
		}
	}
}

func matches(allowed []string, name string) bool {
	return slices.ContainsFunc(allowed, func(a string) bool {
		prefix, wild := strings.CutSuffix(a, "*")
		return a == name || wild && strings.HasPrefix(name, prefix)
	})
}

// mayReadClock are the places where wall time may enter.
var mayReadClock = []string{"cmd/", "monitor/source/", "monitor/queue/", "monitor/sockets/", "monitor/host/", "monitor/engine.go", "tui/tui.go", "probes/env.go", "probes/smtpwire/", "probes/probetest/", "probes/sink/"}

// Detection uses event time: a call of the clock outside the edges makes results
// depend on when they were computed.
func TestHouseClock(t *testing.T) {
	walkGo(t, func(path string, file *ast.File) {
		if slices.ContainsFunc(mayReadClock, func(p string) bool { return strings.HasPrefix(path, p) }) {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains([]string{"Now", "Since", "Until", "After", "Tick", "NewTicker", "NewTimer", "AfterFunc", "Sleep"}, s.Sel.Name) {
					t.Errorf("%s calls time.%s: take the time as an argument", path, s.Sel.Name)
				}
			}
			return true
		})
	})
}

// No registration by init, no package that is a drawer for everything, and only
// the agreed names on top.
func TestHouseShape(t *testing.T) {
	walkGo(t, func(path string, file *ast.File) {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s has an init function: use a literal table", path)
			}
		}
		if n := file.Name.Name; n == "util" || n == "common" || n == "helpers" {
			t.Errorf("%s: package %s says nothing about what is in it", path, n)
		}
	})
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if n := e.Name(); n[0] != '.' && !slices.Contains([]string{"cmd", "tui", "monitor", "probes", "logparse", "go.mod", "go.sum", "README.md", "Makefile", "mailtop", "dist", "cover.out"}, n) {
			t.Errorf("%s does not belong on the top level", n)
		}
	}
}

// walkGo parses every Go file of the module that is not a test.
func walkGo(t *testing.T, f func(path string, file *ast.File)) {
	t.Helper()
	n := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2 {
			if err == nil {
				err = filepath.SkipDir
			}
			return err
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		n++
		f(filepath.ToSlash(strings.TrimPrefix(path, "../../")), file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 10 {
		t.Fatalf("only %d files looked at", n)
	}
}
