package panel

import (
	"weir/stats"
	"weir/tui/paint"
)

// To add the ranking of another dimension, add a function here and a line in Panels.

func newSections() Panel {
	return &ranking{title: "Sections", dim: stats.Section, least: 11, trend: true, sort: byHits,
		columns: []field{byBar, byRate, byHits, byShare, byErrors, byBytes, byP50, byP90, byP95, byP99, byTrend},
		first:   []field{byHits, byShare, byErrors, byP99, byBar, byTrend, byRate, byBytes, byP50, byP95, byP90}}
}

func newURLs() Panel {
	return &ranking{title: "URLs", dim: stats.Path, least: 25, sort: byHits, cut: paint.CutMiddle,
		columns: []field{byHits, byShare, byErrors, byBytes, byP50, byP90, byP95, byP99},
		first:   []field{byHits, byP99, byShare, byErrors, byBytes, byP50, byP95, byP90}}
}

func newClients() Panel {
	return &ranking{title: "Clients", dim: stats.Client, least: 13, cut: paint.CutMiddle, sort: byHits,
		columns: []field{byHits, byShare, byErrors, byBytes},
		first:   []field{byHits, byShare, byErrors, byBytes}}
}

func newAgents() Panel {
	return &ranking{title: "Agents", dim: stats.Agent, least: 17, sort: byHits, label: true,
		columns: []field{byHits, byShare, byErrors, byBytes},
		first:   []field{byHits, byShare, byBytes, byErrors}}
}

func newHosts() Panel {
	return &ranking{title: "Hosts", dim: stats.Host, least: 13, sort: byHits,
		columns: []field{byHits, byShare, byErrors, byBytes, byP50, byP90, byP95, byP99},
		first:   []field{byHits, byShare, byErrors, byP99, byBytes, byP50, byP95, byP90}}
}
