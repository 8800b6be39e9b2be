# make demo   the main job on simulated hospitals: set-up, train, evaluate, report
# make demo-detection   the same for lesions in CT volumes
# make test   set-up, then every gate
# make check  format, lint, words, types, import contracts, the core alone, tests, doctests, coverage
# make hooks  the same gates at every commit and push
# make site   the documentation, into site/
# make lowest, make latest   the tests with the oldest and the newest versions of what we need
# make release   wheels, sources and the list of their dependencies with licences, into dist/
# make bench  speed, as ratios against the plain alternative (ROWS="loss store": only these)
# make torture   kill, pause, starve and deny commands at every file-changing call (EVERY=5: some),
#                then two at once, a small disk (as root), and inputs with changed bytes
# make bench-peers   speed and memory beside other packages, in an environment of their own
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DEMO   ?= demo
PEERS  := .venv-peers

.PHONY: demo demo-detection test check hooks format lint words types contracts core tests site release lowest latest bench torture bench-peers clean
.DELETE_ON_ERROR:

$(VENV)/.ready: pyproject.toml phantoms/pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "labelassemble needs Python 3.11 or newer; run: make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]' -e ./phantoms
	touch $@

demo: $(VENV)/.ready
	$(BIN)/labelassemble demo --output $(DEMO)

demo-detection: $(VENV)/.ready
	$(BIN)/labelassemble demo --region abdomen --output $(DEMO)

hooks: $(VENV)/.ready
	$(BIN)/pre-commit install

test: $(VENV)/.ready
	$(MAKE) check

check: format lint words types contracts core tests

format: $(VENV)/.ready
	$(BIN)/ruff format --check src phantoms tests benchmarks docs/site_hooks.py docs/tutorials

lint: $(VENV)/.ready
	$(BIN)/ruff check src phantoms tests benchmarks docs/site_hooks.py docs/tutorials

# Common misspellings, and words that we gave up for others (words_given_up.txt).
words: $(VENV)/.ready
	git ls-files -z | xargs -0 $(BIN)/codespell

types: $(VENV)/.ready
	$(BIN)/mypy

contracts: $(VENV)/.ready
	$(BIN)/lint-imports --no-cache

# Shapes are executed: beartype checks every jaxtyping annotation of the package during the tests.
# One thread a worker: two workers with two threads each would wait for each other on two cores.
# In the order of files: what comes last are the doctests, small enough to fill both workers.
# What Python compiles is kept, whatever the environment says: each worker imports all there is.
tests: $(VENV)/.ready $(VENV)/nnunet/.ready $(VENV)/web/.ready $(VENV)/ohif/.ready $(VENV)/mlflow/.ready $(VENV)/moto/.ready
	LABELASSEMBLE_NNUNET=$(abspath $(VENV)/nnunet/bin/python) \
	  LABELASSEMBLE_WEB=$(abspath $(VENV)/web/node_modules/onnxruntime-web/dist) \
	  LABELASSEMBLE_MLFLOW=$(abspath $(VENV)/mlflow/bin/mlflow) \
	  LABELASSEMBLE_MOTO=$(abspath $(VENV)/moto/bin/moto_server) \
	  LABELASSEMBLE_OHIF=$(abspath $(VENV)/ohif/package/dist) \
	  OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest \
	  -n 2 --dist loadscope --no-loadscope-reorder --cov --cov-report= \
	  -p tests.executed_shapes
	$(BIN)/coverage report --fail-under=95
	$(BIN)/coverage report --include='*/losses/*,*/model/adapter.py' --fail-under=100 --format=total

# What needs neither torch nor phantoms, in an environment without them.
core: $(VENV)/.ready $(VENV)/core/.ready
	LABELASSEMBLE_CORE=$(abspath $(VENV)/core/bin/python) $(BIN)/python -m pytest -q -n 2 tests/test_core.py

