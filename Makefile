# Needs python3 ≥ 3.11, nothing else. Everything goes into .venv, from the pinned versions of the lock files.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq

.PHONY: demo test check postgresql chromium lock clean
.DEFAULT_GOAL := demo

demo: .venv/run  ## solve the bundled problems; no model, no key
	@$(BIN)/optwright demo

test: .venv/dev postgresql chromium  ## the whole test suite, slow tests too
	$(BIN)/python -m pytest -m "slow or not slow"

check: .venv/dev  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python

postgresql:  ## a server that the tests can start; without one they skip what needs it
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { \
	  echo "Installing PostgreSQL for the tests …"; export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1; \
	  { apt-get update -qq && apt-get install -qq --no-install-recommends postgresql; } >/dev/null 2>&1 \
	  || echo "PostgreSQL cannot be installed here: its tests will be skipped"; }

chromium:  ## a browser for the tests of the web page; without one they are skipped
	@command -v chromium >/dev/null 2>&1 || { \
	  echo "Installing Chromium for the tests …"; export DEBIAN_FRONTEND=noninteractive; \
	  { apt-get update -qq && apt-get install -qq --no-install-recommends chromium; } >/dev/null 2>&1 \
	  || echo "Chromium cannot be installed here: its tests will be skipped"; }

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "optwright needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Try: make PYTHON=python3.12"; exit 2; }
	@echo "Making .venv …"
	@$(PYTHON) -m venv .venv || { echo "python3 has no venv module: on Debian and Ubuntu, apt-get install python3-venv"; exit 2; }
	@touch $@

.venv/run: .venv/python requirements.lock pyproject.toml
	@echo "Installing the pinned packages (half a minute) …"
	@$(PIP) install --no-deps -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev: .venv/run requirements-dev.lock
	@$(PIP) install --no-deps -r requirements-dev.lock
	@touch $@

lock:  ## pin what pyproject.toml allows today: first all of it together, then what running alone needs of that
	rm -rf .venv/all .venv/core
	$(PYTHON) -m venv .venv/all && .venv/all/bin/pip install -qq -U pip setuptools
	.venv/all/bin/pip install -qq . --group dev
	.venv/all/bin/pip freeze --all --exclude pip --exclude optwright > .venv/all.txt
	$(PYTHON) -m venv .venv/core && .venv/core/bin/pip install -qq -c .venv/all.txt setuptools .
	.venv/core/bin/pip freeze --all --exclude pip --exclude optwright > requirements.lock
	grep -vxFf requirements.lock .venv/all.txt > requirements-dev.lock

clean:
	rm -rf .venv build *.egg-info
