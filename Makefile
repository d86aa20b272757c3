# Needs git, make and Python 3.11 or newer; everything else goes into .venv, from versions locked by hash.
SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
UV := UV_LINK_MODE=copy $(BIN)/uv pip install --quiet --python $(BIN)/python
PYTEST := $(BIN)/python -m pytest
# Whoever asks Python to keep no compiled modules would have every test, and every process it starts, compile them anew.
export PYTHONDONTWRITEBYTECODE :=
# Tests wait as much as they compute: three share two cores well.
WORKERS ?= 3
PG15 := /usr/lib/postgresql/15/bin/postgres
# The rush over HTTP proves what lies between the sockets and SQL, which is the same on every PostgreSQL.
# What is killed at work takes longest, and so is among the first.
ON_15 := $(wildcard tests/concurrency tests/store) --ignore tests/concurrency/test_rush_over_http.py

.PHONY: help setup demo test test-real check check-style check-types check-imports check-house format docs bench fuzz lock system clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

setup: $(VENV)/dev.stamp ## Make .venv with everything to run and test
demo: $(VENV)/run.stamp ## Sell real-looking orders on several channels, beside the old way
	@$(BIN)/truestock demo

test: setup system ## Check, then run the whole suite, on PostgreSQL 18 and partly on 15
	@$(MAKE) --no-print-directory check
	@echo "== tests, PostgreSQL 18"; $(PYTEST) -n $(WORKERS) --dist loadfile --no-loadscope-reorder --ignore tests/test_house.py
	@if [ -x $(PG15) ]; then echo "== tests of storage and races, PostgreSQL 15"; \
	TRUESTOCK_TEST_PG=15 $(PYTEST) -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ON_15); fi

test-real: $(VENV)/dev.stamp $(VENV)/real.stamp ## Sell in a real Vendure and a real Medusa, installed from npm
	@$(BIN)/python -m tests.real.installed
	@echo "== tests in real shops"; TRUESTOCK_TEST_REAL=1 $(PYTEST) tests/real

check: setup ## Lint, types, import rules, house rules
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target check-types check-style check-imports check-house

check-style:
	@echo "== ruff";         $(BIN)/ruff check && $(BIN)/ruff format --check --quiet
check-types:
	@echo "== mypy";         $(BIN)/mypy
check-imports:
	@echo "== import rules"; told=$$($(BIN)/lint-imports --no-cache) && echo "$$told" | tail -n 3 || { echo "$$told"; exit 1; }
check-house:
	@echo "== house rules";  $(PYTEST) tests/test_house.py

format: setup ## Put the code into its standard form
	@$(BIN)/ruff check --fix --quiet; $(BIN)/ruff format --quiet

docs: setup ## Write the pages of docs/reference anew, from the code
	@$(BIN)/python -m truestock.entrypoints.cli.reference docs/reference

bench: setup ## Measure; BENCH="reserve-hot --seconds 10" for one figure
	@$(BIN)/truestock bench $(BENCH)

fuzz: $(VENV)/dev.stamp ## Break every parser, 10 minutes each; FUZZ="feed-x12 --seconds 30" for one
	@$(BIN)/python -m tests.fuzz $(FUZZ)

lock: $(VENV)/uv.stamp ## Compile requirements/*.txt anew from pyproject.toml
	@cd requirements && for set in 'run --extra embedded' 'dev --extra embedded --extra notify --extra parquet --group ../pyproject.toml:dev'; do \
	set -- $$set; name=$$1; shift; ../$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links ../pyproject.toml "$$@" --group ../pyproject.toml:build -o $$name.txt || exit 1; done
	@cd requirements && ../$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links --group ../pyproject.toml:real -o real.txt
	@cd requirements && echo uv | ../$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links --no-annotate - -o uv.txt

clean: ## Remove .venv and what the tools left; data stays
	rm -rf $(VENV) .shops .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist test-results
	find src tests -name __pycache__ -prune -exec rm -rf {} +

# The tests in a browser and on PostgreSQL 15 use the system's packages; as root on Debian they install themselves.
system:
	@need=; command -v chromium >/dev/null || need="$$need chromium"; [ -x $(PG15) ] || need="$$need postgresql-15"; \
	[ -z "$$need" ] && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then echo "== installing$$need"; \
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$need >/dev/null && exit 0; fi; \
	echo "== NOT INSTALLED:$$need. The tests that need them do not run; install them with apt-get as root."; [ -z "$$CI" ]

$(VENV)/uv.stamp: requirements/uv.txt
	@[ -n "$(PYTHON)" ] || { echo "truestock needs Python 3.11 or newer on PATH."; exit 1; }
	@echo "== making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing (on Debian: apt-get install python3-venv)."; exit 1; }
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

$(VENV)/real.stamp: $(VENV)/uv.stamp requirements/real.txt
	@echo "== installing Node.js, checked by hash"
	@$(UV) --require-hashes -r requirements/real.txt
	@touch $@

$(VENV)/run.stamp $(VENV)/dev.stamp: $(VENV)/%.stamp: $(VENV)/uv.stamp requirements/%.txt pyproject.toml
	@echo "== installing the packages of requirements/$*.txt, checked by hash"
	@$(UV) --require-hashes -r requirements/$*.txt
	@$(UV) --no-deps --no-build-isolation --editable .
	@touch $@
