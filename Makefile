# Everything people type. `make help` lists it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# One configuration for the demo and the tests, so that nothing is built twice.
SWIFT_FLAGS := --explicit-target-dependency-import-check error
SWIFT_FILES := Package.swift Sources Tests clients/swift clients/packctl

.PHONY: help setup setup-tests build demo test test-failed test-python check format lint generate clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

setup: ## Install what building and running need (Debian packages by name)
	@scripts/setup run

setup-tests: setup
	@scripts/setup test

build: setup ## Build packagingd, packaging-worker and packctl
	swift build $(SWIFT_FLAGS)

demo: build ## Package the sample book; leaves the packages in .demo/packages
	@compose/demo "$$(swift build $(SWIFT_FLAGS) --show-bin-path)"

test: WHICH :=
test: tests ## Run every test

test-failed: WHICH := --failed
test-failed: tests ## Run again what did not pass in the last make test, alone, and what that did not come to

.PHONY: tests
tests: setup-tests check
	swift build $(SWIFT_FLAGS) --build-tests
	scripts/test-swift $(WHICH) $(SWIFT_FLAGS)
	cd clients/python && KHIPU_BIN="$$(cd ../.. && swift build $(SWIFT_FLAGS) --show-bin-path)" ../../.venv/bin/pytest
	clients/python/tools/test-oldest

PYTHON ?= python3
test-python: setup-tests build ## Run the Python client's tests with another Python: make test-python PYTHON=python3.10
	KHIPU_BIN="$$(swift build $(SWIFT_FLAGS) --show-bin-path)" clients/python/tools/test "$(PYTHON)"

check: lint ## Check the format, and that generated code is what generating gives
	@scripts/generate --check

format: ## Format all Swift code
	swift format format --in-place --parallel --recursive --configuration .swift-format $(SWIFT_FILES)

lint: ## Check the format of all Swift code
	@swift format lint --strict --parallel --recursive --configuration .swift-format $(SWIFT_FILES)

generate: setup-tests ## Generate the code that comes from proto/
	@scripts/generate

clean: ## Remove what was built and what the demo left
	rm -rf .build .demo .venv clients/python/.venv-*
