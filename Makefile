# The few commands of Casemate. The work itself is done by the scripts in .ci.

# Port of `make run`.
PORT ?= 8080
# What the web page is made of: it is built again only when one of these is newer.
PAGE_SOURCES := $(shell find web shared \( -name dist -o -name target -o -name '*.md' \) -prune -o -type f -print)

.DEFAULT_GOAL := help
.PHONY: help build run test bench fuzz clean

help: ## say what there is to do
	@awk -F ': .*## ' '/^[a-z]+:.*## / { printf "  make %-8s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: web/dist/index.html ## install what is missing, build the page and the program with it
	@.ci/build.sh

run: build ## build, then serve a demo project on http://127.0.0.1:8080 (PORT=8081 for another port)
	@PORT=$(PORT) .ci/demo.sh

test: ## check everything that can fail, in a browser too
	@.ci/test.sh

bench: build ## measure ingestion against the floor, on reports of 1,000 to 100,000 findings
	@.ci/bench.sh

fuzz: ## look for input that the program can't stand, half an hour for each kind (needs a C++ compiler)
	@.ci/fuzz.sh

clean: ## remove what was built, but not the tools
	cargo clean
	rm -rf web/dist

web/dist/index.html: $(PAGE_SOURCES) Cargo.toml Cargo.lock Trunk.toml
	@.ci/page.sh
