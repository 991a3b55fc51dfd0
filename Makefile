# Everything a newcomer needs: each target does its own set-up from a bare Python 3.11+.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test setup lint types bench bench-terminal docs screenshot clean

demo: setup  ## run the three products on a new desk, check every figure, then open the web terminal on it
	@$(BIN)/holdfast demo

test: setup  ## run all tests
	@$(BIN)/python -m pytest -n auto --dist worksteal

setup: $(BIN)/.ready  ## make the environment; leaves the command at .venv/bin/holdfast

$(BIN)/.ready: pyproject.toml uv.lock
	@sh scripts/setup.sh $(PYTHON)
	@touch $@

lint: setup
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: setup
	@$(BIN)/mypy

bench: setup  ## measure; --help of the command says what can be chosen
	@$(BIN)/holdfast bench

bench-terminal: setup  ## measure the web terminal in headless Chromium
	@$(BIN)/python scripts/bench_terminal.py

screenshot: setup  ## make the README's picture of the web terminal anew
	@$(BIN)/python scripts/screenshot.py

docs: setup  ## write the generated pages of docs/reference, and the client's generated modules, anew
	@$(BIN)/python -m holdfast.docs && $(BIN)/python -m holdfast.docs.client

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
