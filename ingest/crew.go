package ingest

import (
	"sync"
	"sync/atomic"
)

// crew are goroutines that help with what falls into parts. Without helpers the
// one who asks does it all.
type crew struct {
	calls   chan *call
	helpers int
}

// call is work for the crew.
type call struct {
	n     int
	do    func(i int)
	next  atomic.Int64 // the first part that nobody has taken
	done  sync.WaitGroup
	panic atomic.Value // of a helper
}

// hire starts helpers; the function it returns ends them and waits for that.
func (c *crew) hire(helpers int) (dismiss func()) {
	if helpers <= 0 {
		return func() {}
	}
	c.calls, c.helpers = make(chan *call, helpers), helpers
	var group sync.WaitGroup
	for range helpers {
		group.Go(func() {
			for work := range c.calls {
				work.help()
			}
		})
	}
	return func() {
		close(c.calls)
		c.helpers = 0
		group.Wait()
	}
}

// spread calls do(0) to do(n-1) and returns when all of them have.
func (c *crew) spread(n int, do func(i int)) {
	if c.helpers == 0 || n < 2 {
		for i := range n {
			do(i)
		}
		return
	}
	work := &call{n: n, do: do}
	work.done.Add(n)
	for range min(c.helpers, n-1) {
		select {
		case c.calls <- work:
		default: // they are busy
		}
	}
	for work.one() {
	}
	work.done.Wait()
	if p := work.panic.Load(); p != nil {
		panic(p)
	}
}

// help does what is left; a panic goes to the one who asked.
func (w *call) help() {
	for more := true; more; {
		func() {
			defer func() {
				if p := caught(recover()); p != nil {
					w.panic.CompareAndSwap(nil, p)
				}
			}()
			more = w.one()
		}()
	}
}

// one does one part and reports whether there was any left.
func (w *call) one() bool {
	i := int(w.next.Add(1) - 1)
	if i >= w.n {
		return false
	}
	defer w.done.Done()
	w.do(i)
	return true
}
