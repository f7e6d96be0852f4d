# Everything people type. `make help` lists it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# The one configuration of everything that people run and test, so that nothing is built twice.
SWIFT := scripts/swift
BIN = $(shell $(SWIFT) build --show-bin-path)
SWIFT_FILES := Package.swift Sources Tests clients/swift clients/packctl

.PHONY: help setup setup-tests build demo test faults bench test-failed test-python sanitize check format lint generate clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

setup: ## Install what building and running need (Debian packages by name)
	@scripts/setup run

setup-tests: setup
	@scripts/setup test

build: setup ## Build the programs, optimised: what the demo, the tests and "make install" take
	$(SWIFT) build

# Only what the demo runs: the first thing that a newcomer waits for.
demo: STORE :=
demo: setup ## Package the sample book; leaves the packages in .demo/packages. STORE=s3 keeps the blobs in a server that speaks S3
	$(if $(STORE),@scripts/setup clouds)
	for program in packagingd packaging-worker packctl; do $(SWIFT) build --product $$program; done
	@compose/demo "$(BIN)" $(STORE)

test: WHICH :=
test: tests ## Run every test

test-failed: WHICH := --failed
test-failed: tests ## Run again what did not pass in the last make test, alone, and what that did not come to

.PHONY: tests
tests: setup-tests check
	$(SWIFT) build --build-tests
	scripts/test-swift $(WHICH)
	"$(BIN)/benchmarks" --short
	cd clients/python && KHIPU_BIN="$(BIN)" ../../.venv/bin/pytest
	clients/python/tools/test-oldest

faults: setup-tests ## Run the tests of faults in full (stalls, kills), one after another; prints seeds and counts
	$(SWIFT) build --build-tests
	FAULTS=full scripts/test-swift --no-parallel --filter 'IntegrationTests[.][A-Za-z]+Faults/'

bench: setup ## Measure messages and calls; prints times, ratios and memory
	$(SWIFT) build --product benchmarks
	"$(BIN)/benchmarks"

PYTHON ?= python3
test-python: setup-tests build ## Run the Python client's tests with another Python: make test-python PYTHON=python3.10
	KHIPU_BIN="$(BIN)" clients/python/tools/test "$(PYTHON)"

check: lint ## Check format, imports, who owns what, the documentation, and that generated code is what generating gives
	@scripts/lint-owners
	@scripts/lint-access
	@scripts/check-imports
	@scripts/check-docs
	@scripts/generate --check

sanitize: setup-tests ## Run the unit tests under the address and thread sanitizers, in debug builds of their own
	scripts/sanitize

format: ## Format all Swift code
	swift format format --in-place --parallel --recursive --configuration .swift-format $(SWIFT_FILES)

lint: ## Check the format of all Swift code
	@swift format lint --strict --parallel --recursive --configuration .swift-format $(SWIFT_FILES)

generate: setup-tests ## Generate the code that comes from proto/
	@scripts/generate

clean: ## Remove what was built and what the demo left
	rm -rf .build .build-* .demo .venv .venv-clouds clients/python/.venv-*

# Installing, and the package: what they do is in the scripts.

.PHONY: install uninstall deb test-package test-installed
PREFIX ?= /usr/local
DESTDIR ?=
export PREFIX DESTDIR

install: ## Install what make build built: make install PREFIX=/usr/local DESTDIR=
	@scripts/install .build/release

uninstall: ## Remove what make install installed; state and configuration stay
	@scripts/install --uninstall

deb: ## Make the Debian package: a second, static build, whose programs need no Swift
	@scripts/setup package
	scripts/deb

test-package: ## Install the package in a bare Debian (as root): use, upgrade, remove, purge
	@scripts/setup package
	scripts/test-package

test-installed: ## Run the demo, the Python tests and the integration tests on the package
	rm -rf .build-deb/unpacked
	dpkg-deb -x .build-deb/packagingd_*.deb .build-deb/unpacked
	scripts/test-installed .build-deb/unpacked
