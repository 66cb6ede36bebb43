package main

import (
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"

	"weir/bench"
)

// BenchmarkReport reports on a log of each shape.
func BenchmarkReport(b *testing.B) {
	dir := b.TempDir()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer null.Close()
	for _, log := range []struct {
		name  string
		shape bench.Shape
	}{
		{"combined", bench.Shape{Lines: 300_000, Seed: 1}},
		{"combined.gz", bench.Shape{Lines: 100_000, Seed: 2}},
		{"distinct", bench.Shape{Lines: 100_000, Seed: 3, Distinct: true}},
		{"json", bench.Shape{Lines: 100_000, Seed: 4, JSON: true}},
	} {
		path := filepath.Join(dir, log.name)
		if err := writeTraffic(path, log.shape); err != nil {
			b.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(log.name, func(b *testing.B) {
			b.SetBytes(info.Size())
			for b.Loop() {
				if code := run(b.Context(), []string{"report", "--to", "json", path}, null, null, os.Stderr); code != 0 {
					b.Fatalf("exit %d", code)
				}
			}
		})
	}
}

func writeTraffic(path string, shape bench.Shape) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if filepath.Ext(path) != ".gz" {
		return bench.Write(file, shape)
	}
	z := gzip.NewWriter(file)
	if err := bench.Write(z, shape); err != nil {
		return err
	}
	return z.Close()
}
