package format

import "weir/ingest/event"

func appendJSON(dst []byte, e *event.Event) []byte { return dst }
