#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`quire replay`: reports, what-if runs, traces without a folder, damaged recordings."""
import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

QUIRE = os.environ['QUIRE']
SOURCE = os.environ['QUIRE_SOURCE']
BOOT = os.path.join(SOURCE, 'traces/boot-up')
DAT = os.path.join(BOOT, 'trace.dat')
BOOT_SLAB = os.path.join(SOURCE, 'traces/boot-slab')
TINY = os.path.join(SOURCE, 'machines/tiny-64m.yaml')
TWO = os.path.join(SOURCE, 'machines/two-node.yaml')
ONE = ('name: one\nmemory:\n  - {start: 0x1000, end: 0x9f000}\n'
       '  - {start: 0x100000, end: 0x30000000}\n')
# Two lines of ftrace, the second with events lost before it, and one of no known form.
TEXT = '''# tracer: nop
          <idle>-0     [000] d..1.     1.000001: mm_page_alloc: page=0x1234 pfn=0x1234 order=0 migratetype=0 gfp_flags=GFP_KERNEL
CPU:0 [LOST 7 EVENTS]
          <idle>-0     [000] d..1.     1.000002: mm_page_free: page=0x1234 pfn=0x1234 order=0
          <idle>-0     [000] d..1.     1.000003: mm_page_free: page=0x4321 pfn=0x4321 order=0
          <idle>-0     [000] d..1.     1.000004: mm_page_alloc: page=0xffffff pfn=0xffffff order=3 migratetype=0 gfp_flags=GFP_KERNEL
what is this
'''


def replay(*args):
    return subprocess.run([QUIRE, 'replay', *args], capture_output=True, text=True, check=False)


class Base(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix='quire-replay-')
        self.addCleanup(shutil.rmtree, self.dir)

    def path(self, name, content=None):
        path = os.path.join(self.dir, name)
        if content is not None:
            with open(path, 'wb' if isinstance(content, bytes) else 'w') as f:
                f.write(content)
        return path

    def ok(self, *args):
        run = replay(*args, '--no-timing')
        self.assertEqual((run.returncode, run.stderr), (0, ''), args)
        return run.stdout

    def report(self, *args):
        return json.loads(self.ok(*args, '--json', '-'))

    def refused(self, status, pattern, *args):
        run = replay(*args)
        self.assertEqual((run.returncode, run.stdout), (status, ''), run.stderr)
        self.assertRegex(run.stderr, r'\Aquire( replay)?: [^\n]*' + pattern + r'[^\n]*\n\Z')

    def copy(self, without=()):
        folder = self.path('copy')
        shutil.copytree(BOOT, folder)
        for name in without:
            path = os.path.join(folder, name)
            (shutil.rmtree if os.path.isdir(path) else os.unlink)(path)
        return folder


