# Two commands matter: `make run` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help

DATA_DIR ?= $(HOME)/.local/share/datamesh
TARGET_DIR := $(if $(CARGO_TARGET_DIR),$(CARGO_TARGET_DIR),target)
CARGO ?= cargo
LOCKED := --locked
# What `make conformance` asks: a command that answers lines of JSON.
EVAL ?= $(TARGET_DIR)/debug/datamesh workflow eval --batch

.PHONY: help
help: ## Say what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: build
build: ## Build datameshd and datamesh
	$(CARGO) build $(LOCKED) -p datamesh-node --bins

.PHONY: run
run: build ## Start datamesh with everything embedded, play the sample mesh, stay up until Ctrl-C
	@$(TARGET_DIR)/debug/datameshd run --data-dir "$(DATA_DIR)" --sample samples

.PHONY: demo
demo: build ## The same on a throw-away data folder; ends by itself
	@data=$$(mktemp -d) && trap 'rm -rf "$$data"' EXIT && \
	$(TARGET_DIR)/debug/datameshd run --data-dir "$$data" --sample samples --exit-after-sample \
		--listen 127.0.0.1:0 --admin-listen 127.0.0.1:0

.PHONY: test
test: fmt lint unit ## Every check: format, lints, unit, property, integration, end-to-end, proto lint

.PHONY: fmt
fmt:
	$(CARGO) fmt --all --check

.PHONY: lint
lint:
	$(CARGO) clippy $(LOCKED) --workspace --all-targets -- -D warnings

.PHONY: unit
unit:
	$(CARGO) test $(LOCKED) --workspace --quiet

.PHONY: chaos
chaos: build ## Kill, stop and starve the real process under load while AWS fails (CHAOS_SECONDS=300, CHAOS_FAULTS=0.3, CHAOS_SEED)
	DATAMESH_CHAOS_SECONDS=$(or $(CHAOS_SECONDS),300) DATAMESH_CHAOS_FAULTS=$(or $(CHAOS_FAULTS),0.3) \
		$(if $(CHAOS_SEED),DATAMESH_CHAOS_SEED=$(CHAOS_SEED)) $(CARGO) test $(LOCKED) --workspace --test chaos -- --nocapture

.PHONY: sim
sim: ## Play the runtime under the deterministic simulator (SEEDS=1000, FROM=1; EVERY_COMMIT=1 dies at each commit, POISONED=1 has nothing but a poison)
	$(CARGO) run $(LOCKED) --release --quiet -p datamesh-sim --bin sim -- --seeds $(or $(SEEDS),1000) --from $(or $(FROM),1) $(if $(EVERY_COMMIT),--every-commit) $(if $(POISONED),--poisoned)

.PHONY: acceptance
acceptance: ## Play what was promised of access with the process dying after each commit in turn, for many minutes
	ulimit -n "$$(ulimit -Hn)" && DATAMESH_EVERY_COMMIT=1 $(CARGO) test $(LOCKED) --workspace --test access -- --nocapture

.PHONY: bench
bench: ## Measure: durable commands in process and over REST, beside their bare bounds
	$(CARGO) build $(LOCKED) --release -p datamesh-node --bins -p datamesh-bench
	$(TARGET_DIR)/release/datamesh-bench

.PHONY: bench-peers
bench-peers: ## The same load on Restate and FastAPI too (below target/peers; needs Node.js and Python 3)
	$(CARGO) build $(LOCKED) --release -p datamesh-node --bins -p datamesh-bench
	@CARGO="$(CARGO)" bench/peers/install.sh "$(TARGET_DIR)/peers"
	BENCH_ONLY=peers BENCH_PEERS="$(TARGET_DIR)/peers" $(TARGET_DIR)/release/datamesh-bench

.PHONY: bench-growth
bench-growth: ## How cost grows: events in the journal, entities in memory, pending work (needs 3 GB of disk)
	$(CARGO) build $(LOCKED) --release -p datamesh-bench
	BENCH_ONLY=growth $(TARGET_DIR)/release/datamesh-bench

.PHONY: boto3
boto3: ## Try the embedded AWS with boto3 (needs Python 3 with pip)
	$(CARGO) test $(LOCKED) --workspace --test boto3 -- --ignored --nocapture

.PHONY: fuzz
fuzz: ## Send changed requests to the embedded AWS, for minutes (FUZZ_SECONDS=600, FUZZ_SEED=1)
	FUZZ_SECONDS=$(or $(FUZZ_SECONDS),600) $(CARGO) test $(LOCKED) --workspace --test wire fuzz -- --nocapture

.PHONY: ministack
ministack: build ## Try AWS mode over a real socket against ministack (needs Python 3 with pip)
	$(CARGO) test $(LOCKED) --workspace --test ministack -- --ignored --nocapture

.PHONY: parity
parity: build ## Compare the embedded AWS with two other emulators, call by call (needs Python 3 with pip; V=-v)
	@test -x $(TARGET_DIR)/parity/boto3/bin/python || python3 -m venv $(TARGET_DIR)/parity/boto3
	@$(TARGET_DIR)/parity/boto3/bin/pip install --quiet boto3==1.44.8
	@$(TARGET_DIR)/parity/boto3/bin/python tests/parity/parity.py $(V) \
		--datamesh $(TARGET_DIR)/debug/datamesh --folder $(TARGET_DIR)/parity

.PHONY: conformance
conformance: ## Compare workflows and the embedded AWS with what was recorded from AWS (CORPUS=folder, V=-v)
	@$(CARGO) build $(LOCKED) --quiet --workspace --bin datamesh --examples
	@same=0; \
	$(TARGET_DIR)/debug/examples/cloud_conformance $(V) $(if $(VERBOSE),-v) "$(CORPUS)" || same=$$?; \
	$(TARGET_DIR)/debug/examples/conformance $(V) $(if $(VERBOSE),-v) --eval "$(EVAL)" "$(CORPUS)" || same=$$?; \
	exit $$same

.PHONY: audit
audit: ## Licences, bans, advisories, unused dependencies (installs cargo-deny and cargo-machete first)
	$(CARGO) install --locked cargo-deny cargo-machete
	$(CARGO) deny check licenses bans sources
	$(CARGO) machete
