# Mailroom's commands. `make` alone describes them. Nothing here needs a service, root or a network beyond the package index.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PACKAGES := composer transport publication subscribers editorial campaigns worker web cli sandbox config
PG ?= 18
WORKERS ?= 3
ARGS ?=
N ?= 1000000
ONLY ?= a,b,growth,c,d,e,latency
RUNS ?= 3
CHAOS = $(if $(filter command environment%,$(origin N)),--n $(N)) $(if $(KILLS),--kills $(KILLS)) $(if $(SEED),--seed $(SEED)) \
	$(if $(WEBHOOKS),--webhooks $(WEBHOOKS)) $(if $(API),--api $(API)) $(if $(STRICT),--strict) $(if $(BUG),--bug $(BUG)) \
	$(if $(WRONG_LEDGER),--wrong-ledger) $(ARGS)

.DEFAULT_GOAL := help
.PHONY: help setup demo up test soak chaos bench bench-compose bench-delivery gallery lint bandit audit format lock messages clean

help: ## This list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.runtime config/locale/.compiled ## Make .venv with everything that runs Mailroom: .venv/bin/mailroom
	@"$(BIN)/python" -m compileall -q $(PACKAGES) # as pip does with all that it installs: the first command starts as fast as the next

demo: setup ## Set up and run the whole way once on this machine: people, segment, issue, sandbox, report
	@"$(BIN)/mailroom" demo

up: setup ## Start everything on this machine until Ctrl-C
	@"$(BIN)/mailroom" up

test: $(VENV)/.development config/locale/.compiled ## Set up and run the tests (PG=16 for the older database, ARGS="-k name" to choose)
	@MAILROOM_TEST_PG=$(PG) "$(BIN)/python" -m pytest -q -n $(WORKERS) --dist loadgroup -m "not soak" $(ARGS)

soak: $(VENV)/.development config/locale/.compiled ## The tests that take long: restores, fail-overs, strict campaigns, larger runs
	@MAILROOM_TEST_PG=$(PG) "$(BIN)/python" -m pytest -q -n $(WORKERS) --dist loadgroup -m soak $(ARGS)

chaos: $(VENV)/.development ## Kill everything and judge by the ledger (N= KILLS= SEED= WEBHOOKS=off API= STRICT=1 BUG=all ARGS=--help)
	@"$(BIN)/python" -m tests.chaos $(CHAOS)

bench: bench-compose bench-delivery ## Measure everything that docs/benchmarks tells

bench-compose: setup ## Measure composing, stage by stage and beside npm's mjml and juice where there is Node
	@"$(BIN)/python" -m tests.bench.composing --write

bench-delivery: setup ## Measure delivery beside its limit and others (N=20000 RUNS=1 for a quick look, ONLY=a,b to choose)
	@"$(BIN)/python" -m tests.bench --n $(N) --only $(ONLY) --runs $(RUNS) --write

gallery: $(VENV)/.development ## Draw every block in every theme, for looking at: var/gallery/index.html (ARGS=cast for one)
	@"$(BIN)/python" -m tests.gallery $(ARGS)

lint: $(VENV)/.development bandit ## Style, types, layers, security rules
	@"$(BIN)/ruff" check .
	@"$(BIN)/ruff" format --check .
	@"$(BIN)/mypy" $(PACKAGES)
	@"$(BIN)/lint-imports"

# Statements in *_sql.py and migrations are put together from our own constants: there, and only there, B608 does not count.
SQL_MODULES = find $(PACKAGES) -name '*_sql.py' -o -path '*/migrations/*.py'

bandit: $(VENV)/.development
	@"$(BIN)/bandit" --quiet --configfile pyproject.toml --recursive --exclude '*_sql.py,*/migrations/*' $(PACKAGES)
	@"$(BIN)/bandit" --quiet --configfile pyproject.toml --skip B608 $$($(SQL_MODULES))

audit: $(VENV)/.development ## Ask a vulnerability service about every locked package; needs the internet (ARGS="--service osv")
	@"$(BIN)/python" -m tests.codebase.audit $(ARGS)

format: $(VENV)/.development ## Format the code
	@"$(BIN)/ruff" check --fix .
	@"$(BIN)/ruff" format .

lock: $(VENV)/.development ## Resolve requirements/*.in anew into the hash-locked *.txt
	@for set in runtime s3 development; do \
		"$(BIN)/python" -m piptools compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header \
			--no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
			$$([ $$set = s3 ] && echo --constraint requirements/runtime.txt) \
			--output-file requirements/$$set.txt requirements/$$set.in || exit 1; done

messages: $(VENV)/.development ## Enter the texts of the pages that are to be translated in config/locale/
	@"$(BIN)/python" -m tests.web.translation_catalogue

clean: ## Remove what setup and the demo made; never your data in var/
	@rm -rf $(VENV) var/demo config/locale/.compiled *.egg-info
	@find $(PACKAGES) -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Mailroom needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..." if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv "$(VENV)"

$(VENV)/.runtime: requirements/runtime.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing what Mailroom runs on ..."
	@$(PIP) install --require-hashes -r requirements/runtime.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.development: requirements/development.txt $(VENV)/.runtime
	@echo "Installing what its tests need ..."
	@$(PIP) install --require-hashes -r requirements/development.txt
	@touch $@

config/locale/.compiled: $(wildcard config/locale/*/LC_MESSAGES/*.po) | $(VENV)/.runtime
	@"$(BIN)/pybabel" --quiet compile -D django -d config/locale
	@touch $@
