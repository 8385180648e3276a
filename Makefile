# Every target sets up what it needs in .venv, once. `make` alone lists them.

.DEFAULT_GOAL := help
PYTHON_IN_VENV := .venv/bin/python
VENV := tools/venv.sh

.PHONY: help run test faults fuzz bench bench-quick screenshots check check-style check-types check-layers \
	check-floor check-locks check-page check-audit format lock sbom clean

help: ## this list
	@echo 'make TARGET [ARGS="..."]  passes ARGS on; PYTHON=... names another Python (3.10 or newer)'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## start the chat:  make run ARGS="--port 9000"
	@$(VENV) run && exec $(PYTHON_IN_VENV) server.py $(ARGS)

test: ## all tests but the slow ones:  make test ARGS="-k presence"
	@$(VENV) run test && exec tools/test.sh $(ARGS)

faults: ## the faults that it must survive: servers killed, links cut, disks full (slow)
	@$(VENV) run test && tools/redis.sh && PATH="$(CURDIR)/.venv/bin:$$PATH" \
		exec $(PYTHON_IN_VENV) -m pytest tests/faults -m "slow or not slow" $(ARGS)

fuzz: ## random bytes against the wire protocol
	@$(VENV) run test fuzz && exec $(PYTHON_IN_VENV) -m tests.fuzz $(ARGS)

bench: ## measure, also against the rivals (slow)
	@$(VENV) run bench && exec $(PYTHON_IN_VENV) -m bench $(ARGS)

bench-quick: ## measure in a minute, roughly
	@$(VENV) run bench && exec $(PYTHON_IN_VENV) -m bench --quick $(ARGS)

screenshots: ## pictures of the page for the README
	@$(VENV) run test && WSCHAT_CHROMIUM=$$(tools/chromium.sh) && export WSCHAT_CHROMIUM && \
		exec $(PYTHON_IN_VENV) tools/screenshots.py $(ARGS)

check: check-style check-types check-layers check-floor check-locks check-page check-audit ## all of these:

check-style: ##   ruff: rules and format
	@$(VENV) run check
	$(PYTHON_IN_VENV) -m ruff check
	$(PYTHON_IN_VENV) -m ruff format --check

check-types: ##   mypy, strict
	@$(VENV) run check
	$(PYTHON_IN_VENV) -m mypy

check-layers: ##   import-linter: who may import whom
	@$(VENV) run check
	.venv/bin/lint-imports

check-floor: ##   vermin: runs on Python 3.10
	@$(VENV) run check
	.venv/bin/vermin --target=3.10- --no-tips --violations wschat server.py

check-locks: ##   are the lock files made of what stands in their inputs?
	@$(VENV) run check
	$(PYTHON_IN_VENV) tools/lock.py --check

check-page: ##   tsc and Biome over the page's scripts; its libraries are those of the lock
	@tools/page.sh

check-audit: ##   known holes in dependencies
	@$(VENV) run check
	$(PYTHON_IN_VENV) tools/audit.py

format: ## let ruff and Biome format, and fix what they can
	@$(VENV) run check
	$(PYTHON_IN_VENV) -m ruff check --fix
	$(PYTHON_IN_VENV) -m ruff format
	@tools/page.sh format

lock: ## make the lock files again; newest versions:  make lock ARGS=--upgrade
	@$(VENV) run check && PATH="$(CURDIR)/.venv/bin:$$PATH" exec $(PYTHON_IN_VENV) tools/lock.py $(ARGS)

sbom: ## lists of all parts and their versions (CycloneDX), in sbom/
	@$(VENV) run check && exec tools/sbom.sh

clean: ## remove all that was made here, the embedded Redis's messages too
	@exec tools/clean.sh
