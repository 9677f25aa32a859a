#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# shell.sh - shellcheck over every shell script.
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v shellcheck >/dev/null || { echo "shellcheck is missing: make setup"; exit 1; }

mapfile -t scripts < <(git grep -lE '^#!.*\b(ba)?sh$' -- ':!traces')
shellcheck --format=gcc --severity=warning "${scripts[@]}" || {
	echo "check shell: to mend (${#scripts[@]} files)"
	exit 1
}
echo "check shell: ok (${#scripts[@]} files)"
