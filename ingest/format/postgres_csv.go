package format

import (
	"weir/ingest/event"
)

// postgresCSV is what PostgreSQL writes with log_destination = csvlog: comma-separated values without a
// line of names. A statement may go on over further lines.
var postgresCSV = Format{
	Name: "postgres_csv", Title: "PostgreSQL's csvlog",
	New:   func(o Options) Parser { return &postgresParser{text: newText(o)} },
	Prose: true,
}

type postgresParser struct {
	text
}

// The columns of csvlog that are read, after the manual; the rest are attributes.
const (
	postgresUser = iota + 1
	postgresDatabase
	postgresPID
	postgresClient
	postgresTag         = 7
	postgresSeverity    = 11
	postgresState       = 12
	postgresMessage     = 13
	postgresStatement   = 19
	postgresApplication = 22
)

// postgresNames are those of the columns that are kept as attributes.
var postgresNames = [...]string{
	postgresDatabase: "db.namespace", postgresPID: "process.pid", postgresTag: "command_tag", postgresState: "sql_state_code",
	postgresStatement: "db.query.text", postgresApplication: "application_name",
}

// Parse implements Parser.
func (p *postgresParser) Parse(line []byte, e *event.Event) *event.Reject {
	body := strip(line)
	if r := p.idle(body, e); r != nil {
		return r
	}
	t, zone, i := p.clock.iso(body)
	if i == 0 || i >= len(body) || body[i] != ',' {
		return p.reject(body, e, event.NoTime, "time", 0)
	}
	message(e, line, t, zone)
	m := e.Extra()
	i++
	for n := postgresUser; i <= len(body) && n <= postgresApplication; n++ {
		from := i
		cell, next, ok := csvCell(body, i, e)
		if !ok {
			if n < postgresMessage || next < len(body) {
				return p.reject(body, e, event.BadField, "", next)
			}
			cell, next = body[min(from+1, len(body)):], len(body)+1 // goes on in the next line
		}
		i = next
		switch n {
		case postgresUser:
			e.User = cell
		case postgresPID:
			if len(cell) == 0 || digits(cell, 0) != len(cell) {
				return p.reject(body, e, event.BadField, "process.pid", from)
			}
		case postgresClient:
			if host, _, _ := splitLastPort(cell); string(cell) != "[local]" {
				e.Client = bare(host)
			}
		case postgresSeverity:
			if levelOf(cell, true) == nil {
				return p.reject(body, e, event.BadField, "severity", from)
			}
			m.Severity = cell
		case postgresMessage:
			m.Body = cell
		}
		if name := postgresNames[n]; p.keep && name != "" && len(cell) > 0 {
			attribute(e, name, cell)
		}
	}
	if len(m.Severity) == 0 {
		return p.reject(body, e, event.Truncated, "severity", len(body))
	}
	m.Service = own(e, "postgresql", nil)
	return nil
}
