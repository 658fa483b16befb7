# Two commands: `make render` and `make test`. Each works on a bare clone and sets itself up.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
IMAGE := tests/e2e/images
TRAINING := tests/training
JOBS ?= 1000
CASES ?= 50000
REF ?= HEAD
UV_VERSION := 0.9.30
KUBECONFORM_VERSION := v0.7.0
ACTIONLINT_VERSION := v1.7.12

# A stamp is named after what it was made from: another Python or lock is another stamp.
stamp = $(VENV)/.$1-$(shell { $(PYTHON) -V; cat $2; } 2>&1 | cksum | cut -d' ' -f1)
RUNTIME := $(call stamp,runtime,requirements.lock)
TESTING := $(call stamp,test,requirements.lock requirements-test.lock pyproject.toml)
# Not the environment's own interpreter, which may be the one on PATH: it is about to be replaced.
BASE_PYTHON = "$$($(PYTHON) -c 'import sys; print(sys._base_executable)')"
PIP = $(BIN)/python -m pip --quiet --disable-pip-version-check
# uv is used where it is, and needed nowhere.
ifeq ($(shell command -v uv 2>/dev/null),)
MAKE_VENV = $(BASE_PYTHON) -m venv --clear $(VENV)
SYNC = $(PIP) install --require-hashes -r
else
MAKE_VENV = uv venv --quiet --seed --clear --python $(BASE_PYTHON) $(VENV)
SYNC = uv pip sync --quiet --python $(BIN)/python --require-hashes
endif

.DEFAULT_GOAL := help
.PHONY: help render setup test lint types schemas docs schemas-kubernetes tools wheel lock \
	bench check-xgboost check-lightgbm check-networks train train-short fuzz engines e2e scale same-output clean \
	announce

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

render: $(RUNTIME) ## Write rendered/ from jobs/ and platform.yaml
	@$(BIN)/python -m generator render

setup: $(TESTING) ## Set up .venv with `rayjobs` and everything tests need

# Three, where there may be two cores: a test often waits for a command that it has started.
# The samples have warnings, which are shown only where the check fails.
test: announce $(TESTING) lint types ## Run every check: lint, types, tests, committed schemas and rendered/
	$(BIN)/python -m pytest -q -n 3 --dist worksteal
	$(BIN)/python -m tools.schemas --check
	@said=$$($(BIN)/python -m generator check --conformance embedded --quiet) || \
		{ echo "$$said"; exit 1; }
	@echo "all passed: lint, types, tests, schemas/ and rendered/"

announce:
	@echo "lint, types, tests, then whether schemas/ and rendered/ are current: 4 minutes on two cores"

lint: $(TESTING) ## Lint Python and workflows, and check the formatting
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/zizmor --offline --pedantic --quiet .github action.yml .pre-commit-hooks.yaml
	@$(ACTIONLINT)

# Built with Go, which only some have. Without shellcheck and pyflakes, so that it says the same
# on every machine.
ACTIONLINT = if [ -x .tools/bin/actionlint ]; then \
		.tools/bin/actionlint -shellcheck= -pyflakes=; \
	else \
		echo "actionlint is left out: \`make tools\` installs it (needs Go)" >&2; \
		[ "$$RAYJOBS_REQUIRE_TOOLS" != 1 ]; \
	fi

types: $(TESTING) ## Check the types
	$(BIN)/mypy

schemas: $(TESTING) ## Export schemas/ from the models
	$(BIN)/python -m tools.schemas

docs: $(TESTING) ## Write docs/rules.md and docs/platform.md from the rules and the schema
	$(BIN)/python -m tools.rules_page
	$(BIN)/python -m tools.platform_page

schemas-kubernetes: $(TESTING) ## Make schemas/kubernetes/ from the pinned Go modules (needs Go)
	$(BIN)/python -m tools.kubernetes_schemas

tools: $(TESTING) .tools/bin/kubeconform .tools/bin/actionlint .tools/bin/flux-build ## Install kubeconform, actionlint, flux-build and the pinned modules (needs Go)
	$(BIN)/python -m tools.kubernetes_schemas --check

.tools/bin/kubeconform:
	@command -v go >/dev/null || { echo "kubeconform needs Go: install Go 1.24 or newer" >&2; exit 1; }
	GOBIN=$(CURDIR)/.tools/bin go install \
		github.com/yannh/kubeconform/cmd/kubeconform@$(KUBECONFORM_VERSION)

