# Needs a POSIX shell, make and Python 3.11 or newer with venv; everything else comes by itself.
# Paths are relative, so the folder may have any name.
SHELL = /bin/sh
VENV_PYTHON = .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: run test check audit lock stop help

run: ## Start everything on http://127.0.0.1:8000 (HOST and PORT change that); Ctrl-C stops it.
	@sh scripts/venv run
	@exec $(VENV_PYTHON) manage.py serve

test: ## Run the whole suite, in parallel, on a database server of its own.
	@sh scripts/venv dev
	@sh scripts/test

check: ## Check format, lint, types, import contracts, templates, migrations and deployment settings.
	@sh scripts/venv dev
	@sh scripts/check

audit: ## Look for known vulnerabilities in the locked requirements (needs the network).
	@sh scripts/venv dev
	@exec $(VENV_PYTHON) scripts/audit_requirements.py

lock: ## Write requirements/*.txt anew from pyproject.toml (needs the network).
	@sh scripts/venv dev
	@sh scripts/lock

stop: ## Stop what runs: the system, and the database servers it or the tests started.
	@if [ -x $(VENV_PYTHON) ]; then exec $(VENV_PYTHON) manage.py serve --stop; fi

help: ## Show this list.
	@sed -n 's/^\([a-z]*\): ## \(.*\)/\1|\2/p' Makefile | \
		while IFS='|' read -r name sentence; do printf '  make %-7s %s\n' "$$name" "$$sentence"; done
