# The one entry: `make help` lists the targets.
SWIFT ?= swift
BIN = .build/debug/workflow-service
ARGS ?=
# The list of all generated messages that a test checks against the official descriptors.
TYPES = Tests/TemporalClientTests/Protocol/MessageTypes.swift
# Builds speak on standard error, so that `make -s demo ARGS="--output json"` prints JSON alone.
BUILD = $(SWIFT) build --product workflow-service 1>&2
# What is measured is what is shipped: optimised, with the Swift libraries inside.
RELEASE = $(SWIFT) build -c release --static-swift-stdlib --product

.DEFAULT_GOAL := help
.PHONY: help setup build build-release demo serve test test-live fuzz soak load upgrade lint format generate verify bench measure-ai docs clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: ## Install what is missing (Debian packages, .venv)
	@scripts/setup

build: setup ## Build the service (debug)
	$(BUILD)

build-release: setup ## Build the service optimised, with the Swift libraries inside
	$(RELEASE) workflow-service

demo: setup ## Run the document-processing template on the example documents; ARGS="FILE… [--output json]"
	@$(BUILD)
	@$(BIN) demo $(ARGS)

serve: setup ## Run the service; data in ./data; ARGS="--port 8080"
	@$(BUILD)
	@exec $(BIN) serve $(ARGS)

test: ## Run all tests, the ones against a real Temporal server included; ARGS="--filter NAME" runs some
	@scripts/setup test
	$(SWIFT) build --build-tests
	@SWIFT=$(SWIFT) scripts/test $(ARGS)

test-live: ## Ask the AI vendors whose keys are in the environment (OPENAI_, ANTHROPIC_, GEMINI_, MISTRAL_API_KEY); costs cents
	@scripts/setup test
	$(SWIFT) build --build-tests
	@TEST_LIVE=1 $(SWIFT) test --skip-build --no-parallel --disable-xctest --filter 'AITests\.LiveProviderTests'

fuzz: setup ## Run random workflows on a real server (docs/testing.md); SEEDS=2000 MINUTES=60 SEED= KIND= CACHE=
	$(SWIFT) build --product fuzz 1>&2
	@.build/debug/fuzz run --histories Tests/TemporalWorkerTests/Histories $(if $(SEEDS),--seeds $(SEEDS)) \
		$(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED)) $(if $(KIND),--kind $(KIND)) \
		$(if $(CACHE),--cache $(CACHE))

soak: setup ## Run WORKFLOWS=20000 small workflows on one worker: memory flat, nothing timed out (docs/testing.md)
	$(RELEASE) fuzz 1>&2
	@.build/release/fuzz soak $(if $(WORKFLOWS),--workflows $(WORKFLOWS))

load: ## Kill processes, cut the database and restart Temporal under EXECUTIONS=2000 executions (docs/testing.md)
	@scripts/setup test
	$(SWIFT) build --build-tests
	@LOAD_EXECUTIONS=$(or $(EXECUTIONS),2000) $(SWIFT) test --skip-build --disable-xctest --filter 'ServiceTests\.LoadTests'

upgrade: setup ## Let this service finish what the commit before began; PREVIOUS=PROGRAM saves its build (docs/testing.md)
	@$(BUILD)
	@SWIFT=$(SWIFT) PREVIOUS=$(PREVIOUS) scripts/upgrade-test $(BIN)

lint: ## Check the formatting
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Tests $(filter-out Sources/TemporalProtocol,$(wildcard Sources/*))

format: ## Format the sources
	$(SWIFT) format --in-place --recursive --parallel Package.swift Tests $(filter-out Sources/TemporalProtocol,$(wildcard Sources/*))

generate: ## Regenerate Sources/TemporalProtocol from the official descriptors
	@scripts/setup test
	$(SWIFT) build --product protoc-gen-swift
	$(SWIFT) build --product protoc-gen-grpc-swift-2
	.venv/bin/python scripts/generate-protocol.py Sources/TemporalProtocol .build/debug $(TYPES)

docs: ## Write the generated tables of docs/
	@$(BUILD)
	@scripts/document-settings $(BIN)

verify: generate docs ## Regenerate and fail on a difference
	git diff --exit-code -- Sources/TemporalProtocol $(TYPES) docs

bench: ## Measure beside the official Python SDK and jq (minutes; docs/benchmarks.md); ONLY=name runs one
	@scripts/setup bench
	$(RELEASE) bench-worker 1>&2
	$(RELEASE) workflow-service 1>&2
	@.venv-bench/bin/python bench/run.py $(if $(ONLY),--only $(ONLY))

# Optimised or not, the figures are the same. sumy walks sets of words, so their order is fixed.
measure-ai: ## Measure the local AI provider beside lead-3, sumy and generated data (minutes; docs/local-ai.md); SEED= ONLY=
	@scripts/setup measure-ai
	$(SWIFT) build --product bench-worker 1>&2
	@PYTHONHASHSEED=0 .venv-bench/bin/python bench/local_ai.py $(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only $(ONLY))

clean: ## Remove what was built
	rm -rf .build .build-previous .venv .venv-bench
