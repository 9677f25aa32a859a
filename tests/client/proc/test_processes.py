#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""pmap, numastat -p, psutil on the files of our processes, bound over those of a live one; smem on
our tree as it is.

Each must end with the same status as on the live process's own files, say nothing, print lines of
as many columns, and print our numbers. The live kernel may be newer and have lines more (KSM).
"""
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from proc_client import skip

NAMESPACE = ('unshare', '-m', '--propagation', 'private')
NODES = 'sys/devices/system/node'
PIDS = (1001, 1002, 1003)
FILES = ('maps', 'smaps', 'smaps_rollup', 'numa_maps', 'statm')
NEWER = {'KSM', 'ProtectionKey'}
# Each number of smaps that pmap -X does not print.
NOT_X = {'KernelPageSize', 'MMUPageSize', 'Shared_Clean', 'Shared_Dirty', 'Private_Clean',
         'Private_Dirty', 'AnonHugePages'}


class Vma:
    """A mapping as our smaps has it; kB by name."""

    def __init__(self, head):
        m = re.fullmatch(r'([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]{8}) (\S+) (\d+) *(.*)', head)
        self.start, self.end, self.mode, self.offset = m.groups()[:4]
        self.device, self.inode, self.name = m.groups()[4:]
        self.kb = {}

    def line(self, text):
        name, value = text.split(':', 1)
        if value.endswith(' kB'):
            self.kb[name] = int(value[:-3])
        elif name == 'THPeligible':
            self.kb[name] = int(value)


class Tree:
    """DIR/proc/PID of the machine that make_vm_tree boots."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix='quire-client-')
        self.dir = self.folder.name
        subprocess.run([os.environ['MAKE_VM_TREE'], self.dir], check=True)

    def text(self, name):
        with open(os.path.join(self.dir, name), encoding='ascii') as f:
            return f.read()

    def smaps(self, pid, name='smaps'):
        vmas = []
        for text in self.text(f'proc/{pid}/{name}').splitlines():
            if re.match('[0-9a-f]+-', text):
                vmas.append(Vma(text))
            else:
                vmas[-1].line(text)
        return vmas

    def numa_maps(self, pid):
        """[kind, {node: pages}] a line."""
        rows = []
        for text in self.text(f'proc/{pid}/numa_maps').splitlines():
            words = text.split()
            kind = next((w for w in words if w in ('heap', 'stack')), 'private')
            pages = {int(m[1]): int(m[2]) for m in re.finditer(r' N(\d+)=(\d+)', text)}
            rows.append((kind, pages))
        return rows


def kb(vmas, name):
    return sum(v.kb[name] for v in vmas)


