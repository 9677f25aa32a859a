# SPDX-License-Identifier: MIT
# Completion of `quire` for bash; installed as bash-completion's completions/quire.

_quire_keys="name= page_size= mmu= memory= nodes= cpus= cpu_nodes= distances= max_order= pageblock_order=
	section_size= zones.dma= zones.dma32= zones.lowmem= zones.movable_core= reserved= boot=
	reserve_memmap= deferred_init= contents= real_mappings= mode= seed= vm.min_free_kbytes=
	vm.watermark_scale_factor= vm.watermark_boost_factor= vm.dirty_ratio= vm.lowmem_reserve_ratio=
	vm.percpu_pagelist_high_fraction= kernel.transparent_hugepage= kernel.init_on_alloc=
	kernel.init_on_free= kernel.page_poison= kernel.page_owner= kernel.page_shuffle=
	kernel.memblock_debug= kernel.panic_on_report= kernel.slab= kernel.sheaves=
	kernel.slab_min_order= kernel.slab_max_order= kernel.slab_min_objects= kernel.slab_nomerge=
	kernel.slab_freelist_random= kernel.slab_freelist_hardened= kernel.slub_debug=
	kernel.failslab= kernel.fail_page_alloc=
	tlb.model= tlb.l1d= tlb.l1d_big= tlb.l1d_giant= tlb.l1i= tlb.l1i_big= tlb.l1i_giant=
	tlb.l2= tlb.l2_giant= tlb.pwc1= tlb.pwc2= tlb.pwc3= tlb.pwc4= tlb.asids=
	tlb.flush_ceiling="
_quire_views="buddyinfo pagetypeinfo zoneinfo vmstat meminfo node0/meminfo node0/numastat
	node0/distance"

# The values that KEY= can take, where they are words.
_quire_values() {
	case $1 in
	page_size) echo 4K 16K 64K ;;
	mmu) echo auto x86-64 x86-64-5 arm64-4k arm64-16k arm64-64k ;;
	boot) echo memblock bootmem ;;
	contents) echo memory book-keeping ;;
	mode) echo free-running deterministic ;;
	kernel.slab) echo slub slab slob ;;
	kernel.sheaves | kernel.slab_m* | kernel.slub_debug | kernel.fail*) ;;
	tlb.model) echo true false ;;
	reserve_memmap | deferred_init | real_mappings | kernel.*) echo true false ;;
	esac
}

# Readline splits words at '=': "--set key=va" may come as four words.
_quire_set() {
	local key=$1 cur=$2
	if [ -n "$key" ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_quire_values "$key")" -- "$cur")
	else
		compopt -o nospace 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -W "$_quire_keys" -- "$cur")
	fi
}

_quire_options() {
	case $1 in
	boot) echo --set --proc --tree --objects --log --print --json --help ;;
	replay)
		echo --machine --set --json --html --proc --at --no-probes --tell-write-nodes \
			--no-timing --quiet --help
		;;
	explain) echo --pid --at --json --help ;;
	inspect) echo --machine --owners --cache --proc --explain --exe --json --help ;;
	record) echo --output --workload --boot --run --objects --buffer-mb --clock --tracefs --help ;;
	tlb) echo --machine --set --json --help ;;
	test)
		echo --filter --list --fail-nth --timeout --jobs --slub-debug --set --allow-leaks \
			--allow-reports --cc --no-sanitize --cflag --keep --verbose --help
		;;
	*) echo --help --version ;;
	esac
}

_quire() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
	local before=${COMP_WORDS[COMP_CWORD - 2]:-} first=${COMP_WORDS[COMP_CWORD - 3]:-}
	COMPREPLY=()
	if [ "$COMP_CWORD" = 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "boot replay explain record inspect tlb test help --help --version" -- "$cur")
	elif [ "$command" = help ]; then
		mapfile -t COMPREPLY < <(compgen -W "boot replay explain record inspect tlb test" -- "$cur")
	elif [ "$prev" = --set ]; then
		_quire_set "" "$cur"
	elif [ "$cur" = "=" ] && [ "$before" = --set ]; then
		_quire_set "$prev" ""
	elif [ "$prev" = "=" ] && [ "$first" = --set ]; then
		_quire_set "$before" "$cur"
	elif [ "$prev" = --proc ]; then
		mapfile -t COMPREPLY < <(compgen -W "$_quire_views" -- "$cur")
	elif [ "${cur#-}" != "$cur" ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_quire_options "$command")" -- "$cur")
	else
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}
complete -F _quire quire
