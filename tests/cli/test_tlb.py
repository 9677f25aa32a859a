#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`quire tlb`: what it counts, with which machine, and what it refuses."""
import json
import os
import subprocess
import tempfile
import unittest

QUIRE = os.environ['QUIRE']
SOURCE = os.environ['QUIRE_SOURCE']
SORT = os.path.join(SOURCE, 'traces/lackey-sort/trace.txt.zst')


def tlb(*args):
    return subprocess.run([QUIRE, 'tlb', *args], capture_output=True, text=True, check=False)


def counts(*args):
    run = tlb(*args, '--json', '-')
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


class Tlb(unittest.TestCase):
    def file(self, text):
        handle = tempfile.NamedTemporaryFile('w', suffix='.txt')
        self.addCleanup(handle.close)
        handle.write(text)
        handle.flush()
        return handle.name

    def test_small(self):
        # One page of code, one of data; data is read, then written for the first time.
        c = counts(self.file('I  400000,4\n L 600000,8\n M 600008,8\nI  400004,4\n'))
        self.assertEqual((c['accesses'], c['instructions'], c['loads'], c['stores']), (5, 2, 2, 1))
        self.assertEqual(c['page_faults'], 2)
        # Each page: in vain, then mapped; and the write that must set dirty.
        self.assertEqual((c['walks'], c['refused']), (5, 2))
        self.assertEqual((c['hits']['l1d'], c['hits']['l1i'], c['hits']['l2']), (1, 1, 0))

    def test_real(self):
        c = counts(SORT)
        hits = c['hits']['l1d'] + c['hits']['l1i'] + c['hits']['l2']
        self.assertEqual(c['accesses'], 589242)
        self.assertEqual(hits + c['walks'] - c['page_faults'], c['accesses'])
        self.assertGreater(c['page_faults'], 100)
        text = tlb(SORT).stdout
        self.assertIn(f"page faults {c['page_faults']}\n", text)
        self.assertIn('million accesses/s', text)

    def test_machine(self):
        usual = counts(SORT)
        small = counts(SORT, '--set', 'tlb.l1d=[8,2]', '--set', 'tlb.l2=[16,4]')
        self.assertGreater(small['walks'], 2 * usual['walks'])
        self.assertEqual(small['page_faults'], usual['page_faults'])
        arm = counts(SORT, '--set', 'mmu=arm64-64k', '--set', 'page_size=64K',
                     '--set', 'section_size=512M')
        self.assertLess(arm['page_faults'], usual['page_faults'])
        five = counts(SORT, '--set', 'mmu=x86-64-5',
                      *(x for i in '1234' for x in ('--set', f'tlb.pwc{i}=[0,1]')))
        self.assertGreater(five['walk_refs'], 4 * five['walks'])

    def test_same_again(self):
        a, b = counts(SORT), counts(SORT)
        for key in 'ns', 'accesses_per_s':
            del a[key], b[key]
        self.assertEqual(a, b)

    def test_folder(self):
        self.assertEqual(counts(os.path.dirname(SORT))['accesses'], 589242)

    def refused(self, status, text, *args):
        run = tlb(*args)
        self.assertEqual((run.returncode, run.stdout), (status, ''))
        self.assertIn(text, run.stderr)

    def test_refused(self):
        self.refused(2, 'no TRACE given')
        self.refused(2, 'one TRACE only', SORT, SORT)
        self.refused(1, 'No such file', '/no/such/file')
        self.refused(1, 'a folder without a trace.txt', '/')
        self.refused(1, 'no accesses: is it a trace of', self.file('hello\n'))
        self.refused(2, 'tlb.l2', SORT, '--set', 'tlb.l2=[10,3]')
        self.refused(2, 'mmu', SORT, '--set', 'mmu=arm64-16k')
        self.refused(2, 'tlb.model is false', SORT, '--set', 'tlb.model=false')
        many = self.file(''.join(f' L {0x600000 + 4096 * i:x},8\n' for i in range(4000)))
        run = tlb(many, '--set', 'nodes[0].memory=8M')
        self.assertEqual(run.returncode, 1)
        self.assertIn('quire tlb: out of memory', run.stderr)


if __name__ == '__main__':
    unittest.main()
