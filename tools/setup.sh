#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# setup.sh - installs what a build needs, and only what is missing.
#
#   tools/setup.sh build            what `make` needs
#   tools/setup.sh test check ...   several sets at once
#   tools/setup.sh --list test      prints the set's packages and installs nothing
#
# Knows Debian 12 (and what is close to it). Installs as root, or through sudo.
# With QUIRE_SETUP=skip it does nothing: the caller has brought everything.
# A package counts as present when dpkg has it, or when the command named
# after the colon is found (Node.js often comes from elsewhere).
set -euo pipefail
cd "$(dirname "$0")/.."

build_set="make:make gcc:gcc libc6-dev cmake:cmake ninja-build:ninja
 pkg-config:pkg-config python3:python3
 libtracecmd-dev libtraceevent-dev libtracefs-dev libyaml-dev libjansson-dev
 libzstd-dev zlib1g-dev liblzma-dev libdw-dev nodejs:node npm:npm"
test_set="g++:g++ libcmocka-dev clang:clang libclang-rt-14-dev lld:ld.lld llvm:llvm-nm
 trace-cmd:trace-cmd zstd:zstd procps:free numactl:numastat
 prometheus-node-exporter:prometheus-node-exporter smem:smem python3-psutil
 chromium:chromium mandoc:mandoc zsh:zsh"
check_set="git:git g++:g++ clang:clang llvm:llvm-nm clang-format:clang-format clang-tidy:clang-tidy
 cppcheck:cppcheck shellcheck:shellcheck"
bench_set="libjemalloc2 libtcmalloc-minimal4 libmimalloc2.0 libglib2.0-0 libdpdk-dev libjudydebian1"
coverage_set="gcovr:gcovr"

usage() {
	sed -n '4,13s/^# \{0,1\}//p' "$0"
	exit "${1:-0}"
}

packages_of() {
	case $1 in
	build) echo $build_set ;;
	demo) echo $build_set ;;
	test) echo $build_set $test_set ;;
	check) echo $build_set $check_set ;;
	bench) echo $build_set $bench_set ;;
	coverage) echo $build_set $test_set $coverage_set ;;
	*)
		echo "setup.sh: no set '$1'; there are: build demo test check bench coverage" >&2
		return 1
		;;
	esac
}

have() { # have PACKAGE[:COMMAND]
	local package=${1%%:*} command=${1#*:}
	if [ "$command" != "$1" ] && command -v "$command" >/dev/null 2>&1; then
		return 0
	fi
	dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null 2>&1; then
		sudo "$@"
	else
		echo "setup.sh: neither root nor sudo is there to install what is missing." >&2
		echo "As root, run: apt-get install -y --no-install-recommends ${missing[*]}" >&2
		exit 1
	fi
}

install_missing() {
	echo "setup: installing ${missing[*]}"
	as_root true
	local log
	log=$(mktemp)
	if ! {
		as_root env DEBIAN_FRONTEND=noninteractive apt-get update &&
			as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y \
				--no-install-recommends "${missing[@]}"
	} </dev/null >"$log" 2>&1; then
		tail -n 30 "$log" >&2
		echo "setup.sh: apt-get failed (above: its last lines)." >&2
		echo "Install by hand: ${missing[*]}" >&2
		rm -f "$log"
		exit 1
	fi
	rm -f "$log"
}

[ $# -gt 0 ] || usage 1
[ "$1" = --help ] && usage
if [ "$1" = --list ]; then
	shift
	for set in "$@"; do packages_of "$set"; done | tr ' ' '\n' | sed 's/:.*//' | sort -u
	exit 0
fi
[ "${QUIRE_SETUP:-}" = skip ] && exit 0

wanted=()
for set in "$@"; do
	list=$(packages_of "$set")
	read -r -d '' -a more <<<"$list" || true
	wanted+=("${more[@]}")
done
mapfile -t wanted < <(printf '%s\n' "${wanted[@]}" | sort -u)

if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
	echo "setup.sh: not a Debian system, so nothing is installed. These must be there:" >&2
	echo "${wanted[*]%%:*}" >&2
	echo "Set QUIRE_SETUP=skip to go on without this check." >&2
	exit 1
fi

missing=()
for package in "${wanted[@]}"; do
	have "$package" || missing+=("${package%%:*}")
done
[ ${#missing[@]} -eq 0 ] || install_missing
