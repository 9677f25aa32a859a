#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# fetch-kernel-source.sh - files of Debian's kernel source, for clients compiled unmodified.
#
#   fetch-kernel-source.sh FOLDER FILE...
#
# Puts each FILE (a path or pattern below linux-source-6.1/) below FOLDER. What is there already is
# not fetched. Kernel code is GPL: FOLDER is in a build folder, never in the repository.
# QUIRE_KERNEL_SOURCE=PATH: take the files from the package file, or the unpacked tree, at PATH.
#
# Exit status: 0 all files are there, 77 the package cannot be had (no network, no apt), 1 else.
set -euo pipefail

package=linux-source-6.1
folder=${1:?usage: $0 FOLDER FILE...}
shift
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

missing=()
for file in "$@"; do
	# shellcheck disable=SC2086 # a pattern
	compgen -G "$folder/$file" >/dev/null || missing+=("$file")
done
[ ${#missing[@]} -eq 0 ] && exit 0

given=${QUIRE_KERNEL_SOURCE:-}
if [ -d "$given" ]; then
	# shellcheck disable=SC2068 # patterns
	(cd "$given" && cp --parents -r -- ${missing[@]} "$folder")
	exit 0
fi

work=$(mktemp -d "$folder/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
if [ -z "$given" ]; then
	if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
		echo "skipped: $package is a Debian package, and this is no Debian"
		exit 77
	fi
	chmod 755 "$work"
	if ! (cd "$work" && timeout 600 apt-get download "$package" >download.log 2>&1); then
		echo "skipped: apt-get download $package: $(tail -n 1 "$work/download.log")"
		exit 77
	fi
	given=$(echo "$work"/*.deb)
fi
dpkg-deb --fsys-tarfile "$given" | tar -xO "./usr/src/$package.tar.xz" |
	tar -xJ -C "$folder" --strip-components=1 --wildcards "${missing[@]/#/$package/}"
