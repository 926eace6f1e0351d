# Mailroom's make targets; `make` alone lists them. None needs a running service, root, or a network other than the package index.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PACKAGES := composer transport publication subscribers editorial campaigns worker web cli sandbox config
PG ?= 18
WORKERS ?= 3
ARGS ?=
N ?= 1000000
ONLY ?= a,b
RUNS ?= 3
CHAOS = $(if $(filter command environment%,$(origin N)),--n $(N)) $(if $(KILLS),--kills $(KILLS)) $(if $(SEED),--seed $(SEED)) \
	$(if $(WEBHOOKS),--webhooks $(WEBHOOKS)) $(if $(API),--api $(API)) $(if $(STRICT),--strict) $(if $(BUG),--bug $(BUG)) \
	$(if $(WRONG_LEDGER),--wrong-ledger) $(ARGS)

.DEFAULT_GOAL := help
.PHONY: help setup demo up test soak chaos bench bench-compose bench-delivery tour gallery lint bandit audit format lock messages clean

help: ## This list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.runtime config/locale/.compiled ## Install everything that runs Mailroom into .venv: .venv/bin/mailroom
	@"$(BIN)/python" -m compileall -q $(PACKAGES) # as pip does for packages that it installs: otherwise the first command is slow

demo: setup ## Set up, then import, compose, send and report once with sample data; nothing leaves this machine
	@"$(BIN)/mailroom" demo

up: setup ## Start everything on this machine until Ctrl-C
	@"$(BIN)/mailroom" up

# Compiled files are kept whatever the environment says: otherwise each of the workers, and each of the hundreds of processes that
# tests start, compiles everything again.
test soak: export PYTHONDONTWRITEBYTECODE =
TESTS = "$(BIN)/python" -m tests.support.processor_time "$(BIN)/python" -m pytest -q -n $(WORKERS) --dist loadgroup

test: $(VENV)/.development config/locale/.compiled ## Set up and run the tests (PG=16: older PostgreSQL, ARGS="-k name": only some)
	@MAILROOM_TEST_PG=$(PG) $(TESTS) -m "not soak" $(ARGS)

soak: $(VENV)/.development config/locale/.compiled ## Run the slow tests: restores, fail-overs, strict campaigns, larger runs (PART=1/3: a third)
	@MAILROOM_TEST_EVERY_EXAMPLE=1 MAILROOM_TEST_PG=$(PG) $(TESTS) \
		--no-loadscope-reorder -o timeout=600 -m "soak or every_example" $(if $(PART),--part $(PART)) $(ARGS)

chaos: $(VENV)/.development ## Kill processes at random, then compare with the sandbox's ledger (N= KILLS= SEED= WEBHOOKS=off API= STRICT=1 BUG=all ARGS=--help)
	@"$(BIN)/python" -m tests.chaos $(CHAOS)

bench: bench-compose bench-delivery ## Run both benchmarks of docs/benchmarks

bench-compose: setup ## Measure composing by stage, and compare with npm's mjml and juice if Node is installed
	@"$(BIN)/python" -m tests.bench.composing --write

bench-delivery: setup ## Measure delivery against its limit (N=20000 RUNS=1: quick, ONLY=b: only some)
	@"$(BIN)/python" -m tests.bench --n $(N) --only $(ONLY) --runs $(RUNS) --write

tour: $(VENV)/.development config/locale/.compiled ## Photograph every page and the pictures of the README: var/tour/index.html (ARGS=campaign: only some)
	@"$(BIN)/python" -m tests.tour $(ARGS)

gallery: $(VENV)/.development ## Measure mails of every theme in Chromium, and photograph them: var/gallery (ARGS="--theme cast": only some)
	@"$(BIN)/python" -m tests.gallery var/gallery $(ARGS)

lint: $(VENV)/.development bandit ## Style, types, layers, names, security rules
	@"$(BIN)/ruff" check .
	@"$(BIN)/ruff" format --check .
	@"$(BIN)/mypy" $(PACKAGES)
	@"$(BIN)/lint-imports"
	@"$(BIN)/python" -m tests.codebase.name_counts

# Statements in *_sql.py and migrations are built from our own constants, so rule B608 is switched off there and only there.
SQL_MODULES = find $(PACKAGES) -name '*_sql.py' -o -path '*/migrations/*.py'

bandit: $(VENV)/.development
	@"$(BIN)/bandit" --quiet --configfile pyproject.toml --recursive --exclude '*_sql.py,*/migrations/*' $(PACKAGES)
	@"$(BIN)/bandit" --quiet --configfile pyproject.toml --skip B608 $$($(SQL_MODULES))

audit: $(VENV)/.development ## Check every locked package for known vulnerabilities; needs the internet (ARGS="--service osv")
	@"$(BIN)/python" -m tests.codebase.audit $(ARGS)

format: $(VENV)/.development ## Format the code
	@"$(BIN)/ruff" check --fix .
	@"$(BIN)/ruff" format .

lock: $(VENV)/.development ## Resolve requirements/*.in again into the hash-locked *.txt
	@for set in runtime s3 development; do \
		"$(BIN)/python" -m piptools compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header \
			--no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
			$$([ $$set = s3 ] && echo --constraint requirements/runtime.txt) \
			--output-file requirements/$$set.txt requirements/$$set.in || exit 1; done

messages: $(VENV)/.development ## Collect the texts of the pages for translation in config/locale/
	@"$(BIN)/python" -m tests.web.translation_catalogue

clean: ## Remove .venv and the demo's data; your own data in var/ stays
	@rm -rf $(VENV) var/demo config/locale/.compiled *.egg-info
	@find $(PACKAGES) -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Mailroom needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..." if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv "$(VENV)"

$(VENV)/.runtime: requirements/runtime.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing the packages that Mailroom needs ..."
	@$(PIP) install --require-hashes -r requirements/runtime.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.development: requirements/development.txt $(VENV)/.runtime
	@echo "Installing the packages for the tests ..."
	@$(PIP) install --require-hashes -r requirements/development.txt
	@touch $@

config/locale/.compiled: $(wildcard config/locale/*/LC_MESSAGES/*.po) | $(VENV)/.runtime
	@"$(BIN)/pybabel" --quiet compile -D django -d config/locale
	@touch $@
