# Two commands do everything, set-up included: `make run` and `make test`. `make` alone lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The first Python here that fits; say `make PYTHON=/path/to/python3.11 ...` to choose another.
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
PYTHON = $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c "$(FITS)" 2>/dev/null && echo $$p && exit; done; echo python3)
PY := .venv/bin/python
TESTS ?= tests
# Workers for the suite: `make test JOBS=0` runs it in one process.
JOBS ?= 2

.PHONY: help
help: ## List these targets
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  \033[1m%-9s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ Try it
.PHONY: run demo
run: .venv-run ## Emulator and service on this machine, with callers ringing now and then
	@$(PY) -m emulator run $(ARGS)

demo: .venv-run ## At least 40 scripted contacts as fast as they go, a table and an audit
	@$(PY) -m emulator demo $(ARGS)

##@ Take it to Teams
.PHONY: teams-app hour
# What stands on make's command line, and nothing else: some machines have a NAME or a HOST in their environment.
TEAMS_APP := APP_ID HOST NAME DEVELOPER WEBSITE PRIVACY TERMS VERSION OUT
on_command_line = $(if $(findstring command line,$(origin $(1))),'$(1)=$(subst ','\'',$($(1)))')
teams-app: ## The Teams app package: APP_ID=... HOST=... (docs/teams-app.md)
	@$(PYTHON) scripts/teams_app.py $(foreach name,$(TEAMS_APP),$(call on_command_line,$(name)))

hour: .venv-run ## Ask what only a tenant can tell, and print a report (docs/the-hour.md)
	@$(PY) scripts/tenant_hour.py $(ARGS)

##@ Change it
.PHONY: test check bench cover golden
test: check .node ## Check, then the whole suite on SQLite and PostgreSQL
	@$(PY) -m pytest $(TESTS) -n $(JOBS) --dist loadgroup

check: format-check lint types layers house ## Format, lint, types, layers and house rules, in under a minute

bench: .venv-dev ## Measure: a table, and JSON beside it
	@$(PY) -m bench

cover: .venv-dev .node ## The suite with branch coverage: routing/ by its own tests, then everything
	@$(PY) -m coverage erase
	@$(PY) -m coverage run --source=routing -m pytest -q tests/routing
	@$(PY) -m coverage report --fail-under=100
	@$(PY) -m coverage run -m pytest -q
	@$(PY) -m coverage report --fail-under=90

golden: .venv-dev ## Write the recorded histories anew (review the difference)
	@SWITCHBOARD_WRITE_GOLDEN=1 $(PY) -m pytest -q tests -k golden
	@git --no-pager diff --stat -- tests

##@ One at a time
.PHONY: format format-check lint types layers house docs site pictures wheel lock install clean
format: .venv-dev ## Format the code, and mend what the linter can mend
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

format-check: .venv-dev
	@$(PY) -m ruff format --check .

lint: .venv-dev ## Lint with ruff
	@$(PY) -m ruff check .

types: .venv-dev .node ## Check types: mypy, strict; the page's with TypeScript, where npm is
	@$(PY) -m mypy
	@$(PY) scripts/check_page_types.py

layers: .venv-dev ## Check who imports whom
	@.venv/bin/lint-imports --no-logo --cache-dir .import_linter_cache

house: .venv-dev ## Check the rules that no linter knows, links in the documents included
	@$(PY) -m pytest -q tests/house

docs: .venv-dev ## Write the generated parts of docs/ anew
	@$(PY) scripts/write_docs.py

site: .venv-dev ## The documents as a site, in build/site; a broken link or anchor fails
	@NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --quiet
	@echo "open build/site/index.html"

pictures: .venv-dev ## Take the pictures of both pages in docs/ anew, with a real browser
	@$(PY) scripts/take_pictures.py

wheel: .venv-dev ## Build the wheel, install it in an empty environment and start it
	@$(PY) scripts/check_wheel.py

lock: ## Resolve requirements.txt and requirements-dev.txt anew (UPGRADE=1: newest in range)
	@$(PYTHON) scripts/lock_dependencies.py $(if $(UPGRADE),--upgrade)

install: .venv-dev .node ## Make .venv with everything for working on the code

clean: ## Remove everything that make made
	@rm -rf .venv build dist tests/node/node_modules tests/node/node_modules.log .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# Cheap when there is nothing to do: the lock's fingerprint is compared, nothing is fetched.
.PHONY: .venv-run .venv-dev
.venv-run .venv-dev: .venv-%:
	@if $(PY) -c '' 2>/dev/null; then p=$(PY); else p='$(PYTHON)'; fi; \
	command -v "$$p" >/dev/null || { echo "Python 3.11, 3.12 or 3.13 is needed and there is no python3 here: install one."; exit 1; }; \
	"$$p" scripts/setup_environment.py $*

# Microsoft's JavaScript for the tests; without Node.js it says in one line what is left out.
.PHONY: .node
.node: .venv-dev
	@$(PY) scripts/setup_node.py
