package ingest

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Export writes the records of a stretch to a file, in the order of their times,
// in the form that the name asks for: .jsonl and .json one object a line as weir
// parse prints it, .csv a table, anything else the lines as they were logged. It
// returns how many were written. The file appears when it is complete, readable
// by its owner only; one that is there stays, with fs.ErrExist, unless overwrite is set.
func (r *Records) Export(ctx context.Context, path string, overwrite bool, s Stretch, progress func(share float64)) (written int, err error) {
	s.Fields = true
	return writeWhole(path, overwrite, func(out io.Writer) (int, error) {
		write := recordWriter(path, out)
		n := 0
		err := r.Walk(ctx, s, func(record *Record) error {
			n++
			return write(record)
		}, progress)
		if err != nil {
			return n, err
		}
		return n, write(nil)
	})
}

// ExportThese is Export of records that the caller has.
func ExportThese(path string, overwrite bool, all []*Record) (written int, err error) {
	return writeWhole(path, overwrite, func(out io.Writer) (int, error) {
		write := recordWriter(path, out)
		for _, record := range all {
			if err := write(record); err != nil {
				return 0, err
			}
		}
		return len(all), write(nil)
	})
}

// ExportTable writes rows of text as a table, by a name that ends in .csv, or
// else with tabs between the cells. It is otherwise like Export.
func ExportTable(path string, overwrite bool, rows [][]string) error {
	_, err := writeWhole(path, overwrite, func(out io.Writer) (int, error) {
		w := csv.NewWriter(out)
		if !strings.EqualFold(filepath.Ext(path), ".csv") {
			w.Comma = '\t'
		}
		return len(rows), w.WriteAll(rows)
	})
	return err
}

// writeWhole writes a file beside its place and puts it there once it is complete.
func writeWhole(path string, overwrite bool, write func(io.Writer) (int, error)) (n int, err error) {
	if _, err := os.Lstat(path); err == nil && !overwrite {
		return 0, &fs.PathError{Op: "export to", Path: path, Err: fs.ErrExist}
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".weir-export-")
	if err != nil {
		return 0, fmt.Errorf("export to %s: %w", path, errors.Unwrap(err))
	}
	defer os.Remove(temp.Name())
	buffered := bufio.NewWriterSize(temp, 64<<10)
	n, err = write(buffered)
	err = errors.Join(err, buffered.Flush())
	if err = errors.Join(err, temp.Close()); err != nil {
		return 0, err
	}
	if overwrite {
		return n, os.Rename(temp.Name(), path)
	}
	err = os.Link(temp.Name(), path)
	if err != nil && !errors.Is(err, fs.ErrExist) { // a file system without links
		err = os.Rename(temp.Name(), path)
	}
	return n, err
}

// csvKeys are the columns of a table: keys of weir parse.
var csvKeys = []string{
	"time", "log.file.path", "client.address", "user.name", "http.request.method", "url.original", "http.response.status_code",
	"http.response.body.size", "http.server.request.duration", "server.address", "http.request.header.referer", "user_agent.original",
	"severity", "service.name", "host.name", "event.action", "event.outcome", "body", "attributes",
}

// recordWriter returns what writes records in the form that a name asks for; nil ends it.
func recordWriter(path string, out io.Writer) func(*Record) error {
	var line []byte
	put := func(b []byte) error {
		_, err := out.Write(append(b, '\n'))
		return err
	}
	object := func(r *Record) []byte {
		line = AppendJSON(line[:0], r.Event, Place{Path: string(r.Source), Format: r.Format})
		return line
	}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".jsonl", ".json", ".ndjson":
		return func(r *Record) error {
			if r == nil {
				return nil
			}
			return put(object(r))
		}
	case ".csv":
		w := csv.NewWriter(out)
		begun := false
		return func(r *Record) error {
			if !begun {
				begun = true
				if err := w.Write(csvKeys); err != nil {
					return err
				}
			}
			if r == nil {
				w.Flush()
				return w.Error()
			}
			return w.Write(cells(object(r)))
		}
	}
	return func(r *Record) error {
		if r == nil {
			return nil
		}
		return put(r.Raw)
	}
}

// cells are the values of csvKeys in an object as AppendJSON writes it.
func cells(object []byte) []string {
	var values map[string]json.RawMessage
	row := make([]string, len(csvKeys))
	if json.Unmarshal(object, &values) != nil {
		return row
	}
	for i, key := range csvKeys {
		if json.Unmarshal(values[key], &row[i]) != nil {
			row[i] = string(values[key])
		}
	}
	return row
}
