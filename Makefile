# The single entry. Every target first makes sure of its environment: `make demo`, `make test`.
#   PYTHON=python3.13   the interpreter that makes the environment (3.11 or newer)
#   VENV=.venv          where the environment lives
#   WORKERS=auto        processes that run the tests
#   ARGS=…              more words for the command behind demo, test, docs, bench and prove

PYTHON ?= python3
VENV ?= .venv
WORKERS ?= auto
ARGS ?=

BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOCK := requirements/dev.txt
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test mysql lint format types imports docs bench prove lowest wheel suite check lock clean

help: ## list the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

setup: $(READY) ## make the environment and nothing else

$(READY): $(LOCK) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "crmcore needs Python 3.11 or newer, and $(PYTHON) is not:" \
	    "name another with 'make PYTHON=python3.12 …'." >&2; exit 1; }
	@test -x $(BIN)/python || { echo "Setting up $(VENV) (once; a few minutes at most) …"; \
	  $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	    echo "$(PYTHON) cannot make environments; on Debian: apt install python3-venv." >&2; \
	    exit 1; }; }
	@$(PIP) install --require-hashes -r $(LOCK)
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## import a messy workbook, ask, correct, undo
	@$(BIN)/crmcore demo $(ARGS)

test: $(READY) ## all tests but the documents'
	$(BIN)/python -m pytest -q -n $(WORKERS) --ignore=tests/docs $(ARGS)

mysql: $(READY) ## the tests of MySQL's protocol, on a greedy server of their own
	CRMCORE_REQUIRE=mysql $(BIN)/python -m pytest -q tests/mysql $(ARGS)

lint: $(READY) ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(READY) ## mend what the style check can mend
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

types: $(READY) ## mypy (strict) and pyright
	$(BIN)/mypy
	$(BIN)/pyright

imports: $(READY) ## the floors of the house
	$(BIN)/lint-imports --no-logo

docs: $(READY) ## run every code block of the README and of docs/
	$(BIN)/python -m pytest -q tests/docs $(ARGS)

bench: $(READY) ## ratios to hand-written code
	$(BIN)/python benchmarks $(ARGS)

prove: $(READY) ## the laws, on generated questions: make prove ARGS="parity --examples 500"
	$(BIN)/crmcore prove $(ARGS)

lowest: ## the tests with the oldest versions that pyproject.toml allows
	@$(MAKE) test VENV=$(VENV)-lowest LOCK=requirements/lowest.txt

wheel: $(READY) ## build the wheel and try it where there is no checkout
	PYTHON=$(BIN)/python .ci/wheel

suite: $(READY) ## the same, and all of the published suite on four engines (long)
	CRMCORE_TRIES=deep PYTHON=$(BIN)/python .ci/wheel

check: lint types imports test docs wheel ## everything that must be green

COMPILE = $(BIN)/uv pip compile --quiet --no-config --universal --python-version 3.11 \
  --generate-hashes --no-emit-package crmcore --custom-compile-command "make lock"

lock: $(READY) ## renew the locked requirements: make lock ARGS=--upgrade
	$(COMPILE) $(ARGS) --all-extras -o $(LOCK) pyproject.toml requirements/dev.in
	$(COMPILE) $(ARGS) --all-extras --resolution lowest-direct -o requirements/lowest.txt \
	  pyproject.toml requirements/dev.in
	$(COMPILE) --constraint $(LOCK) -o requirements/core.txt pyproject.toml
	$(COMPILE) --constraint $(LOCK) --extra cli --extra testing -o requirements/suite.txt \
	  pyproject.toml

clean: ## remove what the targets made, the environment too
	rm -rf $(VENV) $(VENV)-lowest build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
