# What a developer types. PYTHON may be any Python >= 3.11: make install PYTHON=python3.12
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: help install check test overfit slow bench docs

help:
	@echo "make install   a virtual environment in $(VENV) with everything a developer needs"
	@echo "make check     ruff, mypy and the import rules: seconds, no pictures, no models"
	@echo "make test      every test but the slow ones"
	@echo "make overfit   eight photographs are learned by heart: does the training loop learn at all? Two minutes"
	@echo "make slow      that, and training in two processes: all that pytest leaves out by itself"
	@echo "make bench     the benchmarks, one after the other"
	@echo "make docs      check that what the pages link to exists and what they tell to run is a command"

install:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -c constraints.txt -e '.[dev]'

check:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -q tests/test_import_rules.py

test:
	$(BIN)/pytest

overfit:
	$(BIN)/pytest -q -s -m slow tests/training/test_overfit.py

slow:
	$(BIN)/pytest -q -s -m slow

bench:
	@set -e; for script in $(wildcard benchmarks/*.py); do echo "== $$script"; $(BIN)/python "$$script"; done

docs:
	$(BIN)/pytest -q tests/test_docs.py
