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
	"slices"
	"strings"

	"weir/ingest/event"
)

// Export writes the records of a stretch to a file, in the order of their times,
// in the form that the name asks for: .jsonl and .json one object a line as weir
// parse prints it, .csv a table, anything else the lines as they were logged. It
// returns how many were written. The file appears when it is complete, readable
// by its owner only; one that is there stays, with fs.ErrExist, unless overwrite is set, and
// then keeps who may read it. What is no regular file, or a log that is read, always stays.
func (r *Records) Export(ctx context.Context, path string, overwrite bool, s Stretch, progress func(share float64)) (written int, err error) {
	s.Fields = true
	return r.writeWhole(path, overwrite, func(out io.Writer) (int, error) {
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
func (r *Records) ExportThese(path string, overwrite bool, all []*Record) (written int, err error) {
	return r.writeWhole(path, overwrite, func(out io.Writer) (int, error) {
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
func (r *Records) ExportTable(path string, overwrite bool, rows [][]string) error {
	_, err := r.writeWhole(path, overwrite, func(out io.Writer) (int, error) {
		w := csv.NewWriter(out)
		if !strings.EqualFold(filepath.Ext(path), ".csv") {
			w.Comma = '\t'
		}
		return len(rows), w.WriteAll(rows)
	})
	return err
}

// writeWhole writes a file beside its place and puts it there once it is complete.
func (r *Records) writeWhole(path string, overwrite bool, write func(io.Writer) (int, error)) (n int, err error) {
	mode := fs.FileMode(0o600)
	if _, err := os.Lstat(path); err == nil {
		info, err := os.Stat(path)
		switch {
		case err != nil || !info.Mode().IsRegular():
			return 0, fmt.Errorf("%s is no regular file: name another", path)
		case r.reads(info):
			return 0, fmt.Errorf("%s is a log that is read here: name another file", path)
		case !overwrite:
			return 0, &fs.PathError{Op: "export to", Path: path, Err: fs.ErrExist}
		}
		mode = info.Mode().Perm()
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return 0, err
		}
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".weir-export-")
	if err != nil {
		return 0, fmt.Errorf("export to %s: %w", path, errors.Unwrap(err))
	}
	defer os.Remove(temp.Name())
	buffered := bufio.NewWriterSize(temp, 64<<10)
	n, err = write(buffered)
	err = errors.Join(err, buffered.Flush(), temp.Chmod(mode))
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

// reads tells whether a file is one of the logs.
func (r *Records) reads(file fs.FileInfo) bool {
	return slices.ContainsFunc(r.cfg.Sources(), func(s event.Source) bool {
		log, err := os.Stat(s.Path)
		return err == nil && os.SameFile(log, file)
	})
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
