# make            a static binary in bin/
# make check      what must be green before a commit
# .ci/run         everything, from a clean clone

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
LDFLAGS  = -s -w -X main.version=$(VERSION)
# How reports spend their time. It is no default.pgo beside main.go: then go test builds everything twice.
PROFILE  = bench/weir.pgo
FUZZTIME ?= 5s
SOAK    ?= 10m
LINT     = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
# Linters are built once and kept apart from the module.
TOOLS    = $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/weir-tools
E2E      = $(GO) test -count=1 -tags e2e ./e2e

.PHONY: build
build: ## a static binary in bin/
	CGO_ENABLED=0 $(GO) build -trimpath -pgo=$(PROFILE) -ldflags '$(LDFLAGS)' -o bin/weir .

.PHONY: demo
demo: ## the dashboard over generated traffic
	$(GO) run . --demo

.PHONY: check
check: format vet test ## format, vet and test

.PHONY: format
format: ## fail where gofmt would change something
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "run gofmt -w on:" $$unformatted; exit 1; fi

.PHONY: vet
vet: ## go vet, the end-to-end tests too
	$(GO) vet ./...
	$(GO) vet -tags e2e,measure ./e2e

.PHONY: test
test: ## the tests; needs nothing but Go
	$(GO) test ./...

# The longest come first, and properties are drawn less often: few cases show a race
# as well as many, and each takes ten times as long. Packages that are pure, as the floors
# test holds them to be, start no goroutine that could race, and each picture of a screen
# is of a scene that other tests play, too.
PURE     = weir/alert weir/completion weir/ingest/event weir/ingest/format weir/stats weir/stats/filter weir/stats/sketch \
           weir/tui/paint weir/tui/theme weir/typo
PICTURES = Screens$$|AtEverySize$$|At80x24$$
# These take long under it, and are about words and keys, or about processes that are killed.
LONG     = ^TestQuestionsOfAnOperator|^TestBadValueIsRefused|^TestWhatCompletionOffers|^TestEveryCodecGivesBack|^TestKilled|^TestARestoreKilled

.PHONY: race
race: ## the tests under the race detector
	RAPID_CHECKS=5 $(GO) test -race -vet=off -skip '$(PICTURES)|$(LONG)' ./tui ./ingest $(filter-out $(PURE),$(shell $(GO) list ./...))

.PHONY: golden
golden: ## write the screens' golden files anew; look at the difference
	$(GO) test ./tui/... -update
	@git diff --stat -- '*.golden' '*.txt'

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME
	.ci/fuzz $(FUZZTIME)

.PHONY: s3
s3: ## the archive against a real S3 server in the process, and a bad network
	cd archive/it && $(GO) vet . && $(GO) test -count=1 .

.PHONY: soak
soak: ## archivers killed at any moment beside writers, their disk full, their network cut, twice for SOAK (10m); no line may be lost
	WEIR_SOAK=$(SOAK) $(GO) test ./archive -count=1 -v -run TestNoLineIsLostOrDoubledWhateverHappens -timeout 40m
	cd archive/it && WEIR_SOAK=$(SOAK) $(GO) test . -count=1 -v -run TestNoLineIsLostOrDoubledOverABadNetwork -timeout 40m

.PHONY: lint
lint: $(TOOLS)/$(notdir $(LINT)) ## golangci-lint with .golangci.yml
	$< run ./...

.PHONY: linter
linter: $(TOOLS)/$(notdir $(LINT)) ## golangci-lint itself

# The version is part of the name, so that another one is another file.
$(TOOLS)/$(notdir $(LINT)):
	mkdir -p $(TOOLS)
	GOBIN=$(TOOLS) $(GO) install $(LINT)
	mv $(TOOLS)/golangci-lint $@

.PHONY: e2e
e2e: ## a real nginx, logrotate, terminals; installs nothing
	$(E2E) -v -timeout 10m

.PHONY: measure
measure: ## print start-up time, CPU and memory of the real thing
	$(GO) test -count=1 -tags e2e,measure -v -run '^TestMeasure' -timeout 10m ./e2e

.PHONY: picture
picture: build ## docs/overview.svg from a real run of the demo; needs tmux and python3
	tmux -L picture new-session -d -x 120 -y 40 'TERM=xterm-256color COLORTERM=truecolor bin/weir --demo --timezone UTC'
	sleep 38
	tmux -L picture capture-pane -e -p | docs/picture.py > docs/overview.svg
	tmux -L picture kill-server

.PHONY: bench
bench: ## weir beside wc, lnav and GoAccess: ratios with their goals, written to docs/performance.md; four minutes
	BENCH_PAGE=$(CURDIR)/docs/performance.md $(GO) test -count=1 -tags bench -run '^TestBench$$' -timeout 90m -v ./bench

.PHONY: profile
profile: ## record anew what builds are optimised by
	CGO_ENABLED=0 $(GO) test -run '^$$' -bench '^BenchmarkReport$$' -benchtime 10s -cpuprofile $(PROFILE) -trimpath -o /dev/null .

.PHONY: docker
docker: ## the image weir, also where no registry can be reached
	.ci/image

.PHONY: help
help:
	@grep -E '^[a-z0-9]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12
