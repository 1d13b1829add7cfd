# Davy: everything a newcomer types. Needs Python 3.11 or newer, git and make; installs nothing outside this folder.

PYTHON ?= python3
BOARD ?= virtual
VENV := .venv
PY := $(VENV)/bin/python
DAVY := $(VENV)/bin/davy
READY := $(VENV)/.ready
LOG := $(VENV)/setup.log
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(PY) -m pip install --quiet --no-input --constraint constraints.txt
# Bundled pyright, node from its wheel; without the variable it asks the network whether there is a newer one.
PYRIGHT := PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(PY) -m pyright

# The scenario a newcomer sees first.
DEMO := $(DAVY) sim run tests/scenarios/demo.toml --view

.DEFAULT_GOAL := help
.PHONY: help setup demo test test32 lint bench deploy update flash selftest logs clean
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory

help: ## this list
	@echo "make TARGET, where TARGET is one of"
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(READY) ## create .venv with everything the project needs, pinned; the other targets call it
	@echo "ready: $(DAVY) --help"

# The stamp is newer than both lists once everything they name is installed, and names the folder it was installed for:
# the environment of a checkout that was moved or copied still points to the old place.
ifneq ($(CURDIR),$(shell cat $(READY) 2>/dev/null))
.PHONY: $(READY)
endif

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "setup: needs Python 3.11 or newer, and '$(PYTHON)' is not: try 'make setup PYTHON=python3.12'" >&2; exit 1; }
	@test "$$(cat $(READY) 2>/dev/null)" = "$(CURDIR)" || rm -rf $(VENV)
	@rm -f $(READY)
	@$(PY) -c 'import pip' 2>/dev/null || { echo "setup: creating $(VENV) with $$($(PYTHON) --version)"; rm -rf $(VENV); \
	  $(PYTHON) -m venv $(VENV) >$(VENV).log 2>&1 || { cat $(VENV).log >&2; rm -rf $(VENV) $(VENV).log; \
	  echo "setup: '$(PYTHON) -m venv' failed, see above (on Debian and Ubuntu: the package python3-venv)" >&2; exit 1; }; }
	@rm -f $(VENV).log
	@echo "setup: installing the packages of constraints.txt (about a minute)"
	@{ $(PIP) hatchling editables setuptools && $(PIP) --no-build-isolation --editable '.[dev]'; } >$(LOG) 2>&1 || { cat $(LOG) >&2; \
	  echo "setup: pip failed, see above (it fetches from the package index: is there a network?)" >&2; exit 1; }
	@ln -sfn "$$($(PY) -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" $(VENV)/site
	@echo "$(CURDIR)" >$(READY)

demo: $(READY) ## a virtual tag lives through rising methane, a fall and two power cuts; a gateway receives
	@$(DEMO)

test: $(READY) ## every test: on CPython and on real MicroPython, 64 and 32 bit
	@$(PY) -m pytest --complete --numprocesses logical

test32: $(READY) ## the device tests on the 32-bit MicroPython only
	@$(PY) -m pytest --complete --numprocesses logical --interpreter mp32 tests/device

lint: $(READY) ## style, types, and who may import whom
	@echo "lint: ruff"
	@$(PY) -m ruff check --quiet . && $(PY) -m ruff format --quiet --diff . || { \
	  echo "lint: most of it mends itself: $(VENV)/bin/ruff check --fix . && $(VENV)/bin/ruff format ." >&2; exit 1; }
	@echo "lint: pyright, what runs on a computer"
	@$(PYRIGHT) --warnings
	@echo "lint: pyright, what runs on the tag"
	@$(PYRIGHT) --warnings --project pyright.device.json
	@echo "lint: who may import whom"
	@$(PY) tests/floors.py

bench: $(READY) ## measure the motion path, journal, boot and replay; writes bench/results.json
	@$(PY) bench/bench.py

deploy: $(READY) ## cross-compile for a board: make deploy BOARD=lilygo-t3-s3; with PORT= onto the tag there too
	@$(DAVY) deploy $(BOARD) $(if $(PORT),--port "$(PORT)") $(if $(KEY),--key "$(KEY)")

update: $(READY) ## a bundle onto a tag: make update BUNDLE=app.davy PORT=/dev/ttyACM0
	@test -n "$(BUNDLE)" -a -n "$(PORT)" || { echo "update: say make update BUNDLE=app.davy PORT=/dev/ttyACM0" >&2; exit 1; }
	@$(DAVY) update "$(BUNDLE)" --port "$(PORT)"

flash: $(READY) ## MicroPython onto a board: make flash BOARD=lilygo-t3-s3 PORT=/dev/ttyACM0 (IMAGE=firmware.bin)
	@$(DAVY) flash --board $(BOARD) $(if $(IMAGE),--image "$(IMAGE)") $(if $(PORT),--port "$(PORT)")

selftest: $(READY) ## test every part of a tag over USB: make selftest PORT=/dev/ttyACM0
	@test -n "$(PORT)" || { echo "selftest: say where the tag is: make selftest PORT=/dev/ttyACM0 (see: davy ports)" >&2; exit 1; }
	@$(DAVY) selftest --port "$(PORT)"

logs: $(READY) ## fetch a tag's journal over USB and verify it: make logs PORT=/dev/ttyUSB0
	@test -n "$(PORT)" || { echo "logs: say where the tag is: make logs PORT=/dev/ttyUSB0 (see: davy ports)" >&2; exit 1; }
	@$(DAVY) logs pull --port "$(PORT)"

clean: ## remove everything made here: .venv, build and caches
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
