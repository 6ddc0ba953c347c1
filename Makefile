# Everything that is done with this project, by name. `make help` lists it.

.DEFAULT_GOAL := help
.PHONY: help install build release test demo compare chaos cluster simulate bench-recovery fuzz lint format clean

help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: ## Install the Debian packages that are missing
	@deploy/install.sh

build: install ## Build everything for debugging
	swift build

release: install ## Build everything for use
	swift build -c release

test: ## Run all tests, on a broker of their own or on KAFKA_BOOTSTRAP_SERVERS
	@deploy/install.sh test
	swift build --build-tests
	swift test --disable-xctest --skip-build $(if $(FILTER),--filter $(FILTER))

demo: release ## Run the whole system and audit it (COMMANDS=20000 STRATEGY=compensate|reserve|derived|mixed KILL=service DECLARATION=file)
	@deploy/demo.sh

compare: release ## Measure all strategies side by side, and make a page of it (COMMANDS=10000 RATE=500 SEED=1 DECLARATION=file)
	@deploy/compare.sh

chaos: release ## Break everything at random, then audit (SEED= MINUTES=2 GUARANTEE=exactly-once BOOTSTRAP= KINDS= SERVICES= NODES=)
	.build/release/chaos $(if $(SEED),--seed $(SEED)) --minutes $(or $(MINUTES),2) \
	  --delivery-guarantee $(or $(GUARANTEE),exactly-once) $(if $(BOOTSTRAP),--bootstrap-servers $(BOOTSTRAP)) \
	  $(if $(KINDS),--kinds $(KINDS)) $(if $(SERVICES),--services $(SERVICES)) $(if $(NODES),--nodes $(NODES))

cluster: release ## Nodes that die, roll and lose their lead, one at a time, with bounds (SCENARIO= GUARANTEE= RATE= REGISTRATIONS=)
	.build/release/chaos scenario $(SCENARIO) $(if $(GUARANTEE),--delivery-guarantee $(GUARANTEE)) \
	  $(if $(RATE),--rate $(RATE)) $(if $(REGISTRATIONS),--registrations $(REGISTRATIONS))

simulate: install ## Run whole deployments in virtual time (SEED=one to look at, or RUNS=1000 or SECONDS=, GUARANTEE= TRACE=yes PLANT=)
	swift build -c release --product simulate
	.build/release/simulate $(if $(SEED),--seed $(SEED)) $(if $(RUNS),--runs $(RUNS)) $(if $(SECONDS),--seconds $(SECONDS)) \
	  $(if $(GUARANTEE),--guarantee $(GUARANTEE)) $(if $(TRACE),--trace) $(if $(PLANT),--plant $(PLANT))

bench-recovery: release ## Start each service with empty and with current state (EVENTS=1000000 GUARANTEE=exactly-once)
	@deploy/bench-recovery.sh

fuzz: ## Try hostile input for a while (SECONDS=600 TARGET="frames records journal broker compression messages files")
	@SECONDS_TO_RUN=$(or $(SECONDS),600) TARGET="$(TARGET)" deploy/fuzz.sh

lint: ## Check the style of the code
	@deploy/install.sh lint
	swift format lint --strict --parallel --recursive Package.swift Sources Tests Fuzzing
	shellcheck deploy/*.sh .ci/run

format: ## Format the code
	swift format --in-place --parallel --recursive Package.swift Sources Tests Fuzzing

clean: ## Remove what building and running made
	rm -rf .build demo-output compare-output chaos-output scenario-output bench-output state
