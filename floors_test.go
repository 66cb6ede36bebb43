package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The floors are read from ARCHITECTURE.md, so that the map people read is the
// map the code is held against. A line of it is a number and packages, two
// spaces apart, then the words for people.
var (
	floorLine   = regexp.MustCompile(`^ ?(\d+)  +(.*)$`)
	packageName = regexp.MustCompile(`^[a-z0-9]+(/[a-z0-9]+)*$`)
)

func readFloors(page io.Reader) map[string]int {
	floors := make(map[string]int)
	inside := false
	for lines := bufio.NewScanner(page); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "```") {
			inside = !inside
		}
		found := floorLine.FindStringSubmatch(lines.Text())
		if !inside || found == nil {
			continue
		}
		height, err := strconv.Atoi(found[1])
		if err != nil {
			continue
		}
		for _, name := range regexp.MustCompile(`  +`).Split(found[2], -1) {
			if !packageName.MatchString(name) {
				break
			}
			floors[name] = height
		}
	}
	return floors
}

func TestFloorsAreReadFromAPage(t *testing.T) {
	page := "```\n 8  main      flags and wiring\n 1  a/b  c\n10  sky\n```\n 2  outside\n"
	want := map[string]int{"main": 8, "a/b": 1, "c": 1, "sky": 10}
	if diff := cmp.Diff(want, readFloors(strings.NewReader(page))); diff != "" {
		t.Error(diff)
	}
}

// room is a package as the go command lists it.
type room struct {
	ImportPath, Dir               string
	GoFiles, Imports, TestImports []string
}

// name is the package's name on the map.
func (r room) name() string { return roomName(r.ImportPath) }

func roomName(path string) string {
	if path == "weir" {
		return "main"
	}
	return strings.TrimPrefix(path, "weir/")
}

// house returns the floors and the packages, those that only test left out.
func house(t *testing.T) (map[string]int, []room) {
	t.Helper()
	page, err := os.Open("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	defer page.Close()
	list := exec.CommandContext(t.Context(), "go", "list", "-e", "-json", "./...")
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var rooms []room
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var r room
		if err := d.Decode(&r); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if len(r.GoFiles) > 0 {
			rooms = append(rooms, r)
		}
	}
	return readFloors(page), rooms
}

func TestEveryPackageHasAFloorAndEveryFloorItsPackages(t *testing.T) {
	floors, rooms := house(t)
	mapped, built := []string{}, []string{}
	for name := range floors {
		mapped = append(mapped, name)
	}
	for _, r := range rooms {
		built = append(built, r.name())
	}
	slices.Sort(mapped)
	slices.Sort(built)
	if diff := cmp.Diff(mapped, built); diff != "" {
		t.Errorf("ARCHITECTURE.md (-) and the code (+) name different packages:\n%s", diff)
	}
}

func TestPackagesImportOnlyLowerFloors(t *testing.T) {
	floors, rooms := house(t)
	for _, r := range rooms {
		for _, path := range slices.Concat(r.Imports, r.TestImports) {
			if path != "weir" && !strings.HasPrefix(path, "weir/") {
				continue
			}
			if below := roomName(path); floors[below] >= floors[r.name()] {
				t.Errorf("%s (floor %d) imports %s (floor %d)", r.name(), floors[r.name()], below, floors[below])
			}
		}
	}
}

// The judgement is on floors 0 to 3. tui/quiet is there because it is imported
// by everything, and archive/bucket because it imports nothing; neither judges.
const judgement = 3

var impure = []string{"tui/quiet", "archive/bucket"}

// outside are the packages, each with all below it, that reach beyond a
// function's arguments.
var outside = []string{
	"os", "net", "sync", "syscall", "context", "log", "database", "io/ioutil", "crypto/rand",
	"math/rand", "runtime", "unsafe", "path/filepath", "golang.org/x/sys", "golang.org/x/sync",
}

// inside are exceptions to it: values, not connections; types, not dice; what the
// processor can, not what it does.
var inside = []string{"net/netip", "net/url", "math/rand/v2", "golang.org/x/sys/cpu"}

// clock are the functions of package time that ask or wait for it.
var clock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

func TestTheJudgementIsPure(t *testing.T) {
	floors, rooms := house(t)
	for _, r := range rooms {
		if floors[r.name()] > judgement || slices.Contains(impure, r.name()) {
			continue
		}
		for _, file := range r.GoFiles {
			source, err := os.ReadFile(filepath.Join(r.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			for _, stain := range stains(t, r.name()+"/"+file, source) {
				t.Error(stain)
			}
		}
	}
}

// clockRooms are the packages that may spell time.Now.
var clockRooms = []string{"main", "ingest", "archive", "bar", "tui", "tui/vault"}

func TestTheTimeIsAskedForInFewRooms(t *testing.T) {
	_, rooms := house(t)
	for _, r := range rooms {
		asks := false
		for _, file := range r.GoFiles {
			source, err := os.ReadFile(filepath.Join(r.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			asks = asks || slices.ContainsFunc(stains(t, r.name()+"/"+file, source), func(stain string) bool { return strings.HasSuffix(stain, "time.Now") })
		}
		if asks != slices.Contains(clockRooms, r.name()) {
			t.Errorf("%s spells time.Now: %v, against ARCHITECTURE.md and this list", r.name(), asks)
		}
	}
}

func TestImpurityIsFound(t *testing.T) {
	source := `package p
import (
	clock "time"
	"net/http"
	"net/netip"
)
var _ = clock.Now
func init() { go func() { clock.Sleep(clock.Second) }() }
`
	want := []string{
		"p.go:4: imports net/http", "p.go:7: asks the clock: time.Now", "p.go:8: has an init function",
		"p.go:8: starts a goroutine", "p.go:8: asks the clock: time.Sleep",
	}
	if diff := cmp.Diff(want, stains(t, "p.go", []byte(source))); diff != "" {
		t.Error(diff)
	}
}

// stains lists what in a source file is not pure, in the order of the file.
func stains(t *testing.T, name string, source []byte) []string {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	report := func(n ast.Node, what string) {
		found = append(found, fmt.Sprintf("%s:%d: %s", name, set.Position(n.Pos()).Line, what))
	}
	timeName := "time"
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			path, _ := strconv.Unquote(n.Path.Value)
			under := func(p string) bool { return path == p || strings.HasPrefix(path, p+"/") }
			if slices.ContainsFunc(outside, under) && !slices.Contains(inside, path) {
				report(n, "imports "+path)
			}
			if path == "time" && n.Name != nil {
				timeName = n.Name.Name
			}
		case *ast.GoStmt:
			report(n, "starts a goroutine")
		case *ast.FuncDecl:
			if n.Recv == nil && n.Name.Name == "init" {
				report(n, "has an init function")
			}
		case *ast.SelectorExpr:
			if of, ok := n.X.(*ast.Ident); ok && of.Name == timeName && slices.Contains(clock, n.Sel.Name) {
				report(n, "asks the clock: time."+n.Sel.Name)
			}
		}
		return true
	})
	return found
}
