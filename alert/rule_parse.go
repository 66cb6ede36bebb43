package alert

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"weir/duration"
	"weir/stats/filter"
	"weir/typo"
)

// Parse reads a rule as --rule takes it, "NAME: EXPRESSION":
//
//	errors: ratio(status >= 500) > 5% over 5m for 1m clear 2% min 100
//	slow:   p95(duration) > 800ms per section over 2m
//	surge:  change(rate()) > +200%
//	budget: burn(slo 99.9%)
//	silent: no data for 5m
//
// A metric of Metrics, perhaps of what matches a filter expression, is compared
// with a level; the clauses of Clauses follow in any order. The error is a *RuleError.
func Parse(text string) (Rule, error) {
	p := parser{text: text, rule: Rule{Severity: Warning, Flap: DefaultFlap, NoData: NoDataOK}}
	p.named()
	if p.err == nil && p.rule.Text == "off" {
		p.rule.Off = true
		return p.rule, nil
	}
	p.condition()
	p.clauses()
	p.settle()
	if p.err != nil {
		return Rule{}, p.err
	}
	return p.rule, nil
}

var ruleName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_. -]{0,39}$`)

// parser reads one rule. After the first error the rest does nothing.
type parser struct {
	text string
	at   int // byte offset
	rule Rule
	unit Unit
	over [2]int64 // what over says, 0 when it does not
	said map[string]bool
	err  *RuleError
}

func (p *parser) fail(at int, format string, args ...any) {
	if p.err == nil {
		p.err = &RuleError{p.text, at, fmt.Sprintf(format, args...)}
	}
}

func (p *parser) named() {
	name, _, ok := strings.Cut(p.text, ":")
	trimmed := strings.TrimSpace(name)
	switch {
	case !ok || !ruleName.MatchString(trimmed):
		p.fail(0, "a rule is NAME: EXPRESSION, like errors: ratio(status >= 500) > 5%%; a name has up to 40 letters, digits, spaces, _ - and .")
		return
	case trimmed == Traffic:
		p.fail(0, "%s is the traffic alert, which --alert and --alert-period set: choose another name", Traffic)
		return
	}
	p.rule.Name, p.at = trimmed, len(name)+1
	p.rule.Text = strings.TrimSpace(p.text[p.at:])
}

// space skips white space.
func (p *parser) space() {
	p.at += len(p.text[p.at:]) - len(strings.TrimLeftFunc(p.text[p.at:], unicode.IsSpace))
}

// take skips a token where it is next.
func (p *parser) take(token string) bool {
	p.space()
	if !strings.HasPrefix(p.text[p.at:], token) {
		return false
	}
	p.at += len(token)
	return true
}

var wordAhead = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*`)

// word takes the next word, "" where there is none.
func (p *parser) word() (word string, at int) {
	p.space()
	at = p.at
	word = wordAhead.FindString(p.text[at:])
	p.at += len(word)
	return word, at
}

// condition is the metric, the comparison and the level.
func (p *parser) condition() {
	name, at := p.word()
	r := &p.rule
	if p.err != nil {
		return
	}
	if r.Change = name == "change"; r.Change {
		if !p.take("(") {
			p.fail(p.at, "change compares a metric with the window before: change(rate()) > +200%%")
			return
		}
		name, at = p.word()
	}
	if name == "no" {
		if more, _ := p.word(); more != "data" {
			p.fail(at, "did you mean no data?")
		}
		name = "no data"
	}
	if r.Metric, r.Quantile = metric(name); r.Metric == nil {
		p.unknown(name, at)
		return
	}
	p.arguments(at)
	if r.Change {
		if !p.take(")") {
			p.fail(p.at, "a bracket is missing: change(rate()) > +200%%")
		}
		if u := r.Metric.Unit; u == Quiet || u == Multiple {
			p.fail(at, "change has no use for %s: choose rate, ratio, p95 or another", r.Metric.Name)
		}
	}
	p.unit = r.Metric.Unit
	if r.Change {
		p.unit = Increase
	}
	p.comparison()
}

