#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# test_install.sh BUILD COMPILER FLAGS - what is installed can be used by others.
#
# Installs BUILD into a scratch folder, moves that folder (nothing may remember where it
# was), then builds and runs two programs against it: the example of README.md by
# pkg-config, and consumer/ by find_package. Both print the same.
set -euo pipefail
build=$1 cc=$2
read -r -a flags <<<"$3"
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cmake --install "$build" --prefix "$scratch/first" >"$scratch/log" || {
	cat "$scratch/log"
	exit 1
}
mv "$scratch/first" "$scratch/prefix"

lib=$(find "$scratch/prefix" -name libquire.a)
if nm --defined-only --extern-only "$lib" | awk 'NF == 3 && $3 !~ /^quire_/' | grep -v ' __'; then
	echo "the installed libquire.a shows the names above, which do not start with quire_"
	exit 1
fi

pc=$(dirname "$(find "$scratch/prefix" -name quire-host.pc)")
export PKG_CONFIG_PATH=$pc
[ "$(pkg-config --modversion quire)" = "$(pkg-config --modversion quire-host)" ]
awk '/^```c$/ { on = 1; next } /^```$/ { on = 0 } on' "$here/../../../README.md" \
	>"$scratch/example.c"
read -r -a cflags < <(pkg-config --cflags quire-host)
read -r -a libs < <(pkg-config --libs quire-host)
"$cc" "${flags[@]}" -Wall -Wextra -Wno-unused-parameter -Werror "${cflags[@]}" \
	"$scratch/example.c" -o "$scratch/by-pkg-config" "${libs[@]}"
"$scratch/by-pkg-config" | tee "$scratch/out"
grep -q '^allocated frame ' "$scratch/out"

CFLAGS="${flags[*]}" CC=$cc cmake -S "$here/consumer" -B "$scratch/build" \
	-DCMAKE_PREFIX_PATH="$scratch/prefix" >"$scratch/log" 2>&1 &&
	cmake --build "$scratch/build" >>"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
"$scratch/build/consumer" | cmp - "$scratch/out"

# Kernel code, by both ways.
totals='^# Totals: pass:1 fail:0 skip:0 total:1$'
read -r -a cflags < <(pkg-config --cflags quire-kernel)
read -r -a libs < <(pkg-config --libs quire-kernel)
"$cc" "${flags[@]}" -std=gnu11 -Wall -Werror "${cflags[@]}" "$here/consumer/suite.c" \
	-o "$scratch/suite" "${libs[@]}"
"$scratch/suite" | grep -q "$totals"
"$scratch/build/suite" | grep -q "$totals"

# The installed command finds the installed headers and libraries of the kernel.
unset PKG_CONFIG_PATH
cd "$here/../../../examples/ringdev"
"$scratch/prefix/bin/quire" test --cc "$cc" "${flags[@]/#/--cflag=}" ringdev.c ringdev_test.c |
	tee "$scratch/ktap" | tail -1
grep -q '^# Totals: pass:7 fail:0 skip:0 total:7$' "$scratch/ktap"
echo "installed, moved, built by pkg-config and by CMake: same output"
