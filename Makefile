# make demo and make test are all that a new user needs; both set up .venv first.
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/python -m uv

# tests run in as many processes; several of one file stay in one
WORKERS ?= 2

.PHONY: browser demo docs test lint types tests test-lowest benchmarks clean

demo: .venv/installed
	$(BIN)/shapiq-fixlip explain --out explanation

test: lint types tests

# the tests of the interactive page need a browser, which only root can install
browser:
	@if ! command -v chromium >/dev/null; then \
	    if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	        apt-get -qq update && apt-get -qq install -y --no-install-recommends \
	            chromium fonts-dejavu-core >/dev/null; \
	    else \
	        echo "There is no chromium: tests of the interactive page are skipped."; \
	    fi; \
	fi

lint: .venv/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/installed-test
	$(BIN)/mypy

tests: .venv/installed-test browser
	$(BIN)/pytest -n $(WORKERS)

# the oldest versions that pyproject.toml allows, in an environment of their own
test-lowest: .venv/uv
	$(UV) venv --quiet --clear --python $(BIN)/python .venv-lowest
	$(UV) pip install --quiet --python .venv-lowest --resolution lowest-direct -e '.[test]'
	.venv-lowest/bin/pytest -n $(WORKERS)

# the documentation; the code of its pages and its gallery runs, and any warning is an error
docs: .venv/installed-test .venv/installed-docs
	$(BIN)/pytest -n $(WORKERS) --dist=load -m pages tests/test_pages.py
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html

benchmarks: .venv/installed-test
	$(BIN)/python benchmarks/solver.py
	$(BIN)/python benchmarks/passes.py
	$(BIN)/python benchmarks/explain.py
	$(BIN)/python benchmarks/drop.py
	$(BIN)/python benchmarks/exact.py
	$(BIN)/python benchmarks/shapley.py
	$(BIN)/python benchmarks/coverage.py
	$(BIN)/python benchmarks/metrics.py
	$(BIN)/python benchmarks/plots.py
	$(BIN)/python benchmarks/demo_model.py
	$(BIN)/python benchmarks/demo_model.py --model demo-siglip

.venv/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 12))' || \
	    { echo "Python 3.12 or newer is needed: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet uv
	touch $@

.venv/installed: pyproject.toml | .venv/uv
	$(UV) pip install --quiet --python $(BIN)/python -e .
	touch $@

.venv/installed-test: pyproject.toml | .venv/uv
	$(UV) pip install --quiet --python $(BIN)/python -e '.[test]'
	touch $@ .venv/installed

.venv/installed-docs: pyproject.toml | .venv/uv
	$(UV) pip install --quiet --python $(BIN)/python -e '.[docs]'
	touch $@ .venv/installed

clean:
	rm -rf .venv .venv-lowest build dist explanation docs/_build docs/auto_gallery
