package explore

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"weir/ingest"
	"weir/tui/panel"
)

// askExport asks for a file to write what is on the screen to.
func (r *Room) askExport(f *panel.Frame) panel.Action {
	all := r.sorted != nil && r.sorted.scope.To == 0
	end := ".jsonl"
	if r.table != nil {
		end = ".csv"
	}
	r.asking = &question{
		name: "export to ", text: "weir-" + time.Unix(f.At, 0).In(f.Location).Format("20060102-150405") + end,
		hint: func(string) string {
			switch {
			case r.table != nil:
				return "the table: .csv, or with tabs   esc leaves"
			case r.sorted != nil:
				return strconv.Itoa(len(r.sorted.top)) + " records: .jsonl .csv .log   esc leaves"
			}
			return r.scope(f, all).text + ": .jsonl .csv .log   tab more or less   esc leaves"
		},
		tab: func() { all = !all },
		enter: func(r *Room, text string, f *panel.Frame) panel.Action {
			if text != "" {
				r.export(text, false, r.scope(f, all))
			}
			return nil
		},
	}
	return nil
}

// export writes what is on the screen to a file; it asks before it overwrites one.
func (r *Room) export(name string, overwrite bool, s scope) {
	path := name
	if home, err := os.UserHomeDir(); err == nil && strings.HasPrefix(path, "~/") {
		path = filepath.Join(home, path[2:])
	}
	var rows [][]string
	if t := r.table; t != nil {
		rows = append(rows, []string{t.column.name, "records"})
		for _, v := range t.rows {
			rows = append(rows, []string{v.key, strconv.FormatUint(v.count, 10)})
		}
	}
	var these []*ingest.Record
	if r.sorted != nil {
		these = r.sorted.top
	}
	r.start("exporting "+s.text+" to "+name, func(ctx context.Context, t *task) Done {
		var (
			n   int
			err error
		)
		switch {
		case rows != nil:
			n, err = len(rows)-1, r.records.ExportTable(path, overwrite, rows)
		case these != nil:
			n, err = r.records.ExportThese(path, overwrite, these)
		default:
			n, err = r.records.Export(ctx, path, overwrite, s.Stretch, t.progress)
		}
		written := panel.Grouped(uint64(n)) + " written to " + name
		if err == nil && rows == nil && these == nil {
			if lost := r.records.Lost(); lost != nil {
				written += "; " + lost.Error()
			}
		}
		return func() {
			switch {
			case errors.Is(err, fs.ErrExist) && !overwrite:
				r.asking = &question{
					name: name + " is there. Overwrite it? y or n ", hint: func(string) string { return "y and enter overwrites it   esc leaves" },
					enter: func(r *Room, text string, _ *panel.Frame) panel.Action {
						if text == "y" || text == "yes" {
							r.export(name, true, s)
						}
						return nil
					},
				}
			case err != nil:
				r.note = "not exported: " + err.Error()
			default:
				r.note = written
			}
		}
	})
}
