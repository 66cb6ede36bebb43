package format

import "bytes"

// Phoenix, for Elixir, tells of a request in two lines, as Rails does: "GET /users/1" and below "Sent 200 in 12ms". Both
// stand behind its logger's time and level; the request's number, where it is logged, tells which is which.

// phoenixName is what lines of Phoenix within others are called.
const phoenixName = "phoenix"

// phoenixAsked reads "GET /users/1", all of said.
func phoenixAsked(said []byte) (a railsRequest, ok bool) {
	n := bytes.IndexByte(said, ' ')
	if n < 0 || len(said) > longestAsked || !usualMethod(said[:n]) || n+1 == len(said) || said[n+1] != '/' || bytes.IndexByte(said[n+1:], ' ') >= 0 {
		return a, false
	}
	return railsRequest{texts: said, method: span{0, int32(n)}, target: span{int32(n + 1), int32(len(said))}}, true
}

// phoenixAnswer reads the status and the duration of "Sent 200 in 12ms".
func phoenixAnswer(said []byte) (code int32, took int64, ok bool) {
	rest, sent := bytes.CutPrefix(said, []byte("Sent "))
	if !sent {
		if rest, sent = bytes.CutPrefix(said, []byte("Chunked ")); !sent {
			return 0, 0, false
		}
	}
	number, lapse, in := bytes.Cut(rest, []byte(" in "))
	if code, ok = status(number); !ok || !in || code < 100 {
		return 0, 0, false
	}
	return code, spelled(lapse), true
}

// phoenixNumber is the request's number among what stands before a message.
func phoenixNumber(head []byte) []byte {
	_, number, ok := bytes.Cut(head, []byte("request_id="))
	if !ok {
		return nil
	}
	number, _, _ = bytes.Cut(number, []byte{' '})
	return number
}
