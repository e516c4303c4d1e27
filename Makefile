# `make` alone lists the targets. Everything is installed into the clone: .venv for the toolkit, .venv-server for Label Studio.
PYTHON ?= python3
UV = .venv/bin/uv
ANNOTATE = .venv/bin/annotate
export UV_PYTHON_DOWNLOADS = never

.DEFAULT_GOAL := help
.PHONY: help setup demo test postgresql soak check format lint types imports lock expected

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  make STEP       Run a step of the pipeline: $(STEPS); words for it in ARGS=\"…\""

# The pipeline's steps are the command's own: `make ingest ARGS="articles/"` is `annotate ingest articles/`.
STEPS = init pool sample ingest import stories split studio push migrate pull history restore forget agree discuss adjudicate gold trace export \
	verify rehydrate convert compare score baseline schema doctor
.PHONY: $(STEPS)
$(STEPS): .venv/ready .venv-server/ready
	$(ANNOTATE) $@ $(ARGS)

setup: .venv/ready .venv-server/ready ## Install the toolkit and Label Studio into the clone

demo: .venv/ready .venv-server/ready ## Run the whole line on the bundled corpus (KEEP=1 leaves Label Studio running)
	$(ANNOTATE) demo $(if $(KEEP),--keep)

test: .venv/ready .venv-server/ready ## Run all tests, those against the real Label Studio included
	.venv/bin/pytest $(ARGS)

check: lint types imports test postgresql ## What CI runs: format, lint, types, import contracts, tests, push and pull on PostgreSQL

postgresql: .venv/ready .venv-server/ready ## Run the tests of push and pull against Label Studio on PostgreSQL
	.venv/bin/pytest --postgresql tests/test_push.py tests/test_push_doubles.py tests/test_pull.py

soak: .venv/ready .venv-server/ready ## Push through 200 seeded failures of network, server and process
	.venv/bin/pytest --soak 200 tests/test_push_faults.py

format: .venv/ready ## Put the code into shape
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

lint: .venv/ready ## Check format and lint
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .

types: .venv/ready ## Check types, tests too
	.venv/bin/mypy

imports: .venv/ready ## Check that imports go one way
	.venv/bin/lint-imports

expected: .venv/ready ## Simulate 1,000 corpora anew for what the demo's agreement should be
	.venv/bin/python -m annotate.demo.expect schemas/event-stance/schema.yaml

lock: .venv/ready ## Renew the pinned versions (names, versions and hashes alone)
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --upgrade \
		pyproject.toml --extra studio --extra corpus --extra cluster --extra formats --extra baseline --group dev -o requirements/toolkit.txt
	echo 'label-studio==1.23.2' | $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate \
		--no-header --upgrade - -o requirements/server.txt

# Each environment is ready when its mark is newer than what it is made from; one that was interrupted has no mark.
.venv/ready: requirements/toolkit.txt pyproject.toml
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	test -x $(UV) || .venv/bin/python -m pip install --quiet uv
	$(UV) pip install --quiet --python .venv/bin/python --require-hashes -r requirements/toolkit.txt
	$(UV) pip install --quiet --python .venv/bin/python --no-deps --editable .
	touch $@

.venv-server/ready: requirements/server.txt | .venv/ready
	test -x .venv-server/bin/python || $(UV) venv --quiet --python .venv/bin/python .venv-server
	$(UV) pip install --quiet --python .venv-server/bin/python --require-hashes -r requirements/server.txt
	touch $@
