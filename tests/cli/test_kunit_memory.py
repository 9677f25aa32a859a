#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`quire test` on memory: copies beyond objects, allocations that may not sleep, or that fail."""
import os
import re
import subprocess
import unittest

QUIRE = os.environ['QUIRE']
KUNIT = os.path.join(os.environ['QUIRE_SOURCE'], 'tests/cli/kunit')


def run(*args):
    return subprocess.run(args, capture_output=True, text=True, check=False, timeout=300)


class Memory(unittest.TestCase):
    def test_hardened(self):
        path = f'{KUNIT}/hardened.c'
        done = run(QUIRE, 'test', '--no-sanitize', path)
        for copy in ("exposure attempt detected from SLUB object 'kmalloc-64' (offset 0, size 200)",
                     "overwrite attempt detected to SLUB object 'kmalloc-64' (offset 8, size 64)",
                     "exposure attempt detected from SLUB object 'uc' (offset 64, size 16)"):
            self.assertIn(f'# usercopy: Kernel memory {copy}!\n', done.stdout)
        for case in 'exposes', 'overwrites', 'outside_the_part':
            self.assertIn(f'# {case}: crashed: signal 6 (Aborted)\n', done.stdout)
        with open(path, encoding='ascii') as source:
            line = next(n for n, text in enumerate(source, 1) if '/* here */' in text)
        sleeping = 'reported: BUG: sleeping function called from invalid context at'
        self.assertIn(f'# sleeps: {sleeping} {path}:{line}\n', done.stdout)
        self.assertRegex(done.stdout, f'# sleeps_in_an_api: {sleeping} .*mempool.c:')
        self.assertIn('# hardened: pass:2 fail:5 skip:0 total:7\n', done.stdout)
        done = run(QUIRE, 'test', '--no-sanitize', '--set', 'hardened_usercopy=0',
                   '--set', 'asan=0', '-f', '*.exposes', path)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_bad_accesses(self):
        """AddressSanitizer sees them where they are; whose memory it is, is told before."""
        path = f'{KUNIT}/shadow.c'
        with open(path, encoding='ascii') as source:
            lines = source.read().split('\n')
        for case, owner, access in (
                ('reads_freed', 'byte 3 of a free object of cache kmalloc-64', 'READ of size 1'),
                ('writes_freed', 'byte 39 of a free object of cache kmalloc-64', 'WRITE of size 1'),
                ('reads_behind', '0 bytes behind the 41 bytes of an object of cache kmalloc-64',
                 'READ of size 1'),
                ('reads_before', '1 byte before an object of cache kmalloc-64', 'READ of size 1'),
                ('copies_beyond', 'bytes 0 to 63 of an object of cache kmalloc-64, which has 41',
                 'READ of size 64'),
                ('beyond_shrunk', '0 bytes behind the 10 bytes of an object of cache kmalloc-64',
                 'READ of size 1'),
                ('behind_large', 'byte 9000 of a large object of 4 pages, fewer were asked for',
                 'READ of size 1'),
                ('behind_pages', 'byte 0 of a free page', 'WRITE of size 1'),
                ('reads_free_page', 'byte 100 of a free page', 'READ of size 1')):
            done = run(QUIRE, 'test', '-f', f'*.{case}', path)
            begin = lines.index(f'static void {case}(struct kunit *test)') + 1
            end = lines.index('}', begin)
            self.assertIn(f'    # BUG: {owner}\n', done.stdout)
            self.assertRegex(done.stdout, r'# ==\d+==ERROR: AddressSanitizer: ')
            self.assertIn(f'    # {access} at ', done.stdout)
            place = re.search(rf' in {case} .*shadow.c:(\d+)', done.stdout)
            self.assertTrue(place and begin < int(place[1]) <= end, done.stdout)
            self.assertNotIn('Shadow byte legend', done.stdout)
            self.assertIn('# shadow: pass:0 fail:1 skip:0 total:1\n', done.stdout)
            if 'page' not in owner:
                self.assertIn(f'    #  allocated at {case}+', done.stdout)
        done = run(QUIRE, 'test', '-f', '*.is_fine', path)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        done = run(QUIRE, 'test', '--set', 'asan=0', '-f', '*.reads_freed', path)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def freed(self, *options):
        """What the cases of freed.c print, by name, each with its verdict."""
        done = run(QUIRE, 'test', *options, '--set', 'cpus=1', '--timeout', '20',
                   f'{KUNIT}/freed.c')
        cases = re.findall(r'((?:.*\n)*?)    ((?:not )?ok) \d+ (\w+)\n',
                           done.stdout.split('\n    1..', 1)[1].split('\n', 1)[1])
        cases = {name: (verdict, text) for text, verdict, name in cases}
        for name in 'are_fine', 'are_fine_woken':
            self.assertEqual(cases.pop(name), ('ok', ''))
        for verdict, text in cases.values():
            self.assertEqual(verdict, 'not ok', text)
            self.assertNotIn('timed out', text)
        return {name: text for name, (_, text) in cases.items()}

    def lost(self, cases):
        """Things that were never set up, or lost while queued: with and without sanitizers."""
        for name, what, init in (('unset_work', 'work item', r'INIT_WORK\(\)'),
                                 ('unset_work_of_kmalloc', 'work item', r'INIT_WORK\(\)'),
                                 ('unset_delayed_work', 'work item', r'INIT_WORK\(\)'),
                                 ('unset_timer', 'timer', r'timer_setup\(\)')):
            self.assertRegex(cases[name], rf'# {name}: reported: BUG: {what} \w+ has no function: '
                             f'{init} is missing, or it was freed\n')
            self.assertRegex(cases[name], rf'Call Trace:\n(    #.*\n)*?    #  {name}\+')
            self.assertIn(f'    #  allocated at {name}+', cases[name])
        for name, what in (('queued_work', 'work item'), ('queued_work_at_the_end', 'work item'),
                           ('queued_delayed_work', 'timer'), ('queued_timer', 'timer')):
            self.assertRegex(cases[name], rf'# {name}: reported: BUG: {what} \w+ was freed while '
                             'it was queued\n')
            self.assertIn(f'    #  freed at {name}+', cases[name])
        for name, what in (('queued_work_set_up_again', 'work item'),
                           ('queued_timer_set_up_again', 'timer')):
            self.assertRegex(cases[name], rf'# {name}: reported: BUG: {what} \w+ was overwritten')
            self.assertIn('    #  allocated at new_thing+', cases[name])
            self.assertNotIn('crashed', cases[name])
        name = 'queued_work_among_others'
        self.assertEqual(len(re.findall(r'    # BUG: work item \w+ was freed', cases[name])), 2)
        self.assertNotIn('EXPECTATION', cases[name])
        self.assertNotIn('leaked', cases[name])

    def test_freed(self):
        """What is freed, and handed to the library: AddressSanitizer's report, from the caller."""
        cases = self.freed()
        self.lost(cases)
        text = cases.pop('inits_beyond')
        self.assertRegex(text, '# BUG: bytes 0 to .* of an object of cache kmalloc-8, which has 8')
        self.assertRegex(text, r' in inits_beyond .*freed.c:')
        names = [name for name in cases if name.startswith('after_')]
        self.assertEqual(len(names), 19)
        for name in names:
            self.assertIn(' of a free object of cache kmalloc-', cases[name])
            self.assertIn(f'    #  freed at {name}+', cases[name])
            self.assertIn('ERROR: AddressSanitizer: use-after-poison', cases[name])
            self.assertRegex(cases[name], rf' in {name} .*freed.c:')

    def test_freed_without_sanitizers(self):
        cases = self.freed('--no-sanitize')
        self.lost(cases)
        for name in ('after_spin_lock', 'after_spin_trylock', 'after_spin_unlock', 'after_down',
                     'after_down_write', 'after_mutex_lock', 'after_complete', 'after_complete_all',
                     'after_wait_for_completion', 'after___wake_up'):
            self.assertRegex(cases[name], rf'# {name}: reported: BUG: spinlock bad magic on CPU#0')
            self.assertIn(f'    #  freed at {name}+', cases[name])
        for name in ('after_mod_timer', 'after_del_timer', 'after_queue_work_on',
                     'after_flush_work', 'after_cancel_work_sync', 'after_queue_delayed_work_on',
                     'after_cancel_delayed_work_sync'):
            self.assertRegex(cases[name], rf'# {name}: reported: BUG: .* has no function: ')
            self.assertIn(f'    #  freed at {name}+', cases[name])

    def test_arrays_give_their_lock_back(self):
        done = run(QUIRE, 'test', '--no-sanitize', '--fail-nth', f'{KUNIT}/arrays.c')
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r'# allocates: [3-9] allocations failed in turn, 0 ended')

    def test_failures_by_chance(self):
        """They begin with the case: what the machine and the runner need is there."""
        for setting in 'failslab=1,100,0,1', 'failslab=1,100,64,-1', 'fail_page_alloc=1,100,0,-1':
            done = run(QUIRE, 'test', '--no-sanitize', '--set', setting, '-f', '*.bears_it',
                       f'{KUNIT}/nth.c')
            self.assertIn('Expected b != NULL, but', done.stdout)
            self.assertIn('# FAULT_INJECTION: forcing a failure.\n', done.stdout)
            self.assertIn('# nth: pass:0 fail:1 skip:0 total:1\n', done.stdout)
            self.assertNotIn('first caches', done.stdout)
        done = run(QUIRE, 'test', '--no-sanitize', '--set', 'failslab=3,100,0,-1,cpus=2',
                   '-f', '*.bears_it', f'{KUNIT}/nth.c')
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        done = run(QUIRE, 'test', '--no-sanitize', '--set', 'failslab=1,101,0,-1',
                   f'{KUNIT}/nth.c')
        self.assertEqual((done.returncode, done.stderr), (
            2, 'quire: QUIRE_SET: failslab=1,101,0,-1: INTERVAL,PROBABILITY,SPACE,TIMES is '
            'wanted: four numbers, the second at most 100, the last at least -1\n'))

    def test_pools(self):
        """What is in a reserve is the pool's, also what came by mempool_alloc()."""
        path = f'{KUNIT}/pool.c'
        for more in (), ('--set', 'slab=slab'), ('--slub-debug', '-'):
            done = run(QUIRE, 'test', '--no-sanitize', '--fail-nth', '-f', '*.swaps*', *more, path)
            self.assertEqual(done.returncode, 0, done.stdout)
            for case in 'swaps_objects', 'swaps_sizes':
                self.assertIn(f'# {case}: 2 allocations failed in turn, 0 ended badly\n',
                              done.stdout)
        done = run(QUIRE, 'test', '--no-sanitize', '-f', '*.keeps*', path)
        text = re.sub(r'\+0x\w+/0x\w+', '', done.stdout)
        self.assertIn('# keeps_an_element: leaked 1 object, 200 bytes, kmalloc-256 from '
                      'mempool_kmalloc called by keeps_an_element\n', text)
        self.assertIn('    #   4 objects, 160 bytes, kmalloc-64 from mempool_kmalloc called by '
                      'keeps_a_pool\n', text)


if __name__ == '__main__':
    unittest.main()
