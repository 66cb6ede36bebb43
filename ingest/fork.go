package ingest

import "weir/ingest/format"

// fork returns a Parser for the lines that stand ahead lines further on in the
// stream of p, for another goroutine; nil where lines can't be understood without
// those before them. It may reuse old, an earlier fork of p or nil. What the fork
// makes of lines holds when join says so.
func fork(p, old Parser, ahead int) Parser {
	switch p := p.(type) {
	case *format.Auto:
		was, _ := old.(*format.Auto)
		if f := p.Fork(was, ahead); f != nil {
			return f
		}
	case given:
		was, _ := old.(given)
		if f := p.Fork(was.One); f != nil {
			return given{f}
		}
	case *refined:
		was, _ := old.(*refined)
		if was == nil {
			if inner := fork(p.Parser, nil, ahead); inner != nil {
				return p.again(inner)
			}
			return nil
		}
		if was.Parser = fork(p.Parser, was.Parser, ahead); was.Parser != nil {
			return was
		}
	}
	return nil
}

// learn lets p look ahead at the beginning of its log, for what no line tells alone.
func learn(p Parser, head []byte) {
	switch p := p.(type) {
	case *format.Auto:
		p.Learn(head)
	case given:
		p.Learn(head)
	case *refined:
		learn(p.Parser, head)
	}
}

// join reports whether p would have made of the lines what its fork made of
// them. It then goes on behind them.
func join(p, fork Parser) bool {
	switch p := p.(type) {
	case *format.Auto:
		return p.Join(fork.(*format.Auto))
	case given:
		return p.Join(fork.(given).One)
	case *refined:
		return join(p.Parser, fork.(*refined).Parser)
	}
	return false
}
