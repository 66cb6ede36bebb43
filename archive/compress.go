package archive

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"weir/archive/bucket"
)

// packedFolder is where Compress leaves its files and UploadPacked takes them
// from, as logjam had it.
const packedFolder = "archive"

// Compress packs the complete files of c.Dir into DIR/archive, proves each by
// reading it back, and deletes the original. c.Bucket and c.Template are not used.
func Compress(ctx context.Context, c Config) (Report, error) {
	if !c.DryRun {
		path := filepath.Join(c.Dir, packedFolder)
		if err := os.Mkdir(path, 0o755); err != nil && !os.IsExist(err) {
			return Report{}, full(path, fmt.Errorf("make %s: %w", path, err))
		}
		folder, err := bucket.OpenDir(ctx, path, bucket.Settings{})
		if err != nil {
			return Report{}, err
		}
		c.Bucket = folder
	}
	c.Template = Template{text: "{filename}", parts: []part{{field: "filename"}}}
	c.Archive, c.noManifest = packedFolder, true
	return Push(ctx, c)
}

// UploadPacked archives what Compress, or logjam, left in DIR/archive. c.Dir may
// name that folder itself.
func UploadPacked(ctx context.Context, c Config) (Report, error) {
	below := filepath.Join(c.Dir, packedFolder)
	if _, err := os.Stat(below); err == nil {
		c.Dir = below
	} else {
		at, err := filepath.Abs(c.Dir)
		if err == nil && filepath.Base(at) != packedFolder {
			_, err = os.Stat(at)
			return Report{}, err // nothing was packed yet
		}
		if err != nil {
			return Report{}, err
		}
	}
	c.Rules.All = true
	return Push(ctx, c)
}
