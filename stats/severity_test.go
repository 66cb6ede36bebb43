package stats

import "testing"

func TestSeveritiesByTheNamesThatLoggersUse(t *testing.T) {
	for severity, names := range map[Severity][]string{
		Debug:   {"debug", "TRACE", "D", "FINE", "FINEST"},
		Info:    {"info", "Notice", "SUCCESS", "SECURITY", "CONFIG", "CONTEXT", "", "I"},
		Warning: {"warn", "WARNING", "W"},
		Error:   {"error", "E", "FATAL", "F", "crit", "CRITICAL", "C", "alert", "emerg", "PANIC", "SEVERE"},
	} {
		for _, name := range names {
			if got := SeverityOf([]byte(name)); got != severity {
				t.Errorf("%q is %d, want %d", name, got, severity)
			}
		}
	}
}
