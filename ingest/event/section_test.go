package event

import "testing"

func TestSectionIsWhatStandsBeforeTheSecondSlash(t *testing.T) {
	for path, want := range map[string]string{
		"":                       "",
		"/":                      "/",
		"/index.html":            "/index.html",
		"/pages/create":          "/pages",
		"/pages/create/new?a=/b": "/pages",
		"/pages?next=/create":    "/pages",
		"/?next=/create":         "/",
		"//double/slash":         "/",
		"*":                      "*",
		"example.com:443":        "example.com:443",
		"relative/path?a=b":      "relative/path",
	} {
		if got := string(Section([]byte(path))); got != want {
			t.Errorf("Section(%q) = %q, want %q", path, got, want)
		}
	}
}
