#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`quire test` on memory: copies beyond objects, allocations that may not sleep, or that fail."""
import os
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
                   '-f', '*.exposes', path)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

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


if __name__ == '__main__':
    unittest.main()
