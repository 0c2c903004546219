# Podium. `make help` lists the targets. Every target makes its own .venv first: there is no set-up step.
# Options: DATA=folder BUDGET=5m ARGS="more options of podium" PYTHON=python3.12

SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PODIUM := .venv/bin/podium
BIN := .venv/bin
RUN_ARGS = $(if $(DATA),--data "$(DATA)") $(if $(BUDGET),--budget $(BUDGET)) $(ARGS)
# Threads of the libraries are Podium's own business; test workers take one each.
ONE_THREAD := OMP_WAIT_POLICY=PASSIVE OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1

COMPETITIONS := $(subst _,-,$(patsubst competitions/%/competition.py,%,$(wildcard competitions/*/competition.py)))
# Those that forecast their past.
BACKTESTED := $(subst _,-,$(patsubst competitions/%/competition.py,%,$(shell grep -l "def backtest" $(wildcard competitions/*/competition.py) /dev/null)))
# Those that show their predictions on a page with a map.
SHOWN := $(subst _,-,$(patsubst competitions/%/competition.py,%,$(shell grep -l "def dashboard" $(wildcard competitions/*/competition.py) /dev/null)))

.PHONY: help venv venv-old test test-slow test-old lint types format bench doctor clean $(COMPETITIONS)

help: ## this list
	@echo "make <target> [DATA=folder] [BUDGET=5m] [ARGS=\"…\"] [PYTHON=python3.12]"
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' Makefile | awk -F'|' '{ printf "%-34s %s\n", $$1, $$2 }'
	@for name in $(COMPETITIONS); do \
		printf '  %-32s %s\n' "$$name" "run it; DATA= for real files, sample data otherwise" \
			"$$name-sample" "write its sample data (ARGS=\"--out folder\")" \
			"$$name-inspect" "leaks and traps in its data, before anything is fitted" \
			"$$name-tune" "search the parameters of its members; runs with a budget take the trials up" \
			"$$name-check" "validate the submission of its newest run" \
			"test-$$name" "its tests"; done
	@for name in $(SHOWN); do \
		printf '  %-32s %s\n' "$$name-dashboard" "its newest run as a page with a map"; done
	@for name in $(BACKTESTED); do \
		printf '  %-32s %s\n' "$$name-backtest" "forecast its past, each year from earlier ones alone"; done

venv: ## make or mend .venv (every target does so itself)
	@tools/venv .venv "$(PYTHON)" constraints.txt '.[torch,kaggle,dev]'

venv-old: ## a second environment with the versions of Kaggle's image
	@tools/venv .venv-old "$(PYTHON)" constraints-kaggle.txt '.[dev]'

define competition_targets
.PHONY: $(1) $(1)-dashboard $(1)-sample $(1)-inspect $(1)-tune $(1)-check $(1)-backtest test-$(1)
$(1): venv
	@$$(PODIUM) run $(1) $$(RUN_ARGS)
	$(if $(filter $(1),$(SHOWN)),@$$(PODIUM) dashboard $(1))
$(1)-dashboard: venv
	@$$(PODIUM) dashboard $(1) $$(ARGS)
$(1)-sample: venv
	@$$(PODIUM) sample $(1) $$(ARGS)
$(1)-inspect: venv
	@$$(PODIUM) inspect $(1) $$(if $$(DATA),--data "$$(DATA)") $$(ARGS)
$(1)-tune: venv
	@$$(PODIUM) tune $(1) $$(RUN_ARGS)
$(1)-check: venv
	@$$(PODIUM) check $(1) $$(if $$(DATA),--data "$$(DATA)") $$(ARGS)
$(1)-backtest: venv
	@$$(PODIUM) backtest $(1) $$(if $$(DATA),--data "$$(DATA)") $$(ARGS)
test-$(1): venv
	@$$(ONE_THREAD) $$(BIN)/python -m pytest "tests/competitions/$(subst -,_,$(1))" $$(ARGS)
endef
$(foreach name,$(COMPETITIONS),$(eval $(call competition_targets,$(name))))

test: venv ## all tests but the slow ones
	@$(ONE_THREAD) $(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

test-slow: venv ## the slow ones
	@$(ONE_THREAD) $(BIN)/python -m pytest -n auto --dist worksteal -m slow $(ARGS)

test-old: venv-old ## all tests but the slow ones, under the versions of Kaggle's image
	@$(ONE_THREAD) .venv-old/bin/python -m pytest -n auto --dist worksteal $(ARGS)

lint: venv ## ruff and import-linter
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo

types: venv ## mypy
	@$(BIN)/mypy

format: venv ## let ruff mend what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: venv ## the measured claims of README (ARGS="overhead" for one of them)
	@$(BIN)/python -m benchmarks $(ARGS)

doctor: venv ## check this installation
	@$(PODIUM) doctor

clean: ## remove environments and caches; runs and their ledger stay
	rm -rf .venv .venv-old .mypy_cache .ruff_cache .pytest_cache .hypothesis build podium.egg-info submissions/.cache

.DEFAULT:
	@echo "make: there is no target '$@'. Those there are:" >&2
	@$(MAKE) help >&2
	@exit 2
