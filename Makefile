# SPDX-License-Identifier: EUPL-1.2
# The two commands of the project are `make serve` and `make test`; everything else is a step of theirs.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help serve build test bench lint format lock clean

help:  ## Say what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /  make \1	/' | expand -t 20

serve: $(READY)  ## Build the release if it is not current, and serve it (PORT=8000)
	@$(BIN)/guidance-graph serve --port $(PORT)

build: $(READY)  ## Build a release
	@$(BIN)/guidance-graph build

test: $(READY) lint  ## Run every check and test
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

clean:  ## Remove the environment and the releases
	rm -rf $(VENV) releases

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else "guidance-graph needs Python 3.11 or newer; this is %d.%d. Set PYTHON, for instance: make serve PYTHON=python3.12" % v[:2])'
	@echo "Setting up $(VENV) from requirements.lock (once) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
