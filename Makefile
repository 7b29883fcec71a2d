# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#   make demo     compile the example network, classify its test split, compare with PyTorch
#   make test     build everything, run every test; ends in ctest's summary
#   make test-onnx  ONNX's own test models; prints what passes by family, writes docs/onnx-coverage.md
#   make test-onnx-roundtrip  every model of libonnx-testdata through MLIR and back, a process per step
#   make test-export  what --emit=onnx writes, of models and of random mixings, in ONNX's checker and ONNX Runtime
#                 (wants extras)
#   make test-operators  random cases of every operator against onnx's reference (wants extras)
#   make fuzz     the fuzzer of command streams, for SECONDS=60
#   make build    leave the tools in build/bin/
#   make docs     the reference of operations and passes, in build/docs/index.md
#   make format   clang-format-22 over the sources
#   make extras   PyTorch and what else python/ and benchmarks/ need, in build/extras
#   make bench    FNet-base and BERT-base side by side with ONNX Runtime (wants extras and an idle machine)
#
# Each starts from whatever is there: it installs missing Debian packages, configures, builds what it needs, runs.
# Another MLIR 22.1:  make build PACKAGES= MLIR_DIR=<prefix>/lib/cmake/mlir CC=clang CXX=clang++
# JOBS=n limits the build to n processes.

BUILD    := build
MLIR_DIR := /usr/lib/llvm-22/lib/cmake/mlir
PACKAGES := clang-22 lld-22 llvm-22-dev llvm-22-tools libmlir-22-dev mlir-22-tools libomp-22-dev \
            cmake ninja-build ccache zlib1g-dev libonnx-dev libprotobuf-dev protobuf-compiler \
            libtomlplusplus-dev libgtest-dev libonnx-testdata

# make's own defaults (cc, c++) are not what we mean; what the user says is.
ifeq ($(origin CC),default)
CC := clang-22
endif
ifeq ($(origin CXX),default)
CXX := clang++-22
endif
# Debian's CMake, also where another one stands before it in PATH.
CMAKE := $(firstword $(wildcard /usr/bin/cmake) cmake)
NINJA := ninja -C $(BUILD) $(if $(JOBS),-j$(JOBS))
# The build has a precompiled header, which ccache takes only with these, and only without its time stamps.
CCACHE := env;CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime;ccache
STAMPS := $(if $(findstring clang,$(CXX)),-Xclang -fno-pch-timestamp)

.DEFAULT_GOAL := build
.PHONY: build docs demo test test-onnx test-onnx-roundtrip test-export packages configure format extras bench test-operators fuzz

build: configure
	$(NINJA) tools/all

docs: configure
	$(NINJA) docs

demo: configure
	$(NINJA) fourmix-compile fnet-sentiment
	@examples/fnet-sentiment/demo.sh $(BUILD)

test: configure
	$(NINJA)
	cd $(BUILD) && ctest --output-on-failure -j$(or $(JOBS),$(shell nproc))

# Fails where a test of the list passes no more; new ones join the list.
SUITE := test/Integration/OnnxSuite
test-onnx: configure
	$(NINJA) onnx-suite
	@mkdir -p docs
	$(BUILD)/$(SUITE)/onnx-suite $(if $(JOBS),--jobs=$(JOBS)) --check=$(SUITE)/passing.txt \
	  --update=$(SUITE)/passing.txt --report=docs/onnx-coverage.md

test-onnx-roundtrip: configure
	$(NINJA) fourmix-translate
	sh test/Export/ONNX/round-trip.sh $(BUILD)/bin/fourmix-translate /usr/share/libonnx-testdata test/models ../shared/models

# What --emit=onnx writes, in onnx's checker and ONNX Runtime. PYTHON names another Python than that of the extras.
PYTHON := $(BUILD)/extras/bin/python
test-export: configure
	$(NINJA) fourmix-compile fourmix-opt fourmix-translate
	@[ -x "$$(command -v $(PYTHON))" ] || $(MAKE) extras
	$(PYTHON) python/check_export.py $(BUILD)/bin test/models ../shared/models
	$(PYTHON) python/export_cases.py $(BUILD)/bin --seed $(or $(SEED),0)