# As it is published: the wheel that is built from the packed source.
$(VENV)/core/.ready: $(VENV)/.ready pyproject.toml constraints.txt $(shell git ls-files src)
	test -x $(VENV)/core/bin/python || $(PYTHON) -m venv $(VENV)/core
	rm -rf $(VENV)/dist && $(BIN)/python -m build --outdir $(VENV)/dist . > $(VENV)/build.log || { cat $(VENV)/build.log; exit 1; }
	$(VENV)/core/bin/pip install --quiet --disable-pip-version-check -c constraints.txt $(VENV)/dist/*.whl
	$(VENV)/core/bin/pip install --quiet --disable-pip-version-check --no-deps --force-reinstall $(VENV)/dist/*.whl
	touch $@

# What is published, in dist/: sources, wheels, and the list of all that they need with versions and
# licences (CycloneDX); tried in an environment of their own, and asked of known weaknesses where
# those who tell them can be reached.
USES   := train,dicom,deploy,serve,hdf5,hf,hub,imagenet,mlflow,pandas,phantoms,s3,slurm,tensorboard
release: $(VENV)/.ready
	rm -rf dist $(VENV)/release
	$(BIN)/python -m build --outdir dist . && $(BIN)/python -m build --outdir dist phantoms
	$(PYTHON) -m venv $(VENV)/release && $(PYTHON) -m venv $(VENV)/release-tools
	$(VENV)/release/bin/pip install --quiet -c constraints.txt torch
	$(VENV)/release/bin/pip install --quiet -c constraints.txt --find-links dist 'labelassemble[$(USES)]'
	$(VENV)/release/bin/labelassemble doctor
	$(VENV)/release-tools/bin/pip install --quiet cyclonedx-bom==7.5.0 pip-audit==2.10.1
	$(VENV)/release-tools/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
	  --of JSON -o dist/sbom.cdx.json $(VENV)/release/bin/python
	-$(VENV)/release-tools/bin/pip-audit --path $$($(VENV)/release/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')

# nnU-Net's own checks. Its requirements name torchvision, which its checks do not import: here it
# stands alone, on top of what $(VENV) has.
$(VENV)/nnunet/.ready: $(VENV)/.ready tests/export/nnunet.txt
	$(PYTHON) -m venv $(VENV)/nnunet
	$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > "$$($(VENV)/nnunet/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/above.pth"
	$(VENV)/nnunet/bin/pip install --quiet --disable-pip-version-check --no-deps -r tests/export/nnunet.txt
	touch $@

# The runtime of the page that export-model writes, which a browser computes with, and what tells
# whether a screen reader can read the page of serve.
$(VENV)/web/.ready: $(VENV)/.ready tests/deploy/package.json
	mkdir -p $(VENV)/web && cp tests/deploy/package.json $(VENV)/web/
	if command -v npm > /dev/null; then \
	  npm install --prefix $(VENV)/web --ignore-scripts --no-audit --no-fund --silent && touch $@; \
	else echo "no npm: the page that export-model writes is not tested, nor that of serve by a screen reader"; fi

# A server that runs log to, which needs other versions than we do.
$(VENV)/mlflow/.ready: $(VENV)/.ready
	$(PYTHON) -m venv $(VENV)/mlflow
	$(VENV)/mlflow/bin/pip install --quiet --disable-pip-version-check mlflow==3.17.2
	touch $@

# A server of objects as Amazon's, which needs other versions than we do.
$(VENV)/moto/.ready: $(VENV)/.ready
	$(PYTHON) -m venv $(VENV)/moto
	$(VENV)/moto/bin/pip install --quiet --disable-pip-version-check 'moto[server]==5.2.5'
	touch $@

# A viewer of DICOM studies, whose own dependencies are bundled in it.
$(VENV)/ohif/.ready: $(VENV)/.ready
	if command -v npm > /dev/null; then \
	  mkdir -p $(VENV)/ohif && cd $(VENV)/ohif && npm pack -s @ohif/app@3.13.2 \
	  | xargs tar --exclude='package/dist/ort' --exclude='package/dist/dicom-microscopy-viewer' -xzf \
	  && touch .ready; \
	else echo "no npm: the viewer of serve is not tested"; fi

bench: $(VENV)/.ready
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m benchmarks $(ROWS)

torture: $(VENV)/.ready
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.torture
	OMP_NUM_THREADS=1 $(BIN)/python -W ignore -m benchmarks.torture.pairs
	if [ "$$(id -u)" = 0 ]; then OMP_NUM_THREADS=1 $(BIN)/python -W ignore -m benchmarks.torture.disk; fi
	POLARS_MAX_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -W ignore -m benchmarks.mutations

$(PEERS)/.ready: benchmarks/peers/requirements.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/pip install --quiet --disable-pip-version-check -r benchmarks/peers/requirements.txt
	touch $@

bench-peers: $(VENV)/.ready $(PEERS)/.ready
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m benchmarks.peers $(ROWS)

# tests/docs builds it too, and holds its links, blocks and notebooks.
site: $(VENV)/.ready
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# The oldest versions that pyproject.toml allows, and the newest that there are, each resolved anew
# into an environment of its own. torch, which is large, stays at the version of constraints.txt
# unless TORCH names another; TESTS names the tests.
TORCH ?= $(shell sed -n 's/^torch==//p' constraints.txt)
TESTS ?= tests src phantoms/src
RESOLUTION_lowest := lowest-direct
RESOLUTION_latest := highest

lowest latest: $(VENV)/.ready
	echo "torch==$(TORCH)" > .venv-$@.torch
	$(BIN)/uv pip compile --quiet --no-header --no-annotate --extra dev --python $(PYTHON) \
	  --resolution $(RESOLUTION_$@) --constraint .venv-$@.torch --output-file .venv-$@.txt pyproject.toml
	$(BIN)/uv venv --quiet --clear --python $(PYTHON) .venv-$@
	$(BIN)/uv pip install --quiet --python .venv-$@/bin/python -c .venv-$@.txt -e '.[dev]' -e ./phantoms
	OMP_NUM_THREADS=1 .venv-$@/bin/python -m pytest -n 2 --dist loadscope $(TESTS)

clean:
	rm -rf $(VENV) .venv-* site .mypy_cache .pytest_cache .ruff_cache .coverage*
