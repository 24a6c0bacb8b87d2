# Everything a day needs. Each command sets up what it needs by itself and is quick when nothing changed.
# On the machine: Python 3.11 or newer with venv, and make. Nothing else.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test check bench conformance docs lock

BIN := .venv/bin

help: ## Show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: .venv/.run ## Start Crewhall with its demo organisation (HOST, PORT, CREWHALL_HOME ... are passed through)
	@exec $(BIN)/crewhall up --demo

test: .venv/.dev ## Run the tests
	@$(BIN)/pytest $(ARGS)

check: .venv/.dev ## Lint, format, types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

bench: .venv/.dev ## Measure, each row beside its floor in the same run
	@$(BIN)/python -m bench $(ARGS)

conformance: .venv/.dev ## Ask MCP's own inspector and conformance suite about a hall (fetches them with npm)
	@npm install --silent --no-audit --no-fund --prefix .venv/mcp-tools node@22.23.3 @modelcontextprotocol/inspector@2.12.0 \
		@modelcontextprotocol/conformance@0.1.16 conformance-next@npm:@modelcontextprotocol/conformance@0.2.0-alpha.12
	@MCP_TOOLS=.venv/mcp-tools $(BIN)/pytest tests/journeys/test_mcp_public_tools.py $(ARGS)

docs: .venv/.dev ## Write docs/reference anew from the code
	@$(BIN)/python -m crewhall.reference docs/reference

lock: .venv/.dev ## Resolve the dependencies anew
	@$(BIN)/uv pip compile -q pyproject.toml --extra build --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock" -o requirements.lock $(ARGS)
	@$(BIN)/uv pip compile -q pyproject.toml --extra build --extra dev --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock" -c requirements.lock -o requirements-dev.lock $(ARGS)

.venv/.run: requirements.lock pyproject.toml
	@.ci/venv requirements.lock
	@touch $@

.venv/.dev: requirements-dev.lock pyproject.toml
	@.ci/venv requirements-dev.lock
	@touch $@ .venv/.run
