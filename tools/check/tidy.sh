#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tidy.sh - cppcheck and clang-tidy over src/, ports/ and tools/; .clang-tidy says which
# rules. A finding is mended, or suppressed at its line with a reason.
set -euo pipefail
cd "$(dirname "$0")/../.."
for tool in clang-tidy cppcheck cmake; do
	command -v $tool >/dev/null || { echo "tidy.sh: $tool is missing: make setup"; exit 1; }
done

build=build/tidy
mkdir -p $build
CC=clang cmake -S . -B $build -G Ninja -DCMAKE_BUILD_TYPE=Debug -DBUILD_TESTING=OFF \
	>$build/configure.log 2>&1 || {
	cat $build/configure.log
	exit 1
}
mapfile -t files < <(git ls-files 'src/*.c' 'ports/*.c' 'tools/*.c')
bad=0
printf '%s\n' "${files[@]}" |
	xargs -P 2 -n 4 clang-tidy -p $build --quiet --warnings-as-errors='*' 2>/dev/null || bad=1
cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr -j 2 \
	--enable=warning,portability --suppress=missingIncludeSystem --suppress=unknownMacro \
	--template='{file}:{line}: {message} [{id}]' -I include -I src "${files[@]}" || bad=1
if [ $bad -ne 0 ]; then
	echo "check tidy: to mend (${#files[@]} files)"
	exit 1
fi
echo "check tidy: ok (${#files[@]} files)"
