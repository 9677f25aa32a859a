#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# fuzz.sh FOLDER SECONDS - runs each fuzz target of FOLDER for SECONDS, with the seeds of
# tests/fuzz/corpus/NAME where there are some. A finding is left in FOLDER/NAME.findings.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:?want the folder of the fuzz targets}
seconds=${2:?want the seconds for each target}

bad=0 count=0
for target in "$folder"/*; do
	[ -f "$target" ] && [ -x "$target" ] || continue
	name=$(basename "$target")
	seeds=tests/fuzz/corpus/$name
	mkdir -p "$target.corpus" "$target.findings"
	inputs=("$target.corpus")
	[ -d "$seeds" ] && inputs+=("$seeds")
	echo "fuzz: $name, $seconds s"
	if ! "$target" -max_total_time="$seconds" -rss_limit_mb=4096 -timeout=20 \
		-print_final_stats=1 -artifact_prefix="$target.findings/" "${inputs[@]}" \
		>"$target.log" 2>&1; then
		bad=$((bad + 1))
		tail -n 40 "$target.log"
		echo "fuzz: $name failed; rerun: $target $target.findings/<file>"
	else
		grep -E '^stat::number_of_executed_units' "$target.log" || true
	fi
	count=$((count + 1))
done
[ $count -gt 0 ] || { echo "fuzz.sh: no fuzz target in $folder: build with QUIRE_FUZZ=ON"; exit 1; }
echo "fuzz: $count targets, $bad with findings"
[ $bad -eq 0 ]