class Report(Base):
    def test_text(self):
        text = self.ok(BOOT)
        self.assertTrue(text.startswith(f'Replay of {BOOT}: the requests that Linux 6.1'))
        self.assertRegex(text, r'pages allocated, same page frame +18038 of +18038 +100\.0000 %')
        self.assertTrue(text.endswith("Every choice was the kernel's.\n"))
        page = self.path('page.html')
        self.assertTrue(self.ok(BOOT, '--html', page).endswith(': ' + page + '\n'))

    def test_every_field(self):
        report = json.loads(replay(BOOT, '--json', '-').stdout)
        self.assertEqual(report['events'], 55935)
        self.assertGreater(report['events_per_second'], 0)
        f = report['fidelity']
        self.assertEqual(f['boot_alloc'], {'total': 53, 'same': 53})
        self.assertEqual(f['page_alloc'], {'total': 18038, 'same_pfn': 18038,
                                           'same_pageblock': 18038, 'same_zone': 18038})
        self.assertEqual(f['refill'], {'recorded': 6443, 'predicted': 6443})
        self.assertEqual(f['drain'], {'recorded': 0, 'predicted': 0})
        self.assertEqual(f['extfrag'], {'recorded': 5, 'predicted': 5, 'same': 5})
        self.assertEqual(f['exact_prefix'], {'events': 24605, 'of': 24605})
        self.assertIsInstance(f['inferred_bulk_pages'], int)
        self.assertEqual({(s['name'], s['file']) for s in f['snapshots']},
                         {(n, x) for n in ('boot', 'end')
                          for x in ('buddyinfo', 'pagetypeinfo', 'zoneinfo', 'vmstat')})
        for s in f['snapshots']:
            self.assertEqual((s['equal'], s['within_2_percent']), (s['cells'], s['cells']), s)
            self.assertGreater(s['cells'], 0)
        self.assertEqual([s['name'] for s in f['frames']], ['boot', 'end'])
        for s in f['frames']:
            self.assertEqual(s['same_free'], s['total'])
            self.assertGreater(s['total'], 100000)

    def test_documented(self):
        """docs/replay-json.md names every key."""
        with open(os.path.join(SOURCE, 'docs/replay-json.md'), encoding='utf-8') as f:
            words = set(re.findall(r'[\w]+', f.read()))

        def walk(value):
            if isinstance(value, dict):
                for key, below in value.items():
                    if not re.fullmatch(r'order_\d+|boot|end|end of trace', key):
                        self.assertIn(key, words)
                    walk(below)
            elif isinstance(value, list):
                for below in value:
                    walk(below)

        walk(json.loads(replay(BOOT, '--json', '-', '--set', 'max_order=10').stdout))

    def test_objects_and_another_back_end(self):
        """The whole recording of objects that is bundled, and the same requests on SLAB."""
        report = self.report(BOOT_SLAB)
        slab = report['fidelity']['slab']
        self.assertEqual((slab['bytes_alloc_total'], slab['bytes_alloc_same']), (233675, 233675))
        self.assertEqual((slab['caches'], slab['active_objs_within_2_percent'],
                          slab['num_slabs_within_2_percent']), (19, 19, 19))
        text = self.ok(BOOT_SLAB, '--set', 'slab=slab')
        table = text.split('Objects, what if: the same requests on slab instead of slub', 1)[1]
        memory = re.findall(r'(?m)^    memory, KiB +([0-9]+) +([0-9]+) +[-+][0-9]+$', table)
        self.assertEqual(len(memory), 3)
        for recorded, other in memory:
            self.assertTrue(0.9 < int(other) / int(recorded) < 1.1, table)
        self.assertRegex(table, r'(?m)^  requests that failed +0 +0$')
        self.assertRegex(table, r'(?m)^    inode_cache +[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+ +[-+][0-9]+$')

    def test_deterministic(self):
        seen = set()
        for i in range(2):
            page, out = self.path(f'{i}.html'), self.path(f'{i}.json')
            text = self.ok(BOOT, '--html', page, '--json', out, '--set', 'pageblock_order=8')
            with open(page, 'rb') as a, open(out, 'rb') as b:
                seen.add((text.replace(page, ''), a.read(), b.read()))
        self.assertEqual(len(seen), 1)

    def test_proc(self):
        for at in ('boot', 'end'):
            with open(f'{BOOT}/snap-{at}/buddyinfo', encoding='ascii') as f:
                self.assertEqual(self.ok(BOOT, '--proc', 'buddyinfo', '--at', at), f.read())
        self.refused(2, r"no snapshot 'noon' in it: --at takes one of them \(boot, end\)", BOOT,
                     '--proc', 'buddyinfo', '--at', 'noon')
        self.refused(2, "--proc nothing: no such file; there are buddyinfo", BOOT, '--proc', 'nothing')

    def test_misuse(self):
        self.refused(2, 'no RECORDING given', )
        self.refused(2, 'one RECORDING only', BOOT, BOOT)
        self.refused(2, '--at goes with --proc', BOOT, '--at', 'boot')
        self.refused(1, 'No such file', '/nowhere/at/all')
        self.refused(2, "--set foo=1: unknown key 'foo'", BOOT, '--set', 'foo=1')
        self.refused(2, 'nowhere.yaml: No such file', BOOT, '--machine', 'nowhere.yaml')

    def test_outputs_are_tried_first(self):
        """Before a recording is even looked for, and without harm to what is there."""
        kept, new = self.path('kept.json'), self.path('new.html')
        with open(kept, 'w', encoding='ascii') as f:
            f.write('kept')
        nothing = '/no/recording'
        self.refused(1, '/nowhere/x: No such file or directory', nothing, '--json', '/nowhere/x')
        self.refused(1, '/nowhere/x: No such file or directory', nothing, '--html', '/nowhere/x')
        self.refused(1, ': Is a directory', nothing, '--html', os.path.dirname(kept))
        self.refused(1, '/no/recording', nothing, '--json', kept, '--html', new)
        self.assertFalse(os.path.exists(new))
        os.symlink('new.html', self.path('link'))
        self.refused(1, '/no/recording', nothing, '--html', self.path('link'))
        os.mkfifo(self.path('pipe'))
        with subprocess.Popen(['cat', self.path('pipe')], stdout=subprocess.PIPE) as reader:
            self.ok(BOOT, '--quiet', '--json', self.path('pipe'))
            self.assertIn('fidelity', json.loads(reader.communicate(timeout=60)[0]))
        with open(kept, encoding='ascii') as f:
            self.assertEqual(f.read(), 'kept')

    def test_a_failed_json_does_not_take_the_page_along(self):
        page = self.path('page.html')
        run = replay(BOOT, '--json', '/dev/full', '--html', page, '--quiet')
        self.assertEqual(run.returncode, 1)
        self.assertIn('/dev/full: No space left on device', run.stderr)
        self.assertGreater(os.path.getsize(page), 100000)

    def test_no_bar_and_ctrl_c(self):
        self.assertNotIn('\r', replay(BOOT).stderr)
        with subprocess.Popen([QUIRE, 'replay', BOOT], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as run:
            time.sleep(0.05)
            run.send_signal(signal.SIGINT)
            out, err = run.communicate()
        # It may have come before the handler, or after the last event.
        self.assertIn(run.returncode, (130, 0, -signal.SIGINT), err)


class WhatIf(Base):
    def test_nothing_changed(self):
        """On the recorded machine, choosing by itself, every page is the recorded one."""
        report = self.report(BOOT, '--set', 'vm.watermark_scale_factor=10')
        other = report['what_if']
        self.assertEqual(other['changed'], [])
        self.assertEqual(other['metrics'], report['metrics'])
        self.assertEqual(other['run']['same_frame_as_recorded'], 18038)

    def test_text_has_what_differs(self):
        text = self.ok(BOOT, '--set', 'vm.watermark_scale_factor=10')
        self.assertRegex(text, r'\n  nothing differs: \d+ counts are equal\n')
        self.assertNotIn('recorded      what-if', text)
        self.assertNotRegex(text, r' =\n')
        text = self.ok(BOOT, '--set', 'max_order=10')
        self.assertNotIn('nothing differs', text)
        self.assertRegex(text, r'\n At end of trace\n(?s:.*)\n  free blocks of order 10 +\d+ +0 +-\d+\n')
        self.assertRegex(text, r'\n  \(\d+ rows that are equal are left out\)\n')
        self.assertNotRegex(text, r' =\n')

    def test_settings(self):
        for setting, key in (('pageblock_order=8', 'pageblock_order'),
                             ('max_order=10', 'max_order'),
                             ('vm.min_free_kbytes=65536', 'vm.min_free_kbytes'),
                             ('vm.percpu_pagelist_high_fraction=8',
                              'vm.percpu_pagelist_high_fraction')):
            report = self.report(BOOT, '--set', setting)
            other = report['what_if']
            self.assertEqual([c['key'] for c in other['changed']], [key])
            self.assertEqual(other['name'], setting)
            self.assertEqual(other['metrics']['requests'], 18038)
            self.assertEqual(other['metrics']['failed'], 0)
        self.assertEqual(report['metrics']['failed'], 0)

    def test_free_pages_are_conserved(self):
        """The same pages are free at the end, in blocks of another largest order."""
        report = self.report(BOOT, '--set', 'max_order=10')
        a = report['metrics']['at']['end of trace']
        b = report['what_if']['metrics']['at']['end of trace']
        self.assertEqual(a['free_pages'] + a['list_pages'], b['free_pages'] + b['list_pages'])
        self.assertNotIn('order_10', b['free_blocks'])
        self.assertEqual(sum(n << int(k[6:]) for k, n in b['free_blocks'].items()),
                         b['free_pages'])

    def test_too_small(self):
        text = self.ok(BOOT, '--machine', TINY)
        self.assertIn('What if: ' + TINY, text)
        self.assertRegex(text, r'requests that failed +0 +\d{4,} +\+\d')
        self.assertRegex(text, r'\d+ pages in use before the first event .* found no room')

    def test_two_nodes(self):
        other = self.report(BOOT, '--machine', TWO)['what_if']
        self.assertEqual((other['machine'], other['metrics']['failed']), ('two-node', 0))
        self.assertIn('cpus', [c['key'] for c in other['changed']])

    def test_odd_machines(self):
        for sets in (('max_order=1', 'pageblock_order=0'), ('cpus=4',), ('boot=bootmem',),
                     ('zones.movable_core=256M',), ('deferred_init=false',),
                     ('memory=[{start: 16G, end: 17G}]',), ('page_size=64K',)):
            args = [x for s in sets for x in ('--set', s)]
            self.assertEqual(self.report(BOOT, *args)['what_if']['metrics']['requests'], 18038)

    def test_page_of_two_runs(self):
        page = self.path('two.html')
        self.ok(BOOT, '--set', 'pageblock_order=8', '--html', page)
        with open(page, encoding='utf-8') as f:
            self.assertIn('what if: pageblock_order=8', f.read())


class Bare(Base):
    def test_needs_machine(self):
        self.refused(2, 'no dmesg.txt with it, so its machine is not known', DAT)
        self.refused(2, 'no dmesg.txt with it, so its machine is not known', DAT, '--set', 'cpus=1')

    def test_objects_alone(self):
        """The bundled recording of objects: what the error says works; no what-if without a log."""
        head = os.path.join(SOURCE, 'traces/boot-slab-head')
        machine = os.path.join(SOURCE, 'machines/boot-slab.yaml')
        self.refused(2, r'--machine FILE \(for traces/boot-slab-head and vm-head: '
                     r'machines/boot-slab\.yaml\)', head)
        report = self.report(head, '--machine', machine)
        self.assertEqual(report['trouble']['frames_out_of_range'], 0)
        slab = report['fidelity']['slab']
        self.assertEqual((slab['same_slab_total'], slab['same_slab']), (9159, 9159))
        run = replay(head, '--machine', machine, '--set', 'slab=slob', '--no-timing')
        self.assertEqual(run.returncode, 0)
        self.assertRegex(run.stderr, r'\Aquire: [^\n]*without dmesg\.txt no what-if is run: settings of '
                                     r'caches [^\n]*\n\Z')
        self.assertEqual(run.stdout, self.ok(head, '--machine', machine))
        # Frames of another machine are said last, and not looked into.
        self.assertLess(run.stdout.index('Objects'), run.stdout.index('Page frames, on a machine not'))
        self.assertNotIn('first difference after', run.stdout)

    def test_trace_dat(self):
        machine = self.path('one.yaml', ONE)
        text = self.ok(DAT, '--machine', machine)
        self.assertIn('what the recorded machine had in use at the first event is not known', text)
        report = self.report(DAT, '--machine', machine)
        self.assertEqual(report['fidelity']['page_alloc']['total'], 18038)
        self.assertGreater(report['trouble']['frees_of_unknown_pages'], 0)
        self.assertEqual(report['missing'], ['dmesg.txt'])
        self.ok(DAT, '--machine', machine, '--html', self.path('bare.html'))

    def test_machine_without_the_frames(self):
        for machine in (TINY, TWO, os.path.join(SOURCE, 'machines/arm64-64k.yaml')):
            trouble = self.report(DAT, '--machine', machine)['trouble']
            if machine == TINY:
                self.assertGreater(trouble['frames_out_of_range'], 10000)

    def test_text(self):
        text = self.path('trace.txt', TEXT)
        report = self.report(text, '--machine', self.path('one.yaml', ONE))
        self.assertEqual(report['fidelity']['page_alloc']['total'], 1)
        trouble = report['trouble']
        self.assertEqual((trouble['lost_events'], trouble['bad_records']), (7, 1))
        self.assertEqual(trouble['frees_of_unknown_pages'], 1)
        packed = self.path('trace.gz', gzip.compress(TEXT.encode()))
        again = self.report(packed, '--machine', self.path('one.yaml'))
        self.assertEqual(again['fidelity'], report['fidelity'])

    def test_garbage(self):
        machine = self.path('one.yaml', ONE)
        self.refused(1, 'neither a trace.dat nor text', self.path('x', bytes(range(256)) * 99),
                     '--machine', machine)
        self.refused(1, 'no event in it', self.path('y', b''), '--machine', machine)
        with open(DAT, 'rb') as f:
            self.refused(1, 'cannot be opened', self.path('z', f.read(2000)), '--machine', machine)


class Partial(Base):
    def test_missing_files(self):
        for name in ('sysctl-vm.txt', 'numa-distance.txt'):
            folder = self.copy([name])
            report = self.report(folder)
            self.assertEqual(report['missing'], [name])
            self.assertEqual(report['fidelity']['exact_prefix']['events'], 24605)
            self.assertIn(f'not in the recording: {name}', self.ok(folder))
            shutil.rmtree(folder)

    def test_no_snapshots(self):
        report = self.report(self.copy(['snap-boot', 'snap-end']))
        self.assertEqual(report['missing'], ['snap-boot/buddyinfo', 'snap-boot/pagetypeinfo'])
        self.assertEqual(report['fidelity']['snapshots'], [])
        self.assertEqual(report['fidelity']['exact_prefix']['events'], 24605)

    def test_snapshot_files(self):
        """What of a snapshot is not compared is told, and why."""
        folder = self.copy(['snap-end/vmstat', 'snap-end/zoneinfo'])
        os.mkdir(os.path.join(folder, 'snap-end/zoneinfo'))
        for name in ('snap-end/buddyinfo', 'snap-end/kpageflags.zst'):
            with open(os.path.join(folder, name), 'w', encoding='ascii') as f:
                f.write('nothing\n')
        text = self.ok(folder)
        for line in ('numbers in /proc/vmstat +not recorded',
                     'numbers in /proc/zoneinfo +not compared: Is a directory',
                     'numbers in /proc/buddyinfo +not compared: no number of the page allocator in it',
                     'page frames, free or not +not compared: the file is damaged'):
            self.assertRegex(text, f'  end: {line}\n')
        self.assertRegex(text, r'  end: numbers in /proc/pagetypeinfo +120 of')
        self.assertNotRegex(self.ok(BOOT), 'not (recorded|compared)')

    def test_cut_trace(self):
        folder = self.copy()
        path = os.path.join(folder, 'trace.dat')
        os.truncate(path, os.path.getsize(path) * 9 // 10)
        report = self.report(folder)
        self.assertTrue(report['trouble']['truncated'])
        self.assertTrue(10000 < report['events'] < 55935)
        prefix = report['fidelity']['exact_prefix']
        self.assertEqual(prefix['events'], prefix['of'])
        self.assertIn('the file ends early', self.ok(folder))

    def test_cut_log(self):
        folder = self.copy()
        os.truncate(os.path.join(folder, 'dmesg.txt'), 20000)
        report = self.report(folder)
        self.assertLess(report['fidelity']['boot_alloc']['total'], 53)
        self.assertIn('no line "Memory: ... available": it ends early', self.ok(folder))
        with open(os.path.join(folder, 'dmesg.txt'), 'w', encoding='ascii') as f:
            f.write('nothing\n')
        self.refused(1, 'no memory map', folder)
        os.unlink(os.path.join(folder, 'trace.dat'))
        self.refused(1, 'a folder without trace.dat', folder)


if __name__ == '__main__':
    unittest.main()
