#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# format.sh - every C file has the form that .clang-format describes.
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v clang-format >/dev/null || { echo "clang-format is missing: make setup"; exit 1; }

bad=0 count=0
while read -r file; do
	count=$((count + 1))
	line=$(clang-format "$file" | diff "$file" - | sed -n '1s/^\([0-9]*\).*/\1/p') || true
	if [ -n "$line" ]; then
		echo "$file:$line: is not formatted: make format"
		bad=$((bad + 1))
	fi
done < <(git ls-files '*.c' '*.h')
if [ "$bad" -gt 0 ]; then
	echo "check format: $bad to mend ($count files)"
	exit 1
fi
echo "check format: ok ($count files)"
