# Two commands matter: `make lab` opens the course, `make test` proves it. `make check` is for who changes it.
PYTHON ?= python3
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
PARITY := $(VENV)-parity/Scripts
BENCH := $(VENV)-bench/Scripts
DOORS := $(VENV)-doors/Scripts
WEB := $(VENV)-book/Scripts
else
BIN := $(VENV)/bin
PARITY := $(VENV)-parity/bin
BENCH := $(VENV)-bench/bin
DOORS := $(VENV)-doors/bin
WEB := $(VENV)-book/bin
endif
# JupyterLab refuses to run as root (in a container, say) unless told
ROOT_ARGS := $(shell [ "$$(id -u 2>/dev/null)" = 0 ] && echo --allow-root)
LAB_ARGS ?=
# where PyTorch is wanted, its CPU build
CPU := --constraint constraints.txt --constraint constraints-cpu.txt

.PHONY: lab test check nbval guards sweep planted mutants versions oldest newest parity doors bench book e2e accept notebooks format clean

lab: $(VENV)/.ready
	$(BIN)/python -m jupyterlab $(ROOT_ARGS) $(LAB_ARGS) notebooks/00_start_here.ipynb

# a process a core
test: $(VENV)/.ready
	$(BIN)/python -m pytest -n auto --dist worksteal

# all that guards what guards the course; some forty minutes on two cores
check: guards planted mutants sweep versions parity doors

# the pages as a reader's own CI runs them; loadfile, because the cells of a notebook share a kernel
nbval: $(VENV)/.ready
	$(BIN)/python -m pytest --nbval -n auto --dist loadfile notebooks

# the slow tests, and those that generate their cases with many of them
guards: $(VENV)/.ready
	$(BIN)/python -m pytest -n auto --dist worksteal -m "complete or hypothesis" --hypothesis-profile complete

# every page with every kernel, with vector units and without, with one thread and two, with rounding noise
sweep: $(VENV)/.ready
	$(BIN)/python tests/sweep.py

# breaks the pages on purpose, and names every wrong that no test notices
planted: $(VENV)/.ready
	$(BIN)/python tests/planted.py

# breaks the package on purpose and counts what the tests notice
mutants: $(VENV)/.ready
	$(BIN)/python tests/mutants.py

# the oldest versions that are allowed, and the newest there are, each in an environment of its own
versions: oldest newest
oldest: RESOLUTION := lowest-direct
newest: RESOLUTION := highest
oldest newest:
	@$(PYTHON) -m venv $(VENV)-$@
	@$(VENV)-$@/$(notdir $(BIN))/python -m pip install --quiet --disable-pip-version-check uv
	@$(VENV)-$@/$(notdir $(BIN))/python -m uv pip install --quiet --upgrade --resolution $(RESOLUTION) --editable '.[test]'
	$(VENV)-$@/$(notdir $(BIN))/python -m pytest -n auto --dist worksteal --ignore tests/test_style.py

# layers, losses and optimizers beside PyTorch, in an environment of its own
parity:
	@$(PYTHON) -m venv $(VENV)-parity
	@if $(PARITY)/python -m pip install --quiet --disable-pip-version-check \
		$(CPU) --editable '.[parity]'; then \
		$(PARITY)/python -m pytest -o addopts= tests/test_parity.py; \
	else \
		echo "parity skipped: no CPU build of PyTorch for this Python and platform is to be had"; \
	fi

# the doors to PyTorch, scikit-learn and Dask, with the real libraries, in an environment of its own;
# the variable lets scikit-learn run the last of its checks
doors:
	@$(PYTHON) -m venv $(VENV)-doors
	@$(DOORS)/python -m pip install --quiet --disable-pip-version-check \
		$(CPU) --editable '.[doors]'
	SCIPY_ARRAY_API=1 $(DOORS)/python -m pytest -o addopts=--doctest-modules tests/doors nnbook/interop
	$(DOORS)/python -m pytest -o addopts=--nbval --nbval-current-env --nbval-cell-timeout=300 \
		notebooks/15a_pytorch.ipynb notebooks/15b_parallel_training.ipynb
	$(DOORS)/python -m pytest -o addopts= tests/test_pages.py -k "15a_ or 15b_"

# every network of the course beside PyTorch, JAX and scikit-learn; takes some three minutes, and
# wants a machine with nothing else to do
bench:
	@$(PYTHON) -m venv $(VENV)-bench
	@$(BENCH)/python -m pip install --quiet --disable-pip-version-check \
		$(CPU) --editable '.[bench]'
	@$(BENCH)/python -m benchmarks

# the web edition in _build/html, from the committed notebooks; npm brings what draws the formulas
book: $(VENV)-book/.ready
	$(WEB)/python -m book

# the web edition and JupyterLab in Chromium, which the system has to bring
e2e: book
	$(WEB)/python -m pytest -o addopts= -n auto --dist loadfile e2e

$(VENV)-book/.ready: pyproject.toml constraints.txt book/package.json
	@$(PYTHON) -m venv $(VENV)-book
	@$(WEB)/python -m pip install --quiet --disable-pip-version-check \
		--constraint constraints.txt --editable '.[e2e]'
	@npm ci --prefix book --no-audit --no-fund --silent
	@touch $@

# executes the pages whose names begin so, and takes over what they say now: make accept PAGE=08a
accept: $(VENV)/.ready
	$(BIN)/python tests/accept.py $(PAGE)

notebooks: $(VENV)/.ready
	$(BIN)/python tests/execute_notebooks.py

format: $(VENV)/.ready
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

clean:
	rm -rf $(VENV) $(VENV)-parity $(VENV)-bench $(VENV)-doors $(VENV)-book $(VENV)-oldest $(VENV)-newest book/node_modules _build

# the environment, made anew when what it depends on changed; uv is faster where it is at hand
$(VENV)/.ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "nnbook needs Python 3.11 or newer; try: make PYTHON=python3.12"; exit 1; }
	@echo "setting up $(VENV), which takes a minute or two"
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --allow-existing --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" $(VENV) && \
		uv pip install --quiet --python $(VENV) --constraint constraints.txt --editable '.[test]'; \
	else \
		$(PYTHON) -m venv $(VENV) && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'; \
	fi
	@touch $@
