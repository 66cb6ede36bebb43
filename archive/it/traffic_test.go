package it

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"time"
)

// traffic writes lines like those of a site: a few pages that most want and many
// that few want, some hundred clients at a time, a dozen browsers, sizes and
// referrers. It packs about as well as a real access log.
func traffic(w io.Writer, bytes int) (lines int, err error) {
	dice := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(dice, 1.2, 4, 20_000)
	out := bufio.NewWriterSize(w, 1<<20)
	agents := make([]string, 40)
	for i := range agents {
		agents[i] = fmt.Sprintf("Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.%d", 90+i, 90+i, i*7%10)
	}
	for at := began; bytes > 0; at = at.Add(time.Duration(dice.IntN(20)) * time.Millisecond) {
		page := zipf.Uint64()
		referrer := "-"
		if dice.IntN(3) > 0 {
			referrer = fmt.Sprintf("https://example.com/section%d/page-%d", page%23, zipf.Uint64())
		}
		status := 200
		if dice.IntN(20) == 0 {
			status = []int{301, 304, 404, 500}[dice.IntN(4)]
		}
		n, err := fmt.Fprintf(out, "203.0.%d.%d - - [%s] \"GET /section%d/page-%d?id=%x HTTP/1.1\" %d %d \"%s\" \"%s\"\n",
			dice.IntN(8), dice.IntN(250), at.Format("02/Jan/2006:15:04:05 -0700"), page%23, page, dice.Uint32N(1<<24), status, dice.IntN(40_000), referrer, agents[dice.IntN(len(agents))])
		if err != nil {
			return lines, err
		}
		lines, bytes = lines+1, bytes-n
	}
	return lines, out.Flush()
}
