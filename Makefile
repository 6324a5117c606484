# make demo and make test need Go and make only. make e2e needs Debian and root: it
# installs the mail servers it runs.
GO      ?= go
FUZZTIME ?= 20s
# size of the log that "make bench" reads; on a quiet host: reading yields to others
BENCH_MB ?= 200
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LDFLAGS := -s -w -X main.version=$(VERSION)
export CGO_ENABLED ?= 0

.PHONY: build run demo test race fuzz bench lint e2e cover install release clean

build:
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o mailtop ./cmd/mailtop

run: build
	./mailtop

demo: build
	./mailtop demo

test:
	$(GO) test ./...

race:
	CGO_ENABLED=1 $(GO) test -race ./...

# every fuzz target for FUZZTIME
fuzz:
	@set -e; for p in $$($(GO) list ./...); do \
	  for t in $$($(GO) test -list '^Fuzz' $$p | grep ^Fuzz || true); do \
	    echo "$$p $$t"; $(GO) test -run '^$$' -fuzz "^$$t$$" -fuzztime $(FUZZTIME) $$p; \
	  done; \
	done

bench:
	$(GO) test -run '^$$' -bench . -benchmem ./logparse/... ./monitor/...
	BENCH_MB=$(BENCH_MB) $(GO) test -run '^$$' -bench '^BenchmarkTable$$' -benchtime 1x -timeout 30m ./cmd/mailtop

lint:
	@test -z "$$(gofmt -s -l .)" || { gofmt -s -d .; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags e2e ./...
	$(GO) tool staticcheck ./...
	$(GO) test -run '^TestHouse' ./cmd/mailtop

e2e:
	sh cmd/mailtop/e2e/setup.sh
	$(GO) test -tags e2e -count=1 -timeout 10m ./cmd/mailtop/e2e/...

cover:
	$(GO) test -coverprofile cover.out ./...
	$(GO) tool cover -func cover.out | tail -n 1

install: build
	install -D -m 0755 mailtop $(DESTDIR)$(or $(PREFIX),/usr/local)/bin/mailtop

release:
	rm -rf dist && mkdir dist
	@set -e; for a in amd64 arm64; do \
	  CGO_ENABLED=0 GOOS=linux GOARCH=$$a $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o dist/mailtop-$(VERSION)-linux-$$a ./cmd/mailtop; \
	done
	cd dist && sha256sum mailtop-* > SHA256SUMS && cat SHA256SUMS

clean:
	rm -rf mailtop dist cover.out
