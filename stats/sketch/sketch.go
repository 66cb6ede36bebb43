// Package sketch counts in small memory: heavy hitters (Top), quantiles
// (Quantiles) and distinct counts (Distinct). Each is exact until its bound and
// says how wrong it can be after that; each merges, encodes and decodes. It is
// pure: no I/O, no clock, no locks. Several goroutines may read a sketch at once
// while none adds to it.
package sketch

import (
	"hash/maphash"

	"github.com/cespare/xxhash/v2"
)

// seed differs in every process, so that nobody can send keys that collide.
var seed = maphash.MakeSeed()

// Hash is the hash that every Top of this process expects. It is another one in
// every process: never store it.
func Hash(b []byte) uint64 { return maphash.Bytes(seed, b) }

// Stable is the same in every process and for all time (xxHash64). It feeds
// Distinct, whose encodings are merged across hosts and days.
func Stable(b []byte) uint64 { return xxhash.Sum64(b) }