# Random cases of every operator against onnx's reference evaluator. SEED=n draws others.
test-operators: configure
	$(NINJA) onnx-suite
	@[ -x "$$(command -v $(PYTHON))" ] || $(MAKE) extras
	rm -rf $(BUILD)/operator-cases
	$(PYTHON) python/operator_cases.py $(BUILD)/operator-cases --seed $(or $(SEED),0)
	$(BUILD)/$(SUITE)/onnx-suite $(if $(JOBS),--jobs=$(JOBS)) --data=$(BUILD)/operator-cases -v --all-pass \
	  --rtol=1e-5 --atol=1e-5

# New finds go to build/fuzz; test/fuzz/corpus is where it starts.
fuzz: configure
	@$(MAKE) -s packages PACKAGES=libclang-rt-22-dev
	$(CMAKE) -DFOURMIX_FUZZ=ON $(BUILD) > /dev/null
	$(NINJA) fuzz-command-stream
	@mkdir -p $(BUILD)/fuzz
	cd $(BUILD)/fuzz && ../test/fuzz/fuzz-command-stream -max_total_time=$(or $(SECONDS),60) -max_len=16384 -timeout=20 \
	  -detect_leaks=0 -entropic=0 -print_final_stats=1 . $(CURDIR)/test/fuzz/corpus

configure: $(BUILD)/build.ninja

$(BUILD)/build.ninja: | packages
	$(CMAKE) -G Ninja -S . -B $(BUILD) -DMLIR_DIR=$(MLIR_DIR) -DLLVM_USE_LINKER=lld \
	  -DCMAKE_C_COMPILER=$(CC) -DCMAKE_CXX_COMPILER=$(CXX) "-DCMAKE_CXX_FLAGS=$(STAMPS)" \
	  "-DCMAKE_C_COMPILER_LAUNCHER=$(CCACHE)" "-DCMAKE_CXX_COMPILER_LAUNCHER=$(CCACHE)"

# Installs what is missing: directly as root, with sudo otherwise, or says what to run.
packages:
	@missing=; for p in $(PACKAGES); do \
	  [ "$$(dpkg-query -W -f '$${db:Status-Status}' $$p 2>/dev/null)" = installed ] || missing="$$missing $$p"; done; \
	[ -n "$$missing" ] || exit 0; \
	install="apt-get install -y --no-install-recommends$$missing"; \
	if ! command -v apt-get >/dev/null; then \
	  echo "no apt-get here: install what these Debian packages hold, then 'make PACKAGES= MLIR_DIR=...':$$missing"; exit 1; fi; \
	echo "installing:$$missing"; \
	if [ "$$(id -u)" = 0 ]; then export DEBIAN_FRONTEND=noninteractive; apt-get update -q && $$install -q; \
	elif command -v sudo >/dev/null && sudo apt-get update -q && sudo DEBIAN_FRONTEND=noninteractive $$install -q; then :; \
	else echo "run this as root, then make again:"; echo "  apt-get update && $$install"; exit 1; fi

format:
	@$(MAKE) -s packages PACKAGES=clang-format-22
	clang-format-22 -i $$(git ls-files '*.cpp' '*.h' '*.c')

extras:
	@$(MAKE) -s packages PACKAGES=python3-venv
	python3 -m venv $(BUILD)/extras
	$(BUILD)/extras/bin/pip install -q -r python/requirements.txt

bench: build extras
	[ -e $(BUILD)/bench/bert_base/model.onnx ] || $(BUILD)/extras/bin/python benchmarks/export_base.py $(BUILD)/bench
	$(BUILD)/extras/bin/python benchmarks/side_by_side.py $(BUILD)/bench --binaries $(BUILD)/bin
