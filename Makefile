# What people do with this repository. `make help` lists it.

SWIFT ?= swift
IMPORTS := --explicit-target-dependency-import-check error
# Applied to the dependencies too, which is why they stand here and not in Package.swift; reasons in ARCHITECTURE.md.
RELEASE := -c release --static-swift-stdlib -Xswiftc -enforce-exclusivity=unchecked \
	-Xswiftc -cross-module-optimization $(IMPORTS)
DEV_FLAGS ?=

.PHONY: help deps build dev test unit e2e bench format lint proto endpoints clean

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## Install the missing Debian packages that building needs.
	@Scripts/install-packages.sh build

build: deps ## Build everything for release.
	$(SWIFT) build $(RELEASE)

dev: build ## Build and start a development server: in memory, unsealed, KV version 2 at secret/.
	@exec .build/release/coffer server -dev $(DEV_FLAGS)

test: ## Install what the tests need, build, and run every test.
	@Scripts/install-packages.sh build test
	Scripts/check-generated.sh
	Scripts/lint.sh
	$(SWIFT) build --build-tests $(IMPORTS)
	$(SWIFT) test --skip-build --skip Fuzz
	@# Alone, so that the memory they look at is theirs.
	COFFER_FUZZ_ALONE=1 $(SWIFT) test --skip-build --no-parallel --filter Fuzz
	Scripts/end-to-end.sh
	@# What is shipped is built otherwise: with the standard library linked in, and optimised across modules. Left out is
	@# what builds plugins for the debug server, whose Swift libraries they load.
	$(SWIFT) build $(RELEASE)
	COFFER_BIN_DIR=.build/release Scripts/end-to-end.sh --ignore=test_plugin_init.py --ignore=test_example_plugins.py \
		-k "not test_the_example_"

unit: deps ## Run the Swift tests only.
	$(SWIFT) test --skip Fuzz $(IMPORTS)

e2e: ## Run the end-to-end tests only, against the debug build.
	@Scripts/install-packages.sh build test
	$(SWIFT) build $(IMPORTS)
	Scripts/end-to-end.sh

bench: build ## Measure the paths that matter; PEER_ADDR and PEER_TOKEN add another server.
	@Scripts/install-packages.sh bench
	Benchmarks/run.py
	Benchmarks/leases.py
	Benchmarks/plugins.py
	Benchmarks/namespaces.py
	Benchmarks/transit.py
	Benchmarks/logins.py
	Benchmarks/pki.py
	Benchmarks/kubernetes.py
	Benchmarks/database.py

format: ## Format the Swift sources.
	@git ls-files -z '*.swift' | xargs -0 $(SWIFT) format -i --configuration .swift-format

lint: ## Check the form of the Swift sources.
	Scripts/lint.sh

proto: ## Make the C messages anew from the schema.
	@Scripts/install-packages.sh build proto
	Sources/PluginProtocol/regenerate.sh

endpoints: ## Write Documentation/endpoints.md anew, from what the debug build answers.
	COFFER_WRITE_ENDPOINTS=1 Scripts/end-to-end.sh test_endpoints_document.py -n 0

clean: ## Remove what was built.
	$(SWIFT) package clean
