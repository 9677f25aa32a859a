# Short names for what CMake, Ninja and CTest do. `make help` lists them.
BUILD ?= build
all: ## build the command and the libraries (release)
	@cmake -S . -B $(BUILD) -G Ninja -DCMAKE_BUILD_TYPE=Release > $(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }
	@ninja -C $(BUILD)
.PHONY: all