func (p *parser) unknown(name string, at int) {
	names := []string{"change"}
	for i := range Metrics {
		names = append(names, Metrics[i].Name)
	}
	switch near := typo.Nearest(name, append([]string{"p90", "p95", "p99"}, names...)); {
	case name == "":
		p.fail(at, "a metric was expected here: one of %s", strings.Join(names, ", "))
	case near != "":
		p.fail(at, "there is no metric %s: did you mean %s?", name, near)
	default:
		p.fail(at, "there is no metric %s: choose one of %s", name, strings.Join(names, ", "))
	}
}

// comparison is what follows the metric, where the metric is compared at all.
func (p *parser) comparison() {
	r := &p.rule
	if r.Metric.Unit == Quiet {
		r.Op = AtLeast
		return
	}
	p.space()
	at := p.at
	for _, op := range []Comparison{AtLeast, AtMost, Above, Below} {
		if p.take(string(op)) {
			r.Op = op
			break
		}
	}
	if r.Op == "" && r.Metric.Unit == Multiple {
		r.Op, r.Burns = Above, workbook
		return
	}
	if r.Op == "" {
		p.fail(at, "a comparison was expected here: %s > %s", r.Metric.Name, r.Metric.Example)
		return
	}
	r.Raise, r.PerSecond = p.level()
	r.Clear = r.Raise
}

// arguments are the metric's, in brackets; without brackets it has none.
func (p *parser) arguments(at int) {
	r := &p.rule
	if !p.take("(") {
		if r.Metric.least > 0 || r.Metric.Unit == Multiple {
			p.fail(p.at, "write %s", r.Metric.Usage)
		}
		return
	}
	args, ok := p.split()
	if !ok {
		p.fail(at, "the bracket of %s is never closed", r.Metric.Name)
		return
	}
	if r.Metric.Unit == Multiple {
		if len(args) == 0 || !p.objective(args[0]) {
			p.fail(at, "write burn(slo 99.9%%), or burn(slo 99.9%%, FILTER) where not 5xx but what matches counts as failed")
			return
		}
		args = args[1:]
	}
	if r.Metric.Unit == Seconds && len(args) > 0 {
		if word := strings.TrimSpace(args[0].text); word == "duration" {
			args = args[1:]
		}
	}
	if len(args) < r.Metric.least || len(args) > r.Metric.args {
		p.fail(at, "write %s", r.Metric.Usage)
		return
	}
	into := []*string{&r.Filter, &r.Of}
	if r.Metric.Name == "errors" {
		into = into[1:]
	}
	for i, a := range args {
		p.filter(a, into[i])
	}
	if r.Filter == "" && (r.Metric.Name == "errors" || r.Metric.Unit == Multiple) {
		r.Filter = "status >= 500"
	}
}

// argument is a part of the text.
type argument struct {
	text string
	at   int
}

// split takes the arguments up to the closing bracket, which it takes too.
func (p *parser) split() (args []argument, ok bool) {
	start, depth := p.at, 0
	end := func() {
		if text := p.text[start:p.at]; strings.TrimSpace(text) != "" || len(args) > 0 {
			args = append(args, argument{text, start})
		}
	}
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case c == '"' || c == '\'' || c == '`':
			p.quoted(c)
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' && depth == 0:
			end()
			p.at++
			return args, true
		case c == ')' || c == ']' || c == '}':
			depth--
		case c == ',' && depth == 0:
			end()
			start = p.at + 1
		}
		p.at++
	}
	p.at = len(p.text)
	return nil, false
}

// quoted goes on to the closing quote.
func (p *parser) quoted(quote byte) {
	for p.at++; p.at < len(p.text) && p.text[p.at] != quote; p.at++ {
		if p.text[p.at] == '\\' && quote != '`' {
			p.at++
		}
	}
}

// filter checks an argument that is a filter expression.
func (p *parser) filter(a argument, into *string) {
	f, err := filter.Config{Bot: func([]byte) bool { return false }}.Compile(a.text)
	if wrong, ok := errors.AsType[*filter.Error](err); ok {
		p.fail(a.at+wrong.Column, "%s", wrong.Message)
	} else if err != nil {
		p.fail(a.at, "%v", err)
	}
	*into = strings.TrimSpace(a.text)
	p.rule.Attributes = p.rule.Attributes || f.Attributes()
}

