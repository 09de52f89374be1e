# The one door of this repository: `make help` explains every target.

PYTHON ?= python3
BIN := .venv/bin
STACK := PYTHONPATH=deploy/local $(BIN)/python -m local_stack
# What `make scale import-worker=4` was given on its command line.
NUMBERS = $(filter-out PYTHON=% PROCESS=%,$(MAKEOVERRIDES))

# Two test runs beside each other, each with servers of its own; a file stays in one of them.
LANES := -n 2 --dist loadfile
QUICK := not slow and not resilience and not bench
PACKAGES := $(dir $(wildcard libs/*/*/__init__.py services/*/*/__init__.py gateway/*/__init__.py))
TESTS := $(shell find libs services gateway -path '*/tests/*' -name '*.py' ! -name conftest.py 2>/dev/null)
# Each on its own: they all have the same name.
CONFTESTS := $(shell find libs services gateway -path '*/tests/*' -name conftest.py 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help setup up down status scale restart logs trace dead-letters demo test test-all screenshots bench bench-import bench-rpc bench-rpc-memory bench-events fuzz lint types imports schemas resilience check format unit lock wheels clean

help: ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: ## make .venv as the locks say, with our own packages in it (every other target does it first)
	@$(PYTHON) deploy/local/bootstrap.py

# --- the running system -------------------------------------------------------------------------------------

up: setup ## start PostgreSQL, RabbitMQ, MinIO and every process; print the address
	@$(STACK) up

down: setup ## stop everything; the data stay below .run
	@$(STACK) down

status: setup ## one line for each process: import-worker-1 running pid 4711 uptime 0:03:20
	@$(STACK) status

scale: setup ## set numbers of workers for now and later: make scale import-worker=4 photo-worker=2
	@$(STACK) scale $(NUMBERS)

restart: setup ## restart one process, PROCESS=import-worker-1, or all of them after a change of code
	@$(STACK) restart $(PROCESS)

logs: setup ## follow one log, PROCESS=gateway-http, or all of them
	@$(STACK) logs $(PROCESS)

trace: setup ## what every process logged of one request: make trace ID=… (X-Request-Id)
	@$(STACK) trace $(ID)

dead-letters: setup ## events that a service could not take: make dead-letters SERVICE=importer DO="list" (show ID, replay ID, replay all, drop ID)
	@$(STACK) run $(SERVICE) chassis.deadletters $(or $(DO),list)

demo: up ## start everything and act as the people of the user guide, from the workbook to the certificate
	@PYTHONPATH=deploy/local $(BIN)/python -m tests.e2e.demo

# --- checks -------------------------------------------------------------------------------------------------

test: lint types imports ## lint, types, import rules and all tests but the slow ones, with one coverage figure
	@$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -m "$(QUICK)" $(LANES)
	@$(BIN)/coverage combine --quiet
	@printf 'coverage %s %%\n' "$$($(BIN)/coverage report --format=total)"

test-all: lint types imports ## the same with the slow tests and those that end processes at random
	@$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -m "not bench"
	@$(BIN)/coverage combine --quiet
	@printf 'coverage %s %%\n' "$$($(BIN)/coverage report --format=total)"

screenshots: setup ## walk the guide in a browser and write every screen to docs/user/img
	PINGZHENG_SHOTS=docs/user/img $(BIN)/python -m pytest -q tests/browser -m "$(QUICK)"

bench: setup ## measure what design.md section 8 sets bars for
	$(BIN)/python -m pytest -m bench -s

bench-rpc: setup ## our call beside a bare aio-pika -> nameko one and a whole HTTP call, 1, 16 and 64 in flight
	$(BIN)/python -m pytest -q -m bench -s tests/bench/test_bench_rpc.py

bench-rpc-memory: setup ## 100,000 calls through gateway and service: memory of both ends after 20,000 and after all
	$(BIN)/python -m pytest -q -m bench -s tests/bench/test_bench_rpc_memory.py

bench-events: setup ## from the outbox to the handler: p50, p99, and events a second of a backlog
	$(BIN)/python -m pytest -q -m bench -s tests/bench/test_bench_events.py

fuzz: setup ## ten minutes of damaged workbooks: FUZZ_SECONDS=600 FUZZ_SEED=1
	FUZZ_SECONDS=$${FUZZ_SECONDS:-600} $(BIN)/python -m pytest -s services/import/tests/test_importer_fuzz.py

bench-import: setup ## measure the import against its floor; BENCH_RUNS=3 BENCH_WRITE=1 (docs/dev/benchmarks.md)
	$(BIN)/python -m pytest -m bench -s services/import/tests/test_importer_bench.py

unit: setup ## only the tests that need no server
	$(BIN)/python -m pytest -m "$(QUICK) and not servers"

lint: setup ## ruff: rules and format
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: setup ## mypy --strict: sources and tests
	@$(BIN)/mypy $(PACKAGES) $(TESTS) deploy/local tests conftest.py
	@for file in $(CONFTESTS); do $(BIN)/mypy --no-error-summary $$file || exit 1; done

imports: setup ## import-linter: who may import whom (design.md section 6)
	$(BIN)/lint-imports

schemas: setup ## write the JSON Schema of each event anew from its class (libs/contracts/contracts/schemas)
	$(BIN)/python -m contracts.schemas

resilience: setup ## stop, kill, freeze and starve each server and process under load; one line for each fault
	@PYTHONPATH=deploy/local $(BIN)/python -m tests.resilience

check: setup ## compare the five databases and the bucket of the running system: nothing lost, nothing twice
	@PYTHONPATH=deploy/local $(BIN)/python -m tests.resilience.invariants

format: setup ## let ruff put the code in order
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# --- packages -----------------------------------------------------------------------------------------------

COMPILE := uv pip compile --generate-hashes --no-emit-index-url --universal --python-version 3.11

lock: setup ## write requirements/*.txt anew from requirements/*.in
	cd requirements && ../$(BIN)/$(COMPILE) runtime.in -o runtime.txt
	cd requirements && ../$(BIN)/$(COMPILE) -c runtime.txt dev.in -o dev.txt

wheels: setup ## build a wheel of each library, service and the gateway into dist/
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist $(dir $(wildcard libs/*/pyproject.toml services/*/pyproject.toml gateway/pyproject.toml))
	@ls dist

clean: setup ## stop everything and delete all data of this checkout, caches and built files
	@$(STACK) clean
	rm -rf dist build htmlcov .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
