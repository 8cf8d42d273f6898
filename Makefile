# make demo and make test are all that a new user needs; both set up .venv first.
PYTHON ?= python3
BIN := .venv/bin

# uv installs everything, and finds or brings a Python that is new enough where PYTHON is not
UV := $(or $(shell command -v uv),.uv/bin/uv)
INSTALL := $(UV) pip install --quiet --python $(BIN)/python

# tests run in as many processes; several of one file stay in one
WORKERS ?= 2

.PHONY: browser demo docs test lint types tests test-all fuzz models test-lowest benchmarks clean

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

# every combination of the contract's choices, too
test-all: .venv/installed-test browser
	$(BIN)/pytest -n $(WORKERS) -m "not pages"

# many random command lines; the suite has 300 of them
fuzz: .venv/installed-test
	FUZZ_CASES=10000 $(BIN)/pytest -n $(WORKERS) --dist load tests/test_fuzz.py

# the oldest versions that pyproject.toml allows, in an environment of their own
test-lowest: | .venv/created
	$(UV) venv --quiet --clear --python $(BIN)/python .venv-lowest
	$(UV) pip install --quiet --python .venv-lowest --resolution lowest-direct -e '.[test]'
	.venv-lowest/bin/pytest -n $(WORKERS)

# the documentation; the code of its pages and its gallery runs, and any warning is an error
docs: .venv/installed-test .venv/installed-docs
	$(BIN)/pytest -n $(WORKERS) --dist=load -m pages tests/test_pages.py
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html

# how every model of transformers and open_clip is used, or why it is refused
models: .venv/installed-test
	$(BIN)/python benchmarks/models.py

benchmarks: .venv/installed-test
	$(BIN)/python benchmarks/solver.py
	$(BIN)/python benchmarks/passes.py
	$(BIN)/python benchmarks/scale.py
	$(BIN)/python benchmarks/explain.py
	$(BIN)/python benchmarks/drop.py
	$(BIN)/python benchmarks/exact.py
	$(BIN)/python benchmarks/shapley.py
	$(BIN)/python benchmarks/coverage.py
	$(BIN)/python benchmarks/gaussian_process.py
	$(BIN)/python benchmarks/metrics.py
	$(BIN)/python benchmarks/plots.py
	$(BIN)/python benchmarks/demo_model.py
	$(BIN)/python benchmarks/demo_model.py --model demo-siglip
	$(BIN)/python benchmarks/demo_model.py --model demo-shortcut

.uv/bin/uv:
	@echo "Getting uv, which installs the rest ..."
	@$(PYTHON) -m venv .uv
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check uv

.venv/created: | $(UV)
	@echo "Making .venv ..."
	@$(UV) venv --quiet --seed --clear --python '>=3.12,<3.15' .venv
	@touch $@

.venv/installed: pyproject.toml | .venv/created
	@echo "Installing shapiq-fixlip and what it needs, torch among it: some minutes the first time ..."
	@$(INSTALL) -e .
	@touch $@

.venv/installed-test: pyproject.toml | .venv/created
	@echo "Installing shapiq-fixlip with all that its tests need: some minutes the first time ..."
	@$(INSTALL) -e '.[test]'
	@touch $@ .venv/installed

.venv/installed-docs: pyproject.toml | .venv/created
	@$(INSTALL) -e '.[docs]'
	@touch $@ .venv/installed

clean:
	rm -rf .uv .venv .venv-lowest build dist explanation docs/_build docs/auto_gallery
