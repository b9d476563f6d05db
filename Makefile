# Two commands set everything up: `make benchmark` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
# What the tests need; with a GPU: make EXTRAS="gpu dev" test
EXTRAS := cpu dev browser site jax dask onnx postgresql

.PHONY: benchmark test lint slow soak fuzz peers site bench verify pictures docs constraints clean

benchmark: .venv/installed
	$(BIN)/gatewise run

test: .venv/installed
	$(BIN)/python -m pytest -m 'not slow and not soak' --numprocesses 2 --dist loadfile

slow: .venv/installed
	$(BIN)/python -m pytest -m 'slow and not soak' --numprocesses 2 --dist loadfile

soak: .venv/installed
	$(BIN)/python -m pytest -m soak -s

# Other inputs than the slow suite's, each time.
fuzz: .venv/installed
	GATEWISE_FUZZ=1 $(BIN)/python -m pytest -m slow -s tests/faults/test_fuzz.py

# PyTorch and torchrecurrent, which cells and speed are compared with. The LLVM of triton, which
# PyTorch needs for GPUs alone, and that of TensorFlow end a process that loads both.
peers: .venv/installed
	$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[speed]'
	$(BIN)/uv pip uninstall --quiet --python $(BIN)/python triton

# What a training of each task spends its time on, and how much to the committed table; both are
# measured on a quiet machine. To measure that one anew: rm docs/tasks.csv && make docs/tasks.csv
bench: .venv/installed docs/tasks.csv
	$(BIN)/gatewise speed --trainings --against docs/tasks.csv --output build/speed

docs/tasks.csv: | .venv/installed
	$(BIN)/gatewise speed --trainings --output build/speed
	cp build/speed/tasks.csv $@

# Committed numbers must come back.
verify: .venv/installed
	$(BIN)/gatewise verify --study reference --sample 3

# Of the reference study and of the store, in build/screenshots, the one in README.md and those that
# the tests compare with; after `make benchmark`, with a Chromium.
pictures: .venv/installed
	$(BIN)/python -m tests.browser.pictures --study reference
	cp build/screenshots/first-light.png docs/report.png
	$(BIN)/python -m tests.browser.test_screens

# One tree of the names that are imported, for mypy.
TYPED = benchmark report tasks $(wildcard gatewise/*.py) gatewise/py.typed
lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	mkdir -p build/typed/gatewise
	ln -sfn $(TYPED:%=../../../%) build/typed/gatewise/
	ln -sfn ../../tests ../../docs build/typed/
	MYPYPATH=build/typed $(BIN)/mypy

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; assert (3, 11) <= sys.version_info < (3, 14), "Python 3.11 to 3.13 is needed (make PYTHON=python3.12 ...), not " + sys.version'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[$(shell echo $(EXTRAS) | tr ' ' ,)]'
	touch $@

# What docs/ says of the source.
docs: .venv/installed
	$(BIN)/python -m docs.api
	$(BIN)/python -m docs.architecture

# docs/ as a site, in build/site.
site: .venv/installed
	$(BIN)/python -m sphinx -q -W --keep-going docs build/site

constraints: .venv/installed
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 $(EXTRAS:%=--extra %) --extra speed --no-header --no-annotate --no-emit-index-url pyproject.toml -o constraints.txt
	echo "uv==$$($(BIN)/uv --version | cut -d' ' -f2)" >> constraints.txt

clean:
	rm -rf .venv build *.egg-info
