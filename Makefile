# Short names for what CMake, Ninja and CTest do. `make help` lists them.
#
#   PREFIX=/usr/local DESTDIR=  for install
#   QUIRE_SETUP=skip            install no missing packages
#   RECORDING=traces/boot-up    what the demo replays
#   FUZZ_SECONDS=60             per fuzz target
PREFIX ?= /usr/local
DESTDIR ?=
RECORDING ?= traces/boot-up
FUZZ_SECONDS ?= 60
CTEST_FLAGS ?=
.DEFAULT_GOAL := all

# $(call configure,PRESET,FOLDER): quiet unless it fails
configure = mkdir -p $(2) && { cmake --preset $(1) > $(2)/configure.log 2>&1 || { cat $(2)/configure.log; exit 1; }; }

all: ## build build/bin/quire and build/bin/quire-bench (release)
	@tools/setup.sh build
	@$(call configure,release,build)
	@ninja -C build

demo: all ## replay a real kernel's page trace from boot, print the report, write build/demo.html
	@build/bin/quire replay $(RECORDING) --html build/demo.html
	@echo "Open it: file://$(CURDIR)/build/demo.html"

test: ## run all tests under AddressSanitizer and UBSan
	@tools/setup.sh test
	@$(call configure,debug,build/debug)
	@ninja -C build/debug
	@ctest --preset debug $(CTEST_FLAGS)

check: ## everything tools/check knows, formatters and linters included
	@tools/setup.sh check
	@tools/check/run all

check-quick: ## what takes seconds (a hook before a commit): compiles only what changed
	@tools/check/run quick

bench: ## measure Quire beside its peers, ratios in one run
	@tools/setup.sh bench
	@$(MAKE) --no-print-directory all
	@build/bin/quire-bench page
	@build/bin/quire-bench slab
	@build/bin/quire-bench xarray
	@build/bin/quire-bench vm

tsan: ## stress tests under ThreadSanitizer
	@tools/setup.sh test
	@$(call configure,tsan,build/tsan)
	@ninja -C build/tsan tests_stress
	@ctest --preset tsan $(CTEST_FLAGS)

# Without cli_inspect and cli_kunit: what they compare are stacks of optimised programs, and programs of
# another compiler than the library's.
coverage: ## lines of src/ that the tests reach; fails below 90 %
	@tools/setup.sh coverage
	@$(call configure,coverage,build/coverage)
	@ninja -C build/coverage
	@find build/coverage -name '*.gcda' -delete
	@ctest --preset coverage $(CTEST_FLAGS)
	@gcovr --root . --filter src/ --object-directory build/coverage --exclude-throw-branches \
		--html-details build/coverage/index.html --print-summary --fail-under-line 90 build/coverage

fuzz: ## run each fuzz target for FUZZ_SECONDS (60)
	@tools/setup.sh test
	@$(call configure,fuzz,build/fuzz)
	@ninja -C build/fuzz fuzz_targets
	@tools/fuzz.sh build/fuzz/fuzz $(FUZZ_SECONDS)

freestanding: ## compile src/ without any libc header for x86_64, aarch64 and riscv64
	@tools/setup.sh check
	@tools/check/run freestanding

install: all ## install below $(DESTDIR)$(PREFIX)
	@cmake -S . -B build -DCMAKE_INSTALL_PREFIX=$(PREFIX) > build/configure.log || { cat build/configure.log; exit 1; }
	@DESTDIR=$(DESTDIR) cmake --install build

format: ## bring every C file into the form of .clang-format
	@git ls-files '*.c' '*.h' | xargs clang-format -i

setup: ## install what the build and the tests need
	@tools/setup.sh build test check

clean: ## remove build/
	@rm -rf build

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

.PHONY: all demo test check check-quick bench tsan coverage fuzz freestanding install format setup clean help
