#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_record.sh QUIRE - the scripts of `quire record`: they parse, and with a tracefs and a
# trace-cmd that only play their parts, they make the folder that the replay expects.
# Running them needs root; without, only the refusal is tested.
set -eu
QUIRE=$1
W=$(mktemp -d)
trap 'rm -rf "$W"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }

# What is printed is a script, whatever the names in it.
for args in "" "--boot"; do
	"$QUIRE" record $args -o "$W/it's here" --workload "echo 'a b'" > "$W/script"
	sh -n "$W/script" || fail "record $args: not a shell script"
	grep -q "mm_page_alloc" "$W/script" || fail "record $args: no events"
done
grep -q "trace_event=kmem:mm_page_alloc," "$W/script" || fail "--boot: no kernel command line"
! grep -q "kmem:kmalloc" "$W/script" || fail "--boot: objects unasked"
for args in "" "--boot"; do
	"$QUIRE" record $args --objects -o "$W/it" > "$W/script"
	grep -q "kmem:kmem_cache_free" "$W/script" || fail "record $args --objects: no events"
done

# Refusals are one line and leave nothing behind.
refused() { # status, words, arguments
	status=0
	want=$1 words=$2
	shift 2
	"$QUIRE" record "$@" > "$W/out" 2> "$W/err" || status=$?
	[ "$status" = "$want" ] || fail "record $*: status $status, not $want"
	grep -q -- "$words" "$W/err" || fail "record $*: no '$words' in: $(cat "$W/err")"
	[ ! -e "$W/none" ] || fail "record $*: made a folder"
}
refused 2 "buffer-mb" --buffer-mb none
refused 2 "no such argument" folder
refused 2 "trace_clock" --clock '$(reboot)'
if [ "$(id -u)" != 0 ]; then
	refused 1 "needs root" --run -o "$W/none"
	echo "not root: the scripts were not run"
	exit 0
fi
refused 1 "no writable tracefs" --run --tracefs "$W/absent" -o "$W/none"

# Actors: a tracefs of plain files, and a trace-cmd that runs what it is given.
T=$W/tracefs
mkdir -p "$T/per_cpu/cpu0" "$T/events/kprobes/bulk" "$W/bin"
for f in trace_marker kprobe_events trace_clock tracing_on current_tracer events/enable \
	per_cpu/cpu0/stats events/kprobes/bulk/format; do
	echo "$f" > "$T/$f"
done
cat > "$W/bin/trace-cmd" << 'END'
#!/bin/sh
echo "$@" > "$0.args"
while [ $# -gt 0 ] && [ "$1" != sh ]; do
	[ "$1" != -o ] || echo trace > "$2"
	shift
done
exec "$@"
END
chmod +x "$W/bin/trace-cmd"
PATH=$W/bin:$PATH

D="$W/it's here"
"$QUIRE" record --run --tracefs "$T" -o "$D" --workload "echo hello; false" \
	> "$W/out" 2> "$W/err" ||
	fail "record --run: $(cat "$W/err")"
grep -q "recorded: " "$W/out" || fail "record --run: $(cat "$W/out")"
grep -q "workload failed with status 1" "$W/err" || fail "a failing workload is not told"
for f in trace.dat dmesg.txt cmdline.txt iomem.txt numa-distance.txt sysctl-vm.txt kprobes.txt \
	trace_clock.txt tracestats.txt workload.log formats/bulk \
	snap-boot/buddyinfo snap-boot/zoneinfo snap-boot/maps snap-end/vmstat snap-end/meminfo; do
	[ -e "$D/$f" ] || fail "record --run: no $f"
done
[ "$(cat "$D/workload.log")" = hello ] || fail "workload.log: $(cat "$D/workload.log")"
[ "$(cat "$T/trace_marker")" = "DUMP-END end" ] || fail "last mark: $(cat "$T/trace_marker")"
cmp -s /proc/cmdline "$D/cmdline.txt" || fail "cmdline.txt"
head -1 "$D/snap-end/buddyinfo" | grep -q "^Node 0, zone" || fail "snap-end/buddyinfo"
grep -q "^/proc/sys/vm/min_free_kbytes=[0-9]" "$D/sysctl-vm.txt" || fail "sysctl-vm.txt"
grep -q "kprobes/bulk" "$T/kprobe_events" || fail "no probe was asked for"
grep -q -- "-e kmem:mm_page_alloc " "$W/bin/trace-cmd.args" || fail "events of trace-cmd"

refused 1 "a recording already" --run --tracefs "$T" -o "$D"
if ! grep -q trace_event= /proc/cmdline; then
	refused 1 "this boot was not traced" --boot --run --tracefs "$T" -o "$W/none"
fi
echo "passed"
