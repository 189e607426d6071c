# SPDX-License-Identifier: EUPL-1.2
# The two commands of the project are `make serve` and `make test`; everything else is a step of theirs.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
COMUNICA := tests/clients/comunica

.DEFAULT_GOAL := help
.PHONY: help serve build test bench lint format lock lock-clients clients clients-debian clean

help:  ## Say what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  make \1	/' | expand -t 24

serve: $(READY)  ## Build the release if it is not current, and serve it (PORT=8000)
	@$(BIN)/guidance-graph serve --port $(PORT)

build: $(READY)  ## Build a release
	@$(BIN)/guidance-graph build

test: $(READY) clients lint  ## Run every check and test
	@$(BIN)/python -m pytest

bench: $(READY)  ## Measure the endpoint beside its engine and others, and how it grows
	@$(BIN)/python -m tests.bench $(BENCH)

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/guidance-graph format --check

format: $(READY)  ## Write Turtle and Python in the house style
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/guidance-graph format

lock: $(READY)  ## Resolve the dependencies anew into requirements.lock
	@$(BIN)/pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
		--extra dev --no-emit-index-url --no-header --output-file requirements.lock pyproject.toml

clients: $(COMUNICA)/node_modules/.ready

clients-debian:  ## Install further clients for the tests, from Debian (as root)
	@apt-get update -qq -o Acquire::Retries=3
	@DEBIAN_FRONTEND=noninteractive apt-get install -qq -o Acquire::Retries=3 --no-install-recommends \
		curl default-jdk-headless gnumeric libapache-jena-java librdf4j-java \
		r-cran-sparql rasqal-utils >/dev/null

lock-clients:  ## Resolve the clients in JavaScript anew into their package-lock.json
	@cd $(COMUNICA) && rm -rf node_modules package-lock.json
	@cd $(COMUNICA) && npm install --silent --package-lock-only && node lock.js

clean:  ## Remove the environment and the releases
	rm -rf $(VENV) releases $(COMUNICA)/node_modules

# Without npm or a registry the tests of these clients are skipped, and say so.
$(COMUNICA)/node_modules/.ready: $(COMUNICA)/package-lock.json
	@if command -v npm >/dev/null; then \
		echo "Setting up $(COMUNICA) from package-lock.json (once) ..."; \
		if npm ci --prefix $(COMUNICA) --silent --no-audit --no-fund --ignore-scripts; then touch $@; \
		else echo "npm could not install it; its tests are skipped"; fi; \
	else echo "npm is not here; the tests of clients in JavaScript are skipped"; fi

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else "guidance-graph needs Python 3.11 or newer; this is %d.%d. Set PYTHON, for instance: make serve PYTHON=python3.12" % v[:2])'
	@echo "Setting up $(VENV) from requirements.lock (once) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
