package it

import (
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
)

// alone packs or unpacks the log, from file to file, with the compressor and nothing else.
func alone(o orders) error {
	logs, err := filepath.Glob(o.Dir + "/*.log")
	if err != nil {
		return err
	}
	from, to := logs[0], logs[0]+".alone"
	if o.Work == "unzstd" {
		from, to = to, to+".out"
		defer os.Remove(to)
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer out.Close()
	if o.Work == "unzstd" {
		d, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return err
		}
		defer d.Close()
		_, err = io.Copy(out, d)
		return err
	}
	e, err := zstd.NewWriter(out, zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	if _, err := io.Copy(e, in); err != nil {
		return err
	}
	return e.Close()
}
