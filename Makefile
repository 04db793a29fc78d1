# What a developer types. PYTHON may be any Python >= 3.11: make install PYTHON=python3.12
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: help install check test overfit killed sanitize slow bench fuzz schemathesis docs images screenshots leaderboard

help:
	@echo "make install   a virtual environment in $(VENV) with everything a developer needs"
	@echo "make check     ruff, mypy and the import rules: seconds, no pictures, no models"
	@echo "make test      every test but the slow ones"
	@echo "make overfit   eight photographs are learned by heart: does the training loop learn at all? Two minutes"
	@echo "make killed    a run over a folder is killed fifty times at random and goes on; three minutes"
	@echo "make sanitize  the compiled kernel's tests, stopping at undefined behavior and at memory that is not its own"
	@echo "make slow      that, and training in two processes: all that pytest leaves out by itself"
	@echo "make bench     the benchmarks, one after the other"
	@echo "make leaderboard DATA=FOLDER   measure the shipped model anew and rewrite the table of docs/evaluation.md"
	@echo "make fuzz      5000 mutated files of every format: no crash, no hang, no traceback; half an hour"
	@echo "make schemathesis  EXAMPLES (200) requests to each address of the server, and every limit of every parameter"
	@echo "make docs      the site, from docs/ into docs/_build/html; no warnings, nothing fetched"
	@echo "make screenshots  draw the pictures of the page of photochrom serve anew; needs Debian's Chromium"
	@echo "make images    draw the pictures of the pages anew, as the model that is in the package colors them"

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

sanitize:
	$(BIN)/python .ci/sanitize.py

killed:
	$(BIN)/pytest -q -s -m slow tests/road/test_killed.py

slow:
	$(BIN)/pytest -q -s -m slow

bench:
	@set -e; for script in $(wildcard benchmarks/*.py); do echo "== $$script"; $(BIN)/python "$$script"; done

# COUNT: files of each format; SEED: others
fuzz:
	nice $(BIN)/python tests/hostile/fuzz.py --count $(or $(COUNT),5000) --seed $(or $(SEED),0) --keep build/fuzz

schemathesis:
	SCHEMATHESIS_EXAMPLES=$(or $(EXAMPLES),200) $(BIN)/pytest -q tests/serve/test_schema.py

docs:
	$(BIN)/python docs/make_commands.py
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html

images:
	$(BIN)/python docs/make_images.py
	$(BIN)/python docs/make_studies.py

screenshots:
	$(BIN)/python docs/make_screenshots.py

# DATA: one or more folders of color photographs, a table each; without it the page is only rewritten from what is stored
leaderboard:
	$(BIN)/python docs/make_leaderboard.py $(DATA)
