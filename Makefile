# `make demo` makes a project and trains it, `make test` tests the template, `make test-all` with the slow tests,
# `make bench` measures (DATA=<folder with MNIST/raw>, else on the digits; WRITE=1: into docs/benchmarks.md).
# Needed: Python 3.11 or newer, git, make. uv is taken from the PATH, or fetched into .tools.
PYTHON ?= python3
UV := $(or $(shell command -v uv),$(CURDIR)/.tools/bin/uv)
export UV
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/build/env# one environment for every baked project
unexport VIRTUAL_ENV PYTHONDONTWRITEBYTECODE# each process would compile torch again
bench: export PYTHONPATH := .:$(CURDIR)/benchmarks
bench: export DATA := $(if $(DATA),$(abspath $(DATA)))

.PHONY: demo test test-all bench check lock

demo: .venv/ready
	rm -rf build/demo
	.venv/bin/cookiecutter . --config-file configs/default.yaml --no-input --output-dir build/demo
	cd build/demo/my-project && $(UV) run --quiet train.py

test: check
	.venv/bin/pytest

test-all: check
	.venv/bin/pytest -m ""

BENCHMARKS := startup step pipeline shards images memory predict serve
bench: .venv/ready
	rm -rf build/bench/project
	.venv/bin/cookiecutter . --config-file configs/default.yaml --no-input --output-dir build/bench/project serve=true
	cd build/bench/project/my-project && $(foreach name,$(BENCHMARKS),$(UV) run --quiet python $(CURDIR)/benchmarks/$(name).py &&) true

check: .venv/ready
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy tests
	.venv/bin/mypy hooks/pre_gen_project.py
	.venv/bin/mypy hooks/post_gen_project.py

lock: $(UV)
	$(UV) pip compile --quiet --universal --upgrade --group dev --no-header pyproject.toml --output-file requirements.lock

.venv/ready: requirements.lock | $(UV)
	$(UV) venv --quiet --clear .venv
	$(UV) pip sync --quiet --python .venv requirements.lock
	touch $@

$(CURDIR)/.tools/bin/uv:
	$(PYTHON) -m pip install --quiet --target .tools uv