class Processes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tree = Tree()
        cls.live = subprocess.Popen(['sleep', '600'])

    @classmethod
    def tearDownClass(cls):
        cls.live.kill()
        cls.live.wait()
        cls.tree.folder.cleanup()

    def run_on(self, pid, *args):
        """Runs @args with PID for the live process; @pid's files bound over its own, 0: not."""
        args = [a.replace('PID', str(self.live.pid)) for a in args]
        if pid:
            bind = [f'mount --bind "$0/proc/{pid}/{f}" /proc/{self.live.pid}/{f}' for f in FILES]
            bind.append(f'mount --bind "$0/{NODES}" /{NODES}')
            args = [*NAMESPACE, 'sh', '-c', ' && '.join(bind + ['exec "$@"']), self.tree.dir,
                    *args]
        env = dict(os.environ, LC_ALL='C', COLUMNS='300')
        done = subprocess.run(args, capture_output=True, text=True, check=False, env=env,
                              timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ''), done.stdout)
        return done.stdout

    @staticmethod
    def table(text):
        """The columns of pmap -X, its rows and their sums; the last column may have blanks."""
        lines = text.splitlines()
        head = lines[1].split()
        if 'VmFlags' in head:  # several words, and the name behind them
            head.remove('Mapping')
        rows = [line.split(None, len(head) - 1) for line in lines[2:]]
        end = next(i for i, r in enumerate(rows) if set(''.join(r)) == {'='})
        return head, rows[:end], rows[end + 1]

    def check_extended(self, option, left_out):
        live = self.table(self.run_on(0, 'pmap', option, 'PID'))[0]
        for pid in PIDS:
            vmas = self.tree.smaps(pid)
            head, rows, total = self.table(self.run_on(pid, 'pmap', option, 'PID'))
            self.assertEqual(head, [c for c in live if c not in NEWER])
            wanted = [n for n in vmas[0].kb if n not in left_out]
            self.assertEqual(len(rows), len(vmas))
            for row, v in zip(rows, vmas):
                got = dict(zip(head, row))
                self.assertEqual([got[n] for n in ('Address', 'Perm', 'Offset', 'Device', 'Inode')],
                                 [v.start, v.mode, v.offset, v.device, v.inode])
                for name in wanted:
                    self.assertEqual(int(got[name]), v.kb[name], (pid, v.start, name))
                name = re.sub(r'^(\S\S )*', '', got.get('VmFlags', '') + got.get('Mapping', ''))
                self.assertEqual(name, os.path.basename(v.name))
            numbers = [c for c in head[5:] if c in wanted and c != 'THPeligible']
            sums = dict(zip(head[5:], total))
            for name in numbers:
                if name not in ('KernelPageSize', 'MMUPageSize'):
                    self.assertEqual(int(sums[name]), kb(vmas, name), name)

    def test_pmap_extended(self):
        self.check_extended('-X', NOT_X)

    def test_pmap_all_the_kernel_has(self):
        self.check_extended('-XX', set())

    def test_pmap_x(self):
        live = self.run_on(0, 'pmap', '-x', 'PID').splitlines()
        for pid in PIDS:
            vmas = self.tree.smaps(pid)
            lines = self.run_on(pid, 'pmap', '-x', 'PID').splitlines()
            self.assertEqual(lines[1].split(), live[1].split())
            rows = [line.split(None, 5) for line in lines[2:-2]]
            self.assertEqual(len(rows), len(vmas))
            for row, v in zip(rows, vmas):
                dirty = v.kb['Shared_Dirty'] + v.kb['Private_Dirty']
                self.assertEqual([int(row[0], 16), *map(int, row[1:4])],
                                 [int(v.start, 16), v.kb['Size'], v.kb['Rss'], dirty])
                self.assertEqual(row[4][:3], v.mode[:3])
                self.assertEqual(row[4][3], v.mode[3].replace('p', '-'))
            dirty = kb(vmas, 'Shared_Dirty') + kb(vmas, 'Private_Dirty')
            self.assertEqual(lines[-1].split(), ['total', 'kB', str(kb(vmas, 'Size')),
                                                 str(kb(vmas, 'Rss')), str(dirty)])

    def test_pmap_plain_with_paths(self):
        for pid in PIDS:
            vmas = self.tree.smaps(pid)
            lines = self.run_on(pid, 'pmap', '-p', 'PID').splitlines()
            rows = [line.split(None, 3) for line in lines[1:-1]]
            self.assertEqual([(int(r[0], 16), r[1]) for r in rows],
                             [(int(v.start, 16), f'{v.kb["Size"]}K') for v in vmas])
            for row, v in zip(rows, vmas):
                # Its [ stack ] is where /proc/PID/stat says, which is the live process's.
                self.assertEqual(row[3], v.name if v.name.startswith('/') else '[ anon ]')
            self.assertEqual(lines[-1].split(), ['total', f'{kb(vmas, "Size")}K'])

    def test_pmap_device(self):
        for pid in PIDS:
            vmas = self.tree.smaps(pid)
            last = self.run_on(pid, 'pmap', '-d', 'PID').splitlines()[-1]
            writable = [v for v in vmas if v.mode[1] == 'w' and v.mode[3] == 'p']
            shared = [v for v in vmas if v.mode[3] == 's']
            self.assertEqual(last.split(), ['mapped:', f'{kb(vmas, "Size")}K',
                                            'writeable/private:', f'{kb(writable, "Size")}K',
                                            'shared:', f'{kb(shared, "Size")}K'])

    def test_numastat(self):
        live = self.run_on(0, 'numastat', '-p', 'PID')
        for pid in PIDS:
            text = self.run_on(pid, 'numastat', '-p', 'PID')
            self.assertEqual([x.split()[:1] for x in text.splitlines()[4:]],
                             [x.split()[:1] for x in live.splitlines()[4:]])
            self.assertRegex(text, r'(?m)^ +Node 0 +Node 1 +Total$')
            want = {'Huge': [0, 0], 'Heap': [0, 0], 'Stack': [0, 0], 'Private': [0, 0]}
            for kind, pages in self.tree.numa_maps(pid):
                for nid, n in pages.items():
                    want[kind.capitalize()][nid] += n / 256
            want['Total'] = [sum(x) for x in zip(*want.values())]
            for name, mib in want.items():
                row = re.search(rf'(?m)^{name} +([\d.]+) +([\d.]+) +([\d.]+)$', text)
                for got, value in zip(row.groups(), (*mib, sum(mib))):
                    self.assertAlmostEqual(float(got), value, delta=0.0051, msg=(pid, name))
        self.assertGreater(want['Total'][0], 0)

    def test_psutil(self):
        """Debian's python3-psutil: statm, smaps, smaps_rollup."""
        python = '/usr/bin/python3'
        if subprocess.run([python, '-c', 'import psutil'], check=False,
                          capture_output=True).returncode:
            self.skipTest('python3-psutil is not installed')
        ask = ('import json, psutil; p = psutil.Process(PID); '
               'print(json.dumps([p.memory_full_info()._asdict(), '
               '[m._asdict() for m in p.memory_maps(grouped=False)]]))')
        for pid in PIDS:
            vmas = self.tree.smaps(pid)
            info, maps = json.loads(self.run_on(pid, python, '-c', ask))
            statm = [int(n) for n in self.tree.text(f'proc/{pid}/statm').split()]
            self.assertEqual([info[n] for n in ('vms', 'rss', 'shared', 'text', 'data')],
                             [4096 * statm[i] for i in (0, 1, 2, 3, 5)])
            rollup = self.tree.smaps(pid, 'smaps_rollup')[0].kb
            self.assertEqual([info[n] for n in ('pss', 'uss', 'swap')],
                             [1024 * rollup['Pss'],
                              1024 * (rollup['Private_Clean'] + rollup['Private_Dirty']),
                              1024 * rollup['Swap']])
            for m, v in zip(maps, vmas):
                self.assertEqual((m['addr'], m['perms'], m['path']),
                                 (f'{v.start}-{v.end}', v.mode,
                                  v.name.removesuffix(' (deleted)') or '[anon]'))
                for got, name in (('rss', 'Rss'), ('size', 'Size'), ('pss', 'Pss'),
                                  ('shared_clean', 'Shared_Clean'),
                                  ('private_dirty', 'Private_Dirty'),
                                  ('referenced', 'Referenced'), ('anonymous', 'Anonymous')):
                    self.assertEqual(m[got], 1024 * v.kb[name], (pid, v.start, name))
            self.assertEqual(len(maps), len(vmas))

    def test_smem(self):
        """All processes side by side; the tree stands for the whole system."""
        if not shutil.which('smem'):
            self.skipTest('smem is not installed')
        text = self.run_on(0, 'smem', '-S', self.tree.dir, '-H', '-c', 'pid swap uss pss rss vss')
        rows = {int(r[0]): [int(n) for n in r[1:]] for r in map(str.split, text.splitlines())}
        self.assertEqual(set(rows), set(PIDS))
        for pid, got in rows.items():
            vmas = self.tree.smaps(pid)
            self.assertEqual(got, [kb(vmas, 'Swap'),
                                   kb(vmas, 'Private_Clean') + kb(vmas, 'Private_Dirty'),
                                   kb(vmas, 'Pss'), kb(vmas, 'Rss'), kb(vmas, 'Size')], pid)


