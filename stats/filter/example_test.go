package filter_test

import (
	"fmt"

	"weir/ingest/event"
	"weir/stats/filter"
)

func ExampleCompile() {
	chips := filter.And("status >= 500", filter.Equal("client", "203.0.113.0/24"))
	f, err := filter.Compile(chips)
	fmt.Println(f, err)
	fmt.Println(f.Match(&event.Event{Status: 503, Client: []byte("203.0.113.9")}))

	_, err = filter.Compile("statsu >= 500")
	fmt.Println(err)
	// Output:
	// (status >= 500) and (client in "203.0.113.0/24") <nil>
	// true
	// column 1: no field is called statsu: did you mean status?
}
