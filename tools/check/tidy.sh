#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tidy.sh - cppcheck and clang-tidy over src/, ports/ and tools/; .clang-tidy says which
# rules. A finding is mended, or suppressed at its line with a reason. A file is looked at
# again when it, a header or the rules changed.
set -euo pipefail
cd "$(dirname "$0")/../.."
for tool in clang-tidy cppcheck cmake; do
	command -v $tool >/dev/null || { echo "tidy.sh: $tool is missing: make setup"; exit 1; }
done

build=build/tidy
mkdir -p $build/seen
CC=clang cmake -S . -B $build -G Ninja -DCMAKE_BUILD_TYPE=Debug -DBUILD_TESTING=OFF \
	>$build/configure.log 2>&1 || {
	cat $build/configure.log
	exit 1
}
mapfile -t files < <(git ls-files 'src/*.c' 'ports/*.c' 'tools/*.c')
bad=0
newest=$(git ls-files '*.h' .clang-tidy tools/check/tidy.sh | xargs ls -t | sed -n 1p)
one() { # one FILE NEWEST: clang-tidy, unless nothing changed since it was clean
	local seen=build/tidy/seen/${1//\//-}
	if [ "$seen" -nt "$1" ] && [ "$seen" -nt "$2" ]; then
		return 0
	fi
	clang-tidy -p build/tidy --quiet --warnings-as-errors='*' "$1" 2>/dev/null && touch "$seen"
}
export -f one
printf '%s\n' "${files[@]}" | xargs -P 2 -I{} bash -c 'one {} "$0"' "$newest" || bad=1
suppress=() # lines of exceptions.txt: tidy | path | cppcheck's id | reason
while IFS='|' read -r _ path id _; do
	suppress+=("--suppress=${id// /}:${path// /}")
done < <(grep '^tidy *|' tools/check/exceptions.txt)
cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr -j 2 \
	--enable=warning,portability --suppress=missingIncludeSystem --suppress=unknownMacro \
	"${suppress[@]}" --template='{file}:{line}: {message} [{id}]' \
	-I include -I src "${files[@]}" || bad=1
if [ $bad -ne 0 ]; then
	echo "check tidy: to mend (${#files[@]} files)"
	exit 1
fi
echo "check tidy: ok (${#files[@]} files)"