class Agree(unittest.TestCase):
    """Our files say the same in different words, and the machine has what the test is about."""

    @classmethod
    def setUpClass(cls):
        cls.tree = Tree()

    @classmethod
    def tearDownClass(cls):
        cls.tree.folder.cleanup()

    def status(self, pid):
        return {m[1]: int(m[2]) for m in re.finditer(
            r'(?m)^(\w+):\s+(\d+) kB$', self.tree.text(f'proc/{pid}/status'))}

    def test_sums(self):
        for pid in PIDS:
            vmas, status = self.tree.smaps(pid), self.status(pid)
            rollup = self.tree.smaps(pid, 'smaps_rollup')[0].kb
            for name, value in rollup.items():
                if name in ('Pss_Anon', 'Pss_File', 'Pss_Shmem'):
                    continue
                # Proportional sizes are rounded down by mapping.
                delta = len(vmas) if 'Pss' in name or name == 'Locked' else 0
                self.assertAlmostEqual(value, kb(vmas, name), delta=delta, msg=name)
            parts = rollup['Pss_Anon'] + rollup['Pss_File'] + rollup['Pss_Shmem']
            self.assertAlmostEqual(rollup['Pss'], parts, delta=2)
            statm = [4 * int(n) for n in self.tree.text(f'proc/{pid}/statm').split()]
            self.assertEqual(statm[:2], [kb(vmas, 'Size'), kb(vmas, 'Rss')])
            self.assertEqual([status[n] for n in ('VmSize', 'VmRSS')], statm[:2])
            self.assertEqual(status['RssFile'] + status['RssShmem'], statm[2])
            self.assertEqual(status['RssAnon'], kb(vmas, 'Anonymous'))
            pages = sum(sum(p.values()) for _, p in self.tree.numa_maps(pid))
            self.assertEqual(4 * pages, kb(vmas, 'Rss'))
            lines = self.tree.text(f'proc/{pid}/maps').splitlines()
            self.assertEqual(len(lines), len(vmas))

    def test_shares_of_all(self):
        """Proportional sizes lie between what is private and what is resident."""
        everything = [v for pid in PIDS for v in self.tree.smaps(pid)]
        private = kb(everything, 'Private_Clean') + kb(everything, 'Private_Dirty')
        self.assertGreater(kb(everything, 'Pss'), private)
        self.assertLess(kb(everything, 'Pss'), kb(everything, 'Rss'))

    def test_kinds(self):
        vmas = self.tree.smaps(1001)
        names = {v.name for v in vmas}
        for name in ('[heap]', '[stack]', '[vdso]', '[anon:arena]', '/dev/zero (deleted)',
                     '/usr/sbin/serverd', '/var/lib/server/data', ''):
            self.assertIn(name, names)
        for name in ('Shared_Clean', 'Shared_Dirty', 'Private_Dirty', 'Locked', 'LazyFree',
                     'AnonHugePages'):
            self.assertGreater(kb(vmas, name), 0, name)
        nodes = set().union(*(p for _, p in self.tree.numa_maps(1001)))
        self.assertEqual(nodes, {0, 1})
        self.assertEqual(self.status(1002)['VmLck'], 0)  # a child's memory is not locked
        self.assertEqual(self.status(1001)['VmLck'], 36)


if __name__ == '__main__':
    if os.geteuid():
        skip('binding files over /proc needs root')
    if subprocess.run([*NAMESPACE, 'true'], check=False).returncode:
        skip('this container or chroot allows no mount namespace of its own')
    unittest.main()
