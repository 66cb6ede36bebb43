package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"weir/ingest/event"
	"weir/ingest/format"
)

// nginx prints the formats and the logs that an nginx configuration names, and
// how much of each log its format explains.
func (c *DetectCmd) nginx(ctx context.Context, out io.Writer) error {
	conf, err := readNginxConf(c.NginxConf)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "LOG\tFORMAT\tEXPLAINS\n")
	for _, log := range conf.Logs {
		share := "not readable"
		lines, err := Sample(ctx, log.Path, nil, c.Lines)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		f, known := conf.Formats[log.Format]
		switch {
		case err != nil:
		case !known:
			share = "format not defined"
		case len(lines) == 0:
			share = "empty"
		default:
			share = percent(explained(f, lines))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", log.Path, log.Format, share)
	}
	fmt.Fprintf(w, "\t\t\nFORMAT\tWHAT\t\n")
	for _, name := range slices.Sorted(maps.Keys(conf.Formats)) {
		fmt.Fprintf(w, "%s\t%s\t\n", name, conf.Formats[name].Title)
	}
	return w.Flush()
}

func explained(f format.Format, lines [][]byte) float64 {
	parser := f.New(format.Options{})
	parsed, all := 0, 0
	var e event.Event
	for _, line := range lines {
		e.Reset()
		switch reject := parser.Parse(line, &e); {
		case reject == nil:
			parsed++
			all++
		case !reject.Reason.Expected():
			all++
		}
	}
	return float64(parsed) / float64(max(all, 1))
}

// mostIncludes bounds how many files a configuration may pull in.
const mostIncludes = 1000

// readNginxConf reads a configuration and what it includes, relative to its directory.
func readNginxConf(path string) (format.NginxConf, error) {
	all := format.NginxConf{Formats: make(map[string]format.Format)}
	var errs []error
	read, seen := []string{path}, map[string]bool{path: true}
	for i := 0; i < len(read) && i < mostIncludes; i++ {
		text, err := os.ReadFile(read[i])
		if err != nil {
			if i == 0 {
				return all, fmt.Errorf("read the nginx configuration: %w", err)
			}
			errs = append(errs, err)
			continue
		}
		conf, err := format.FromNginxConf(text)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", read[i], err))
		}
		maps.Copy(all.Formats, conf.Formats)
		all.Logs = append(all.Logs, conf.Logs...)
		for _, pattern := range conf.Includes {
			if !filepath.IsAbs(pattern) {
				pattern = filepath.Join(filepath.Dir(path), pattern)
			}
			found, err := filepath.Glob(pattern)
			if err != nil {
				errs = append(errs, fmt.Errorf("include %s: %w", pattern, err))
			}
			for _, file := range found {
				if !seen[file] {
					seen[file] = true
					read = append(read, file)
				}
			}
		}
	}
	if len(all.Logs) == 0 {
		return all, errors.Join(append(errs, fmt.Errorf("%s names no access_log", path))...)
	}
	for _, err := range errs {
		fmt.Fprintf(os.Stderr, "weir: %v\n", err)
	}
	return all, nil
}
