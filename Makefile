# Every target installs what it needs into .venv, once. `make` alone lists the targets.

.DEFAULT_GOAL := help
PYTHON_IN_VENV := .venv/bin/python
VENV := tools/venv.sh

.PHONY: help run upgrade dev sentinel cluster test browsers faults fuzz docs-walk bench screenshots check check-style \
	check-types check-layers check-locks check-page check-audit format lock sbom clean

help: ## show this list. ARGS="..." go to the command, PYTHON=... selects a Python (3.10+)
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## start the chat:  make run ARGS="--port 9000"
	@$(VENV) run && exec $(PYTHON_IN_VENV) server.py $(ARGS)

upgrade: ## get and try the newest version, then swap;  back again:  make upgrade ARGS=--back
	@exec tools/upgrade.sh $(ARGS)

dev: ## start the chat, and restart it when a file changes; with asyncio's debug mode
	@$(VENV) run && WSCHAT_DEV=1 exec $(PYTHON_IN_VENV) -m tornado.autoreload --until-success \
		server.py --idle-timeout 0 $(ARGS)

sentinel: ## try it: the chat on a primary with two replicas and three sentinels
	@$(VENV) run test && exec $(PYTHON_IN_VENV) tools/playground.py sentinel $(ARGS)

cluster: ## try it: the chat on a Redis Cluster of three primaries with a replica each
	@$(VENV) run test && exec $(PYTHON_IN_VENV) tools/playground.py cluster $(ARGS)

test: ## run all tests except the slow ones:  make test ARGS="-k presence", ARGS=--cov
	@$(VENV) run test && exec tools/test.sh $(ARGS)

browsers: ## test all of the page in Chromium, its core in Firefox and WebKitGTK (slow)
	@$(VENV) run test && tools/redis.sh && tools/browsers.sh && WSCHAT_CHROMIUM=$$(tools/chromium.sh) && \
		export WSCHAT_CHROMIUM && PATH="$(CURDIR)/.venv/bin:$$PATH" exec $(PYTHON_IN_VENV) -m pytest -n 4 \
		--dist loadfile tests/browser_core tests/browser -m "slow or not slow" --ignore tests/browser/test_budgets.py $(ARGS)

faults: ## run the fault tests: killed servers, cut connections, full disks (slow)
	@$(VENV) run test && tools/redis.sh && PATH="$(CURDIR)/.venv/bin:$$PATH" \
		exec $(PYTHON_IN_VENV) -m pytest tests/faults -m "slow or not slow" $(ARGS)

fuzz: ## fuzz the wire protocol
	@$(VENV) run test fuzz && exec $(PYTHON_IN_VENV) -m tests.fuzz $(ARGS)

docs-walk: ## follow the docs in a fresh Debian 12: run their commands (slow, needs root)
	@exec python3 tools/docs_walk.py $(ARGS)

bench: ## run the benchmarks (slow); in two minutes:  make bench ARGS=--quick
	@$(VENV) run test bench && exec $(PYTHON_IN_VENV) -m bench $(ARGS)

screenshots: ## take the README's screenshots, and the sheet of all states of the page
	@$(VENV) run test && WSCHAT_CHROMIUM=$$(tools/chromium.sh) && export WSCHAT_CHROMIUM && \
		$(PYTHON_IN_VENV) tools/screenshots.py && exec $(PYTHON_IN_VENV) tools/sheet.py $(ARGS)

check: check-style check-types check-layers check-locks check-page check-audit ## run all of these checks:

check-style: ##   ruff: lint and format; codespell: spelling in docs, comments and strings
	@$(VENV) run check
	$(PYTHON_IN_VENV) -m ruff check
	$(PYTHON_IN_VENV) -m ruff format --check
	.venv/bin/codespell

check-types: ##   mypy, strict
	@$(VENV) run test check bench
	$(PYTHON_IN_VENV) -m mypy

check-layers: ##   import-linter: which package may import which; vermin: it runs on Python 3.10
	@$(VENV) run check
	.venv/bin/lint-imports
	.venv/bin/vermin --target=3.10- --no-tips --violations wschat server.py

check-locks: ##   lock files match their inputs
	@$(VENV) run check
	$(PYTHON_IN_VENV) tools/lock.py --check

check-page: ##   tsc and Biome over the page's scripts; vendored libraries match the lock
	@tools/page.sh

check-audit: ##   pip-audit, npm audit: known vulnerabilities
	@$(VENV) run check
	$(PYTHON_IN_VENV) tools/audit.py

format: ## format, and fix what ruff and Biome can fix
	@$(VENV) run check
	$(PYTHON_IN_VENV) -m ruff check --fix
	$(PYTHON_IN_VENV) -m ruff format
	@tools/page.sh format

lock: ## regenerate the lock files; newest versions:  make lock ARGS=--upgrade
	@$(VENV) run check && PATH="$(CURDIR)/.venv/bin:$$PATH" exec $(PYTHON_IN_VENV) tools/lock.py $(ARGS)

sbom: ## write the bill of materials (CycloneDX) to sbom/
	@$(VENV) run check && exec tools/sbom.sh

clean: ## remove everything created here, including the embedded Redis's messages
	@exec tools/clean.sh
