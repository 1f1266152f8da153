PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test lint install install-dev chromium lock
run: install  ## install, fill the library, open the chat
	$(BIN)/huwen chat

test: install-dev chromium lint  ## everything that must pass
	$(BIN)/python -m pytest

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/mypy

install: .venv/.run
install-dev: .venv/.dev

.venv/.run: .lock/requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r .lock/requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv/.dev: .lock/requirements-dev.txt .venv/.run
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r .lock/requirements-dev.txt
	touch $@

chromium: install-dev
	.ci/chromium $(BIN)

LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate
lock:  ## pin the newest versions (needs uv)
	$(LOCK) --upgrade --group build -o .lock/requirements.txt
	$(LOCK) --upgrade --group build --group dev -c .lock/requirements.txt -o .lock/requirements-dev.txt
