#compdef quire
# SPDX-License-Identifier: MIT
# Completion of `quire` for zsh; installed as site-functions/_quire.

_quire_keys=(name page_size mmu memory nodes cpus cpu_nodes distances max_order pageblock_order
	section_size zones.dma zones.dma32 zones.lowmem zones.movable_core reserved boot
	reserve_memmap deferred_init contents real_mappings mode seed vm.min_free_kbytes
	vm.watermark_scale_factor vm.watermark_boost_factor vm.dirty_ratio vm.lowmem_reserve_ratio
	vm.percpu_pagelist_high_fraction kernel.transparent_hugepage kernel.init_on_alloc
	kernel.init_on_free kernel.page_poison kernel.page_owner kernel.page_shuffle
	kernel.memblock_debug kernel.panic_on_report kernel.slab kernel.sheaves
	kernel.slab_min_order kernel.slab_max_order kernel.slab_min_objects kernel.slab_nomerge
	kernel.slab_freelist_random kernel.slab_freelist_hardened kernel.slub_debug
	kernel.failslab kernel.fail_page_alloc
	tlb.model tlb.l1d tlb.l1d_big tlb.l1d_giant tlb.l1i tlb.l1i_big tlb.l1i_giant tlb.l2
	tlb.l2_giant tlb.pwc1 tlb.pwc2 tlb.pwc3 tlb.pwc4 tlb.asids tlb.flush_ceiling)

_quire_set() {
	compset -P '*=' && return
	compadd -S = -a _quire_keys
}

_quire_view() {
	compadd buddyinfo pagetypeinfo zoneinfo vmstat meminfo node0/meminfo node0/numastat node0/distance
}

_quire() {
	local -a commands set view
	commands=(
		'boot:boot a described machine and show its memory'
		'replay:replay a real kernel'\''s memory trace on a machine'
		'explain:say what an address was in such a trace'
		'record:record such a trace, or print how to'
		'inspect:look at the machines in a core dump'
		'tlb:run a program'\''s memory accesses through page tables and TLB'
		'test:run KUnit suites of kernel code on this host'
		'help:the options of a command'
	)
	set='*--set[change a value of the description]:key=value:_quire_set'
	view='*--proc[print a file of /proc]:name:_quire_view'
	if (( CURRENT == 2 )); then
		_describe command commands
		return
	fi
	case $words[2] in
	boot)
		_arguments $set $view '--tree[write all of them]:folder:_files -/' '--objects[use objects first]' '--log[print the boot log]' '--print[print the description]' \
			'--json[write JSON]:file:_files' '--help[print the options]' '2:machine:_files' ;;
	replay)
		_arguments $set $view '--machine[another machine]:file:_files' \
			'--json[write JSON]:file:_files' '--html[write the report]:file:_files' \
			'--at[snapshot of --proc]:snapshot:(boot end)' \
			'--no-probes[infer bulk allocations]' \
			'--tell-write-nodes[take nodes of __GFP_WRITE from the recording]' \
			'--no-timing[leave out what differs from run to run]' '--quiet[no report]' '--help[print the options]' \
			'2:recording:_files' ;;
	explain)
		_arguments '--pid[whose address]:pid or name:' '--at[the moment]:snapshot or event:(boot end)' \
			'--json[write JSON]:file:_files' '--help[print the options]' '3:recording:_files -/' ;;
	record)
		_arguments '(-o --output)'{-o,--output}'[the folder to make]:folder:_files -/' \
			'(-w --workload)'{-w,--workload}'[command to record]:command:_command_names' \
			'--boot[record from boot]' '--run[run it here]' '--objects[record objects, too]' '--buffer-mb[of each CPU]:MiB:' \
			'--clock[trace clock]:name:(local global counter)' \
			'--tracefs[mount point]:folder:_files -/' '--help[print the options]' ;;
	inspect)
		_arguments '--machine[this one alone]:number:' '--owners[objects by owner alone]' \
			'--cache[one cache]:name:' $view '--explain[an address]:address:' '--exe[the program]:file:_files' \
			'--json[write JSON]:file:_files' '--help[print the options]' '2:core dump:_files' ;;
	tlb)
		_arguments $set '--machine[the machine]:file:_files' '--json[write JSON]:file:_files' \
			'--help[print the options]' '2:trace:_files' ;;
	test)
		_arguments '(-f --filter)'{-f,--filter}'[only these]:suite.case:' '--list[print their names]' \
			'--fail-nth=-[fail each allocation in turn]::number:' '--timeout[of a case]:seconds:' \
			'(-j --jobs)'{-j,--jobs}'[processes at once]:number:' \
			'--slub-debug[SLUB debugging]:flags:(FZPU FZP F -)' $set \
			'--allow-leaks[leaks do not fail a case]' \
			'--allow-reports[reports do not fail a case]' '--cc[the compiler]:command:_command_names' \
			'--no-sanitize[without sanitizers]' '*-D[define]:name:' '*-I[headers]:folder:_files -/' \
			'-O[optimise]:level:' '*--cflag[flag for the compiler]:flag:' '--keep[keep the program]' \
			'--verbose[show the commands]' '--help[print the options]' '*:source:_files -g "*.c"' ;;
	help)
		_describe command commands ;;
	esac
}

_quire "$@"
