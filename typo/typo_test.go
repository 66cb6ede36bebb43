package typo

import "testing"

func TestTypoFindsItsWord(t *testing.T) {
	known := []string{"bad", "alert", "alert-file", "alert-period", "combined", "theme", "squid", "période"}
	for word, want := range map[string]string{
		"alrt": "alert", "ALERT": "alert", "alert_period": "alert-period", "combind": "combined",
		"squdi": "squid", "them": "theme", "periode": "période",
		"watch": "", "xyz": "", "": "", "combined-and-much-more-than-a-name-can-be": "",
	} {
		if got := Nearest(word, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
	if got := Nearest("cat", []string{"rat", "bat"}); got != "bat" {
		t.Errorf("of two that are as near got %q, want the first in the alphabet", got)
	}
}
