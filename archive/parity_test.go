package archive

import (
	"bufio"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// cases are the headings of testdata/parity.txt and how many cases stand below.
var cases = map[string]int{
	"logjam, compress (12)": 12, "logjam, parse (9)": 9, "logjam, s3_uploader (26)": 26, "logjam, upload (6)": 6, "logjam, integration (4)": 4,
	"visilogs (8)": 8,
}

func TestEveryCaseOfTheAncestorsIsATestOfOurs(t *testing.T) {
	page, err := os.Open("testdata/parity.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer page.Close()
	ours := make(map[string]bool)
	for _, folder := range []string{"", "bucket/", "it/"} {
		for _, name := range testsIn(t, folder) {
			ours[folder+name] = true
		}
	}
	heading, found := "", make(map[string]int)
	for scan := bufio.NewScanner(page); scan.Scan(); {
		line := scan.Text()
		if comment, ok := strings.CutPrefix(line, "# "); ok {
			heading = comment
			continue
		}
		if line == "" {
			continue
		}
		found[heading]++
		tests := regexp.MustCompile(`(bucket/|it/)?Test\w+`).FindAllString(line, -1)
		if len(tests) == 0 {
			t.Errorf("no test holds %q", line)
		}
		for _, name := range tests {
			if !ours[name] {
				t.Errorf("there is no %s for %q", name, line)
			}
		}
	}
	same(t, cases, found)
}

// testsIn names the tests of a folder, read from their source.
func testsIn(t *testing.T, folder string) []string {
	t.Helper()
	paths, err := filepath.Glob(folder + "*_test.go")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no tests in %q (%v)", folder, err)
	}
	var names []string
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") {
				names = append(names, f.Name.Name)
			}
		}
	}
	return names
}
