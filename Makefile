# Sandbank. Needs Python 3.11 or later and make; everything else goes into .venv, from hashed lock files.

PYTHON ?= python3
ARGS ?=
IMAGES ?=
JOBS ?= auto
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
# docker-compose 1.29 or Docker's own compose, whichever is there
COMPOSE := $(shell command -v docker-compose >/dev/null 2>&1 && echo docker-compose || { docker compose version >/dev/null 2>&1 && echo docker compose; })
COMMA := ,
# of database servers: what the extras postgresql and mariadb bring, for the image
DRIVERS := psycopg psycopg-binary pymysql
COMPILE := $(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --quiet

.PHONY: help install run dev test check lint types architecture soak compose-test cluster-test bench docs screenshots lock clean

help:  ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.project  ## Install the bank into .venv (does nothing when nothing changed)

run: install  ## Start the whole bank with its demo world
	@exec $(BIN)/python run_services.py $(ARGS)

dev: install  ## The same, restarting a service when its code changes
	@exec $(BIN)/python run_services.py --reload $(ARGS)

test: install $(VENV)/.dev  ## Run every test but the long ones (ARGS="tests/unit -k money" picks some, JOBS=0 in one process)
	$(BIN)/python -m pytest -n $(JOBS) --maxprocesses 8 --no-loadscope-reorder $(ARGS)

check: lint types architecture  ## Lint, format, types, architecture (-j2 does them side by side)

lint: install $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(if $(COMPOSE),$(COMPOSE) config --quiet && COMPOSE_PROFILES=postgresql$(COMMA)consul$(COMMA)tls$(COMMA)observability $(COMPOSE) config --quiet,@echo "docker-compose is not installed: docker-compose.yml was only read by the tests")

types: install $(VENV)/.dev
	$(BIN)/mypy

architecture: install $(VENV)/.dev
	$(BIN)/python -m pytest tests/architecture --quiet

soak: install $(VENV)/.dev  ## The long crash and endurance tests, on database servers too where they are installed
	CI=true $(BIN)/python -m pytest -m soak --timeout 7200 $(ARGS)

compose-test: install $(VENV)/.dev  ## Build the containers and start the bank in them (needs Docker; IMAGES=local: nothing is pulled)
	$(if $(filter local,$(IMAGES)),tests/compose/with_local_images.sh) $(BIN)/python -m pytest -m compose tests/compose --capture=no --timeout 3600 $(ARGS)

cluster-test: install $(VENV)/.dev $(VENV)/.cluster  ## Pay on clusters of MariaDB (Galera) and PostgreSQL (Patroni) that lose servers
	$(BIN)/python -m pytest -m cluster tests/cluster --capture=no --timeout 900 $(ARGS)

bench: install  ## Measure the bank; one table, and JSON beside it
	$(BIN)/python -m benchmarks $(ARGS)

docs: install $(VENV)/.dev  ## Write docs/services.md, schema.md and errors.md anew from the code
	$(BIN)/python -m tests.architecture.route_map
	$(BIN)/python -m tests.architecture.schema_map
	$(BIN)/python -m tests.architecture.error_document

screenshots: install $(VENV)/.dev  ## Take the pictures of README.md anew (needs Chromium)
	$(BIN)/python -m tests.browser.screenshots

lock: $(VENV)/.dev  ## Resolve the dependencies of pyproject.toml anew into the lock files
	$(COMPILE) --upgrade pyproject.toml --output-file requirements.lock
	$(COMPILE) --upgrade pyproject.toml --extra dev --output-file requirements-dev.lock
	printf '%s\n' $(DRIVERS) | $(COMPILE) --upgrade --no-deps --constraints requirements-dev.lock - --output-file requirements-drivers.lock
	$(COMPILE) --upgrade --group build --output-file requirements-build.lock
	$(COMPILE) --upgrade --group cluster --constraints requirements-dev.lock --output-file requirements-cluster.lock

clean:  ## Remove .venv and caches (never data/, which is the bank)
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Sandbank needs Python 3.11 or later; make PYTHON=python3.12 picks another")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements-build.lock requirements.lock | $(BIN)/python
	@echo "installing the packages of requirements.lock into $(VENV)"
	@$(PIP) install -qq --no-deps --require-hashes -r requirements-build.lock -r requirements.lock
	@touch $@

$(VENV)/.project: pyproject.toml $(VENV)/.runtime
	@$(PIP) install -qq --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q *_service cli gateway orchestrator shared run_services.py
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "installing the packages of requirements-dev.lock into $(VENV)"
	@$(PIP) install -qq --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/.cluster: requirements-cluster.lock $(VENV)/.dev
	@echo "installing the packages of requirements-cluster.lock into $(VENV)"
	@$(PIP) install -qq --no-deps --require-hashes -r requirements-cluster.lock
	@touch $@
