# `make demo` and `make test` set everything up themselves: Python 3.11 or newer and make suffice.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
DATE ?= daily
.PHONY: help demo fast test coverage test-date check bench docs faults soak clean

help:
	@echo "make demo    a full refresh on a generated sandbox account, offline"
	@echo "make fast    every check and the quick unit tests"
	@echo "make test    every check and every test"
	@echo "make coverage   every test, and how many lines of core and daemon they run"
	@echo "make test-date DATE='2028-02-29 UTC'   what goes by dates, as if begun then (daily: one of a list)"
	@echo "make check   format, lint, types, the one way of imports, and the limits of the house"
	@echo "make bench   speed and memory beside peers or bounds, into docs/benchmarks.md"
	@echo "make faults  kills, lies and damaged files by the thousand, as one table"
	@echo "make docs    the documentation as a site, in site/"
	@echo "make soak    the service for ten minutes, killed and measured"
	@echo "make clean   remove the virtual environment and everything built"

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Segue needs Python 3.11 or newer; try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.created pyproject.toml constraints.txt
	@echo "installing Segue into $(VENV), once"
	@$(PIP) install --constraint constraints.txt --editable '.[offline]'
	@touch $@

$(VENV)/.develop: $(VENV)/.run
	@echo "installing what tests and benchmarks need into $(VENV), once"
	@$(PIP) install --constraint constraints.txt --editable '.[offline,fast,evaluate,audio,ears,docs,dev]'
	@$(PIP) install --constraint constraints.txt --no-deps musicnn
	@touch $@

demo: $(VENV)/.run
	@$(BIN)/segue demo

check: $(VENV)/.develop
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python tools/house.py

# What learns or encodes is left to `make test`.
fast: check
	OMP_NUM_THREADS=1 $(BIN)/pytest -q -n 2 --dist worksteal -m "not slow" tests/unit \
		$(patsubst %,--ignore tests/unit/%,evaluation learn lyrics models)

# One thread a process. Tests of the service wait much, so three processes share two cores.
test: check
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 3 --dist worksteal

# A run of its own: watching each line costs about a third more time.
COVERAGE_TESTS ?= tests
coverage: $(VENV)/.develop
	-OMP_NUM_THREADS=1 $(BIN)/pytest -q -n 3 --dist worksteal --cov --cov-report= $(COVERAGE_TESTS)
	@$(BIN)/coverage report --include 'core/*,daemon/*' --skip-covered --sort cover
	@printf 'core    %s %%\n' "$$($(BIN)/coverage report --include 'core/*' --format total)"
	@printf 'daemon  %s %%\n' "$$($(BIN)/coverage report --include 'daemon/*' --format total)"

# What reads a clock, by itself or in the processes it starts. The rest is given its time, which
# tests/unit/test_clock.py holds it to, and tests it at dates of their own.
GIVEN_THEIR_TIME := $(patsubst %,tests/unit/%,evaluation learn lyrics models music providers \
	sequencing tables test_on_date.py) $(patsubst %,tests/integration/%,enrich learn runs \
	service/test_year.py cli/test_learning.py cli/test_sentiment.py test_demo.py test_wheel.py)
test-date: $(VENV)/.develop
	OMP_NUM_THREADS=1 $(BIN)/python tools/on_date.py "$(DATE)" $(BIN)/pytest -n 3 --dist worksteal \
		-p no:cacheprovider -m "not slow" tests/unit tests/integration \
		$(addprefix --ignore=,$(GIVEN_THEIR_TIME))

bench: $(VENV)/.develop
	OMP_NUM_THREADS=1 $(BIN)/python -m bench --write $(if $(BASE),--base $(BASE))

docs: $(VENV)/.develop
	$(BIN)/python tools/config_tables.py
	$(BIN)/python tools/config_example.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

faults: $(VENV)/.develop
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.faults.campaign --write

soak: $(VENV)/.develop
	SOAK_SECONDS=600 $(BIN)/pytest --log-cli-level=INFO tests/faults/service/test_soak.py

clean:
	rm -rf $(VENV) segue-demo dist build site