.tools/bin/actionlint:
	@command -v go >/dev/null || { echo "actionlint needs Go: install Go 1.25 or newer" >&2; exit 1; }
	GOBIN=$(CURDIR)/.tools/bin go install \
		github.com/rhysd/actionlint/cmd/actionlint@$(ACTIONLINT_VERSION)

# With the flags of the engines: what both are made of is compiled once.
.tools/bin/flux-build: $(wildcard tests/flux_build/*)
	@command -v go >/dev/null || { echo "flux-build needs Go: install Go 1.26 or newer" >&2; exit 1; }
	cd tests/flux_build && CGO_ENABLED=0 GOWORK=off go build -mod=readonly -trimpath -buildvcs=false \
		-ldflags="-s -w" -o $(CURDIR)/$@ .

wheel: $(TESTING) ## Build the wheel into dist/
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps \
		--no-build-isolation --wheel-dir dist .

check-xgboost: $(TESTING) ## Compare the rules with xgboost 2.1 and 3.0 over thousands of trainings
	$(BIN)/python -m tools.check_xgboost

check-lightgbm: $(TESTING) ## Compare the rules with lightgbm 4.3 and 4.7 over thousands of trainings
	$(BIN)/python -m tools.check_lightgbm

train: $(TESTING) ## Train with each script of sample/training/ on simulated clusters of Ray
	@$(BIN)/python -m tests.training

train-short: $(TESTING) ## Train with xgboost and with lightgbm on a cluster each, as the gate does
	@$(BIN)/python -m tests.training --short

check-networks: $(TESTING) ## Compare a network's rules with its library: ALGORITHM=pytorch LIBRARY=<its python>
	$(BIN)/python -m tools.check_networks $(ALGORITHM) --python $(LIBRARY)

fuzz: $(TESTING) ## Feed every command hostile input, CASES=50000 cases of it
	$(BIN)/python -m tests.fuzzing --cases $(CASES)

engines: $(TESTING) ## Build what the end-to-end tests run into a cache (needs Go)
	@$(BIN)/python -m tests.e2e.engines.build
	@$(BIN)/python -m tests.e2e.images.build

e2e: engines ## Run the scenarios on the real engines, in namespaces of their own
	@$(BIN)/python -m tests.e2e

scale: engines ## Time 1,000 and 5,000 jobs in one push through each sync engine
	@for jobs in 1000 5000; do for engine in flux argocd; do \
		RAYJOBS_SCALE=$$jobs $(BIN)/python -m tests.e2e tests/e2e/scenarios/hundred_jobs.py \
			-k $$engine || exit; \
	done; done

bench: $(TESTING) ## Measure CPU time a job, JOBS=1000 of them
	$(BIN)/python -m tools.bench --jobs $(JOBS)

same-output: $(TESTING) ## Compare all that rayjobs prints and writes with what it did at REF
	$(BIN)/python -m tools.same_output $(REF)

lock: .tools/lock/bin/uv ## Renew requirements.lock, requirements-test.lock and the locks of trainings
	$(LOCK) --universal pyproject.toml -o requirements.lock
	$(LOCK) --universal pyproject.toml --extra live --group test -c requirements.lock \
		-o requirements-test.lock
	$(LOCK) $(IMAGE)/requirements.in -o $(IMAGE)/requirements.lock
	for name in pytorch tensorflow jax; do \
		$(LOCK) $(TRAINING)/requirements-$$name.in -o $(TRAINING)/requirements-$$name.lock || exit; done

# Indexes come from the machine's own settings and are never written down.
LOCK = .tools/lock/bin/uv pip compile --quiet --upgrade --python-version 3.11 \
	--generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make lock"

.tools/lock/bin/uv:
	$(PYTHON) -m venv .tools/lock
	.tools/lock/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

# Made anew each time, stamps included: nothing is left of what another lock named.
define SET_UP
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "rayjobs needs Python 3.11 or newer, and $(PYTHON) is not: set PYTHON=" >&2; exit 1; }
	@echo "setting up $(VENV)"
	@$(MAKE_VENV)
	@$(SYNC)
endef

$(RUNTIME):
	$(SET_UP) requirements.lock
	@touch $@

# The wheels are kept: tests install them into empty environments, offline.
$(TESTING):
	$(SET_UP) requirements-test.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(PIP) download --require-hashes -r requirements.lock -d .tools/wheels
	@touch $(RUNTIME) $@

clean: ## Remove what set-up and tests made
	rm -rf $(VENV) .tools .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache dist