// objective reads "slo 99.9%".
func (p *parser) objective(a argument) bool {
	text, ok := strings.CutPrefix(strings.TrimSpace(a.text), "slo")
	if !ok {
		return false
	}
	text, ok = strings.CutSuffix(strings.TrimSpace(text), "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if !ok || err != nil || !(v > 0 && v < 100) {
		return false
	}
	p.rule.Objective = (100 - v) / 100
	return true
}

var numberAhead = regexp.MustCompile(`^[+-]?([0-9][0-9_]*(\.[0-9]+)?|\.[0-9]+)([eE][+-]?[0-9]+)?`)

// level takes a number in the metric's unit.
func (p *parser) level() (value float64, perSecond bool) {
	p.space()
	at := p.at
	text := numberAhead.FindString(p.text[at:])
	v, err := strconv.ParseFloat(strings.ReplaceAll(text, "_", ""), 64)
	if err != nil {
		p.fail(at, "a level was expected here, like %s", p.example())
		return 0, false
	}
	if p.unit == Seconds {
		return p.length(), false
	}
	p.at += len(text)
	signed := text[0] == '+' || text[0] == '-'
	switch p.unit {
	case Share, Increase:
		v = p.share(at, v, signed)
	case Volume:
		v *= p.size()
	case Hits, Amount, Multiple, Seconds, Quiet:
	}
	if signed && p.unit != Increase {
		p.fail(at, "this level has no sign: write %s", p.example())
	}
	if p.unit == Hits || p.unit == Amount || p.unit == Volume {
		v, perSecond = p.each(v)
	}
	if rest := p.text[p.at:]; rest != "" && !strings.ContainsAny(rest[:1], " \t\r\n,") {
		p.fail(p.at, "%q is no unit of this level: write %s", wordOf(rest), p.example())
	}
	return v, perSecond
}

func wordOf(text string) string {
	if i := strings.IndexFunc(text, unicode.IsSpace); i >= 0 {
		text = text[:i]
	}
	return text[:min(len(text), 12)]
}

func (p *parser) example() string {
	if p.unit == Increase {
		return "+200%"
	}
	return p.rule.Metric.Example
}

// share reads what follows the number of a share.
func (p *parser) share(at int, v float64, signed bool) float64 {
	switch {
	case p.take("%"):
		v /= 100
	case p.unit == Increase:
		p.fail(at, "a change is written in percent: +200%%, or -50%% after <")
	case v > 1:
		p.fail(at, "a share is written 5%% or 0.05")
	}
	if p.unit == Increase && !signed {
		p.fail(at, "a change has a sign: +200%% is three times as much, -50%% half")
	}
	return v
}

var sizes = map[string]float64{
	"B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
	"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
}

func (p *parser) size() float64 {
	word, at := p.word()
	factor, ok := sizes[word]
	if !ok {
		p.fail(at, "a size ends in B, kB, MB, GB, KiB, MiB or GiB: write %s", p.example())
	}
	return factor
}

// each reads "/s" and its like, which make an amount a rate.
func (p *parser) each(v float64) (float64, bool) {
	before := p.at
	if !p.take("/") {
		p.at = before
		return v, false
	}
	switch word, at := p.word(); word {
	case "s", "sec", "second":
		return v, true
	case "m", "min", "minute":
		return v / 60, true
	case "h", "hour":
		return v / 3600, true
	default:
		p.fail(at, "write /s, /m or /h")
	}
	return v, true
}

var durationAhead = regexp.MustCompile(`^([0-9.]+(ns|us|µs|ms|s|m|h|d|w))+`)

// length takes a duration in seconds.
func (p *parser) length() float64 {
	p.space()
	text := durationAhead.FindString(p.text[p.at:])
	d, err := duration.Parse(text)
	if err != nil || wordAhead.MatchString(p.text[p.at+len(text):]) {
		p.fail(p.at, "a duration was expected here: 800ms, 10s, 5m, 1h30m or 3d")
		return 0
	}
	p.at += len(text)
	return d.Seconds()
}

// mostSeconds is the longest time that a rule may speak of.
const mostSeconds = 7 * 24 * 3600

// seconds takes a duration of whole seconds.
func (p *parser) seconds(least int64) int64 {
	p.space()
	at := p.at
	v := p.length()
	if p.err == nil && (v != float64(int64(v)) || int64(v) < least || v > mostSeconds) {
		p.fail(at, "this takes whole seconds, from %s to 7d", span(least))
	}
	return int64(v)
}
