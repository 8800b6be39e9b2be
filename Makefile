# make demo   the main job on simulated hospitals: set-up, train, evaluate, report
# make demo-detection   the same for lesions in CT volumes
# make test   set-up, then every gate
# make check  format, lint, types, import contracts, the core alone, tests, doctests, coverage
# make bench  speed, as ratios against the plain alternative (ROWS="loss store": only these)
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DEMO   ?= demo

.PHONY: demo demo-detection test check format lint types contracts core tests bench clean
.DELETE_ON_ERROR:

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "labelassemble needs Python 3.11 or newer; run: make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: $(VENV)/.ready
	$(BIN)/labelassemble demo --output $(DEMO)

demo-detection: $(VENV)/.ready
	$(BIN)/labelassemble demo --region abdomen --output $(DEMO)

test: $(VENV)/.ready
	$(MAKE) check

check: format lint types contracts core tests

format: $(VENV)/.ready
	$(BIN)/ruff format --check src tests benchmarks

lint: $(VENV)/.ready
	$(BIN)/ruff check src tests benchmarks

types: $(VENV)/.ready
	$(BIN)/mypy

contracts: $(VENV)/.ready
	$(BIN)/lint-imports --no-cache

# Shapes are executed: beartype checks every jaxtyping annotation of the package during the tests.
# One thread a worker: two workers with two threads each would wait for each other on two cores.
tests: $(VENV)/.ready
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadscope --cov --cov-report= \
	  --jaxtyping-packages=labelassemble,beartype.beartype
	$(BIN)/coverage report --fail-under=95
	$(BIN)/coverage report --include='*/losses/*,*/model/adapter.py' --fail-under=100 --format=total

# What needs no torch, in an environment without it.
core: $(VENV)/.ready $(VENV)/core/.ready
	LABELASSEMBLE_CORE=$(abspath $(VENV)/core/bin/python) $(BIN)/python -m pytest -q -n 2 tests/test_core.py

$(VENV)/core/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)/core
	$(VENV)/core/bin/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

bench: $(VENV)/.ready
	$(BIN)/python -m benchmarks $(ROWS)

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .coverage*
