package ingest

// Expand returns the files that the names stand for.
func Expand(names []string) ([]string, error) { return names, nil }

func checkPatterns([]string) error { return nil }
