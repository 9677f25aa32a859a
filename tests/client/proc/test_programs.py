#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""free, vmstat, slabtop, numastat, numactl, the kernel's slabinfo on our files, bound over the
live ones.

Each must end with the same status, say nothing it does not say of the live kernel's files,
print lines of as many columns, and print our numbers.
"""
import os
import re
import subprocess
import unittest

from proc_client import SKIPPED, Tree, skip

NAMESPACE = ('unshare', '-m', '--propagation', 'private')
NODES = 'sys/devices/system/node'
SLAB = 'sys/kernel/slab'
# numastat 2.0.16 knows no names of kernels that came after it; it says so of live files, too.
KNOWN = re.compile(r'Token \S+ not in hash table\.')


def run(args, tree=None):
    """Runs @args; with @tree in a mount namespace of its own where our files are bound."""
    if tree:
        bind = ['mount --bind "$0/proc/%s" /proc/%s' % (n, n)
                for n in ('meminfo', 'vmstat', 'zoneinfo', 'buddyinfo', 'pagetypeinfo', 'slabinfo')]
        bind += [f'mount --bind "$0/{d}" /{d}' for d in (NODES, SLAB) if os.path.isdir('/' + d)]
        args = [*NAMESPACE, 'sh', '-c', ' && '.join(bind + ['exec "$@"']), tree.dir, *args]
    env = dict(os.environ, LC_ALL='C', COLUMNS='200')
    return subprocess.run(args, capture_output=True, text=True, check=False, env=env, timeout=60)


class Programs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tree = Tree()

    @classmethod
    def tearDownClass(cls):
        cls.tree.close()

    def both(self, *args, columns=True):
        """Runs it on live files and on ours; returns what it printed of ours."""
        live, ours = run(args), run(args, self.tree)
        self.assertEqual(ours.returncode, live.returncode, ours.stderr)
        self.assertEqual(ours.returncode, 0, ours.stderr)
        known = set(live.stderr.splitlines())
        for line in ours.stderr.splitlines():
            self.assertTrue(line in known or KNOWN.fullmatch(line), line)
        a = KNOWN.sub('', live.stdout).strip().splitlines()
        b = KNOWN.sub('', ours.stdout).strip().splitlines()
        if columns:
            self.assertEqual([len(x.split()) for x in b], [len(x.split()) for x in a],
                             ours.stdout + live.stdout)
        return ours.stdout

    def test_free(self):
        text, m = self.both('free'), self.tree.meminfo()
        total, used, free, shared, cache, available = map(
            int, re.search(r'(?m)^Mem: +(.*)$', text)[1].split())
        self.assertEqual((total, free, shared, available),
                         (m['MemTotal'], m['MemFree'], m['Shmem'], m['MemAvailable']))
        self.assertEqual(cache, m['Buffers'] + m['Cached'] + m['SReclaimable'])
        self.assertIn(used, (total - available, total - free - cache))
        self.assertRegex(text, r'(?m)^Swap: +0 +0 +0$')

    def test_free_with_low_and_high(self):
        text, m = self.both('free', '-l', '-w'), self.tree.meminfo()
        self.assertIn(m['MemFree'], map(int, re.search(r'(?m)^Low: +(.*)$', text)[1].split()))

    def test_vmstat(self):
        text, m = self.both('vmstat'), self.tree.meminfo()
        head, row = (line.split() for line in text.splitlines()[1:3])
        got = dict(zip(head, map(int, row)))
        self.assertEqual((got['swpd'], got['free'], got['buff'], got['cache']),
                         (0, m['MemFree'], m['Buffers'], m['Cached'] + m['SReclaimable']))
        text = self.both('vmstat', '-a')
        got = dict(zip(*(line.split() for line in text.splitlines()[1:3])))
        self.assertEqual((int(got['inact']), int(got['active'])), (m['Inactive'], m['Active']))

    def test_vmstat_s(self):
        text, m, v = self.both('vmstat', '-s'), self.tree.meminfo(), self.tree.vmstat()
        for name, value in (('K total memory', m['MemTotal']), ('K active memory', m['Active']),
                            ('K inactive memory', m['Inactive']), ('K free memory', m['MemFree']),
                            ('K buffer memory', m['Buffers']), ('K total swap', 0),
                            ('K paged in', v['pgpgin']), ('K paged out', v['pgpgout']),
                            ('pages swapped in', v['pswpin']),
                            ('pages swapped out', v['pswpout'])):
            self.assertRegex(text, rf'(?m)^ *{value} {name}$')

    def test_slabtop(self):
        text = self.both('slabtop', '-o', '-s', 'c', columns=False)
        rows = self.tree.slabinfo()
        seen = 0
        for m in re.finditer(r'(?m)^ *(\d+) +(\d+) +(\d+)% +([\d.]+)K +(\d+) +(\d+) +(\d+)K (\S+)',
                             text):
            active, objects, size, per_slab, pages, slabs = rows[m[8]]
            self.assertEqual([int(m[i]) for i in (1, 2, 5, 6, 7)],
                             [objects, active, slabs, per_slab, slabs * pages * 4], m[8])
            self.assertAlmostEqual(float(m[4]), size / 1024, delta=0.0051)
            seen += 1
        self.assertGreater(seen, 18)
        active = sum(r[0] for r in rows.values())
        total = sum(r[1] for r in rows.values())
        self.assertRegex(text, rf'Active / Total Objects \(% used\) +: {active} / {total} ')
        self.assertRegex(text, rf'Active / Total Caches \(% used\) +: \d+ / {len(rows)} ')

    def test_vmstat_m(self):
        text = self.both('vmstat', '-m', columns=False)
        shown = {x[0]: tuple(map(int, x[1:])) for x in map(str.split, text.splitlines())
                 if x[1] != 'Num'}  # the head comes again on each screen
        self.assertEqual(shown, {name: (r[0], r[1], r[2], r[3])
                                 for name, r in self.tree.slabinfo().items()})

    def test_numastat(self):
        # The live machine may have another number of nodes: one column for each.
        text = self.both('numastat', columns=False)
        self.assertRegex(text, r'(?m)^ +node0 +node1$')
        for name, value in self.tree.numastat(0).items():
            self.assertRegex(text, rf'(?m)^{name} +{value} +{self.tree.numastat(1)[name]}$')
        self.assertTrue(self.tree.numastat(1)['other_node'] > 1000)

    def test_numastat_m(self):
        text = self.both('numastat', '-m', columns=False)
        nodes = [self.tree.node_meminfo(nid) for nid in (0, 1)]
        seen = 0
        for name in nodes[0]:
            row = re.search(rf'(?m)^{re.escape(name)} +([\d.]+) +([\d.]+) +([\d.]+)$', text)
            if not row:  # a name that it does not know
                self.assertIn(name, ('SwapCached', 'SecPageTables', 'FileHugePages',
                                     'FilePmdMapped'))
                continue
            mib = [n[name] / (1 if name.startswith('HugePages') else 1024) for n in nodes]
            for got, want in zip(row.groups(), (*mib, sum(mib))):
                self.assertAlmostEqual(float(got), want, delta=0.011, msg=name)
            seen += 1
        self.assertGreaterEqual(seen, 30)

    def test_numactl_hardware(self):
        text = self.both('numactl', '-H', columns=False)
        for nid in (0, 1):
            m = self.tree.node_meminfo(nid)
            self.assertRegex(text, rf'(?m)^node {nid} cpus: {nid}$')
            self.assertRegex(text, rf'(?m)^node {nid} size: {m["MemTotal"] // 1024} MB$')
            self.assertRegex(text, rf'(?m)^node {nid} free: {m["MemFree"] // 1024} MB$')
        self.assertRegex(text, r'(?s)available: 2 nodes \(0-1\).*0: +10 +20.*1: +20 +10')

    def test_shown_as_they_are(self):
        """cat: what a program gets are our bytes, whoever reads them, in any pieces."""
        for name in ('zoneinfo', 'buddyinfo', 'pagetypeinfo'):
            got = run(['dd', f'if=/proc/{name}', 'bs=7', 'status=none'], self.tree)
            self.assertEqual((got.returncode, got.stdout), (0, self.tree.text(f'proc/{name}')))


class KernelSlabinfo(unittest.TestCase):
    """The kernel's own tool, compiled unmodified, on /sys/kernel/slab."""

    @classmethod
    def setUpClass(cls):
        build = os.environ['BUILD']
        source = os.path.join(build, 'kernel-source')
        fetch = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                             '../kernel/fetch-kernel-source.sh')
        done = subprocess.run([fetch, source, 'tools/vm/slabinfo.c'], check=False,
                              capture_output=True, text=True)
        if done.returncode == SKIPPED:
            raise unittest.SkipTest(done.stdout.strip())
        if not os.path.isdir('/' + SLAB):
            raise unittest.SkipTest(f'this kernel has no /{SLAB} to bind over')
        assert not done.returncode, done.stderr
        cls.tool = os.path.join(build, 'kernel-slabinfo')
        subprocess.run(['cc', '-O2', '-w', '-o', cls.tool,
                        os.path.join(source, 'tools/vm/slabinfo.c')], check=True)
        cls.tree = Tree()

    @classmethod
    def tearDownClass(cls):
        cls.tree.close()

    def value(self, folder, name):
        return int(self.tree.text(f'{SLAB}/{folder}/{name}').split()[0])

    def run_tool(self, *options):
        done = run([self.tool, *options], self.tree)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        return done.stdout

    def test_plain(self):
        rows = {x[0]: x for x in map(str.split, self.run_tool('-B').splitlines()[1:])}
        for folder in ('inode_cache', 'buffer_head', 'anon_vma', 'checked', 'kmalloc-64'):
            row = rows[folder]
            self.assertEqual(int(row[1]), self.value(folder, 'objects'), folder)
            self.assertEqual(int(row[2]), self.value(folder, 'object_size'), folder)
            order = self.value(folder, 'order')
            self.assertEqual(int(row[3]), self.value(folder, 'slabs') * (4096 << order), folder)
            slabs, partial, cpu = map(int, row[4].split('/'))
            self.assertEqual((slabs + cpu, partial), (self.value(folder, 'slabs'),
                                                      self.value(folder, 'partial')), folder)
            self.assertEqual(int(row[5]), self.value(folder, 'objs_per_slab'), folder)
            self.assertEqual(int(row[6]), order)
        flags = rows['checked'][9]
        for letter in 'FPZU':
            self.assertIn(letter, flags)

    def test_empty_too(self):
        self.assertNotIn('\nempty ', self.run_tool())
        self.assertIn('\nempty ', self.run_tool('-e') + self.run_tool('-z'))

    def test_aliases(self):
        text = self.run_tool('-a')
        self.assertRegex(text, r'(?m)^:0000064 +<- files_cache fs_cache$')

    def test_totals(self):
        text = self.run_tool('-T')
        folders = [d for d in os.listdir(self.tree.path(SLAB))
                   if not os.path.islink(self.tree.path(f'{SLAB}/{d}'))]
        used = [d for d in folders if self.value(d, 'slabs')]
        self.assertRegex(text, rf'Slabcaches : +{len(folders)} .* Active: +{len(used)}\n')

    def test_report_of_one(self):
        text = self.run_tool('-r', 'checked')
        self.assertRegex(text, r'Slabcache: checked ')
        self.assertRegex(text, rf'Object +: +{self.value("checked", "object_size")} +Total +: +'
                         rf'{self.value("checked", "slabs")} ')
        self.assertRegex(text, r'Sanity Checks +: On')
        self.assertRegex(text, r'Poisoning +: On')


if __name__ == '__main__':
    if os.geteuid():
        skip('binding files over /proc needs root')
    if subprocess.run([*NAMESPACE, 'true'], check=False).returncode:
        skip('this container or chroot allows no mount namespace of its own')
    unittest.main()
