package report

// pageText is the page. Its colours are the reader's system's: light, or dark.
const pageText = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}}{{with .To}} to {{.}}{{end}}</title>
<style>
:root { color-scheme: light dark; --ink: #1d2329; --paper: #fff; --dim: #5c6670; --line: #d8dde2; --bar: #cfe3f7; --bad: #b3261e; --good: #1b6e3a }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ec; --paper: #14181c; --dim: #9aa4ae; --line: #333b43; --bar: #23435f; --bad: #ff8a80; --good: #7fd79b } }
body { margin: 0 auto; max-width: 75rem; padding: 1rem; background: var(--paper); color: var(--ink); font: 15px/1.45 system-ui, sans-serif }
h1 { font-size: 1.3rem; margin: 0 } h2 { font-size: 1.05rem; margin: 1.8rem 0 .4rem }
p { margin: .3rem 0 } .dim { color: var(--dim) } .bad { color: var(--bad) } .good { color: var(--good) }
dl { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 1rem 0 } dt { color: var(--dim) } dd { margin: 0; font-size: 1.25rem; font-variant-numeric: tabular-nums }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th { color: var(--dim); font-weight: normal; text-align: right } th:first-child, td:first-child { text-align: left; width: 99% }
td, th { padding: .15rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; vertical-align: top }
td:first-child { font-family: ui-monospace, monospace; white-space: normal; overflow-wrap: anywhere; min-width: 14rem }
.bar { display: block; height: .25rem; background: var(--bar); print-color-adjust: exact; -webkit-print-color-adjust: exact }
code { font-family: ui-monospace, monospace; overflow-wrap: anywhere }
</style>
</head>
<body>
<h1>{{.Title}}</h1>
{{if .To}}<p class="dim">from {{.From}} to {{.To}} ({{.Lasts}})</p>{{end}}
<dl>{{range .Facts}}<div><dt>{{.Name}}</dt><dd>{{.Value}}</dd></div>{{end}}</dl>
{{if .Alerts}}<h2>Alerts</h2>
{{range .Alerts}}<p class="{{if .Firing}}bad{{else}}good{{end}}">{{if .Firing}}▲{{else}}✓{{end}} {{.Message}}</p>
{{if .Why}}<div class="wide"><table><tr><th>why</th><th>requests a second</th><th>of the rise</th></tr>
{{range .Why}}<tr><td>{{.Dimension}} {{.Key}}</td><td>{{.Rate}}</td><td>{{.Share}}</td></tr>
{{end}}</table></div>
{{end}}{{end}}{{end}}{{if .Classes}}<h2>Classes of status</h2>
<div class="wide"><table><tr><th>class</th><th>hits</th><th>%</th></tr>
{{range .Classes}}<tr><td>{{.Name}}<span class="bar" style="width:{{.Width}}%"></span></td><td>{{.Hits}}</td><td>{{.Share}}</td></tr>
{{end}}</table></div>
{{end}}{{range .Rankings}}<h2>{{.Title}}</h2>
<div class="wide"><table><tr><th></th><th>hits</th><th>%</th><th>bytes</th><th>5xx</th>{{if .Timed}}<th>p95</th>{{end}}</tr>
{{$timed := .Timed}}{{range .Rows}}<tr><td>{{.Key}}<span class="bar" style="width:{{.Width}}%"></span></td><td>{{.Hits}}</td><td>{{.Share}}</td><td>{{.Bytes}}</td><td>{{.Errors}}</td>{{if $timed}}<td>{{.P95}}</td>{{end}}</tr>
{{end}}</table></div>
{{with .Forgotten}}<p class="dim">more keys than are kept: one that is missing here had at most {{.}}</p>
{{end}}{{end}}{{if .Sources}}<h2>Sources</h2>
<div class="wide"><table><tr><th>file</th><th>state</th><th>format</th><th>lines</th><th>parsed</th><th>unparsed</th></tr>
{{range .Sources}}<tr><td>{{.Path}}{{with .Err}}<br><span class="bad">{{.}}</span>{{end}}{{range .Bad}}<br><span class="dim">{{.}}</span>{{end}}</td><td>{{.State}}</td><td>{{.Format}}</td><td>{{.Lines}}</td><td>{{.Parsed}}</td><td>{{.Unparsed}}</td></tr>
{{end}}</table></div>
{{end}}<p class="dim">{{.Counts}}</p>
</body>
</html>
`
