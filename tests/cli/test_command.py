#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`quire` and `quire boot`: what they print, what they refuse, and with which status."""
import json
import os
import subprocess
import tempfile
import unittest

QUIRE = os.environ['QUIRE']
SOURCE = os.environ['QUIRE_SOURCE']
TINY = os.path.join(SOURCE, 'machines/tiny-64m.yaml')
TWO = os.path.join(SOURCE, 'machines/two-node.yaml')


def quire(*args):
    return subprocess.run([QUIRE, *args], capture_output=True, text=True, check=False)


class Base(unittest.TestCase):
    def ok(self, *args):
        run = quire(*args)
        self.assertEqual((run.returncode, run.stderr), (0, ''))
        return run.stdout

    def refused(self, status, error, *args):
        run = quire(*args)
        self.assertEqual((run.returncode, run.stderr, run.stdout), (status, error, ''))


class Command(Base):
    def test_help(self):
        text = self.ok('--help')
        self.assertTrue(text.startswith('usage: quire COMMAND'))
        self.assertIn('\n  boot ', text)
        self.assertEqual(self.ok('help'), text)
        self.assertEqual(self.ok('-h'), text)
        self.assertEqual(self.ok('help', 'boot'), self.ok('boot', '--help'))

    def test_each_listed_command_has_help(self):
        names = [line.split()[0] for line in self.ok('--help').split('\n')
                 if line.startswith('  ') and line[2] != 'q']
        self.assertIn('boot', names)
        for name in names:
            self.assertTrue(self.ok(name, '--help').startswith(f'usage: quire {name}'), name)

    def test_version(self):
        self.assertRegex(self.ok('--version'), r'^quire \d+\.\d+\.\d+\n$')

    def test_no_or_unknown_command(self):
        run = quire()
        self.assertEqual(run.returncode, 2)
        self.assertTrue(run.stderr.startswith('usage: quire'))
        self.refused(2, "quire: no command 'boto': did you mean 'boot'?\n", 'boto')
        self.refused(2, "quire: no command 'xyzzy': see quire --help\n", 'xyzzy')
        self.refused(2, "quire: no command 'boto': did you mean 'boot'?\n", 'help', 'boto')

    def test_wrong_options(self):
        self.refused(2, 'quire boot: no MACHINE given (see quire boot --help)\n', 'boot')
        self.refused(2, 'quire boot: one MACHINE only, not also b (see quire boot --help)\n',
                     'boot', 'a', 'b')
        for command in 'boot', 'replay', 'record':
            see = f' (see quire {command} --help)\n'
            self.refused(2, f"quire {command}: no option '--wrong'" + see, command, '--wrong')
            self.refused(2, f"quire {command}: no option '-z'" + see, command, '-z')
            self.refused(2, f"quire {command}: no option '--halp': did you mean '--help'?\n",
                         command, '--halp')
            self.refused(2, f'quire {command}: --help=me: this option takes no value' + see,
                         command, '--help=me')
        for command, option in ('boot', '--set'), ('replay', '--at'), ('record', '-o'):
            self.refused(2, f'quire {command}: {option} needs a value (see quire {command} '
                         '--help)\n', command, option)
        run = quire('boot', TINY, *['--set', 'seed=1'] * 65)
        self.assertEqual(run.returncode, 2)
        self.assertIn('too many of --set', run.stderr)


class Boot(Base):
    def test_summary(self):
        text = self.ok('boot', TWO)
        self.assertRegex(text, r'(?m)^Memory: \d+K/1572348K available \(\d+K reserved, 0K cma-')
        self.assertIn('Machine two-node: 2 nodes, 2 CPUs, pages of 4K, with contents', text)
        self.assertRegex(text, r'(?m)^Node 1: 1 CPU, 767 MiB, distances 20 10$')
        self.assertRegex(text, r'(?m)^  DMA32 +196608 +196576 +196576 ')
        self.assertRegex(text, r'Booted in \d+\.\d+ ms')

    def test_errors_of_files(self):
        self.refused(2, 'quire: nowhere.yaml: No such file or directory\n', 'boot', 'nowhere.yaml')
        self.refused(2, "quire: --set vm.min_free_kbytes=abc: 'abc' is not a number\n",
                     'boot', TINY, '--set', 'vm.min_free_kbytes=abc')
        with tempfile.NamedTemporaryFile('w', suffix='.yaml') as f:
            f.write('name: x\nnodes:\n  - {memory: 64}\n')
            f.flush()
            self.refused(2, f'quire: {f.name}:2: nodes: no usable memory: not one whole page '
                         'frame\n', 'boot', f.name)

    def test_machine_too_small(self):
        run = quire('boot', TINY, '--set', 'nodes=[{memory: 4K}]')
        self.assertEqual(run.returncode, 1)
        self.assertIn('quire: machine tiny-64m does not boot: ', run.stderr)

    def test_print_is_a_fixed_point(self):
        first = self.ok('boot', TWO, '--print', '--set', 'vm.min_free_kbytes=4096')
        self.assertIn('  vm.min_free_kbytes: 4096\n', first)
        with tempfile.NamedTemporaryFile('w', suffix='.yaml') as f:
            f.write(first)
            f.flush()
            self.assertEqual(self.ok('boot', f.name, '--print'), first)

    def test_json(self):
        summary = json.loads(self.ok('boot', TWO, '--json', '-'))
        self.assertEqual((summary['name'], summary['page_size']), ('two-node', 4096))
        nodes = summary['nodes']
        self.assertEqual([n['cpus'] for n in nodes], [[0], [1]])
        self.assertEqual(nodes[0]['distances'], [10, 20])
        zone = nodes[0]['zones'][1]
        self.assertEqual((zone['name'], zone['start_pfn']), ('DMA32', 4096))
        self.assertTrue(zone['min'] < zone['low'] < zone['high'] < zone['free'])
        self.assertTrue(zone['free'] <= zone['managed'] <= zone['present'] <= zone['spanned'])
        with tempfile.TemporaryDirectory() as d:
            path = os.path.join(d, 'out.json')
            self.assertIn('Memory: ', self.ok('boot', TWO, '--json', path))
            with open(path, encoding='ascii') as f:
                self.assertEqual(json.load(f)['nodes'], nodes)

    def test_json_cannot_be_written(self):
        run = quire('boot', TINY, '--json', '/nowhere/x')
        self.assertEqual((run.returncode, run.stderr),
                         (1, 'quire: /nowhere/x: No such file or directory\n'))

    def test_proc(self):
        text = self.ok('boot', TINY, '--proc', 'buddyinfo')
        self.assertRegex(text, r'\ANode 0, zone      DMA( +\d+){11} \n')
        names = self.ok('boot', TINY, '--proc', 'list').split()
        for name in ('buddyinfo', 'pagetypeinfo', 'zoneinfo', 'vmstat', 'meminfo',
                     'node0/meminfo', 'node0/numastat', 'node0/distance'):
            self.assertIn(name, names)
        both = self.ok('boot', TINY, '--proc', 'buddyinfo', '--proc', 'node0/distance')
        self.assertEqual(both, text + '10\n')
        self.refused(2, 'quire: --proc 1/maps: no such file; there are ' + ' '.join(names) +
                     ', with --objects slab/CACHE/FILE\n', 'boot', TINY, '--proc', '1/maps')
        for wrong in ('budyinfo', '/proc/buddyinfo', '/proc/budyinfo'):
            self.refused(2, f"quire: --proc {wrong}: no such file: did you mean 'buddyinfo'?\n",
                         'boot', TINY, '--proc', wrong)

    def test_tree(self):
        with tempfile.TemporaryDirectory() as d:
            self.ok('boot', TWO, '--tree', d)
            with open(f'{d}/proc/meminfo', encoding='ascii') as f:
                self.assertTrue(f.read().startswith('MemTotal: '))
            with open(f'{d}/sys/devices/system/node/node1/distance', encoding='ascii') as f:
                self.assertEqual(f.read(), '20 10\n')
            self.assertEqual(os.stat(f'{d}/proc/meminfo').st_mode & 0o777, 0o444)
            self.assertEqual(os.stat(f'{d}/proc/pagetypeinfo').st_mode & 0o777, 0o400)
            self.ok('boot', TWO, '--tree', d)  # over the read-only files of before
        run = quire('boot', TINY, '--tree', '/proc/none')
        self.assertEqual(run.returncode, 1)
        self.assertRegex(run.stderr, r'^quire: /proc/none\S*: No such file or directory\n$')

    def test_objects(self):
        with tempfile.TemporaryDirectory() as d:
            for _ in (1, 2):  # over the links of before
                self.ok('boot', TINY, '--set', 'contents=memory', '--objects', '--tree', d)
            with open(f'{d}/proc/slabinfo', encoding='ascii') as f:
                self.assertIn('\nkmalloc-64 ', f.read())
            slab = f'{d}/sys/kernel/slab'
            with open(f'{slab}/kmalloc-64/slab_size', encoding='ascii') as f:
                self.assertEqual(f.read(), '64\n')
            self.assertEqual(os.stat(f'{slab}/kmalloc-64/min_partial').st_mode & 0o777, 0o600)
        run = quire('boot', TINY, '--set', 'contents=book-keeping', '--objects')
        self.assertEqual(run.returncode, 1)
        self.assertIn('quire boot: --objects: the machine cannot hand out objects\n', run.stderr)

    def test_log(self):
        text = self.ok('boot', TINY, '--log')
        self.assertRegex(text, r'(?m)^memblock_reserve: \[0x[0-9a-f]{16}-0x[0-9a-f]{16}\] \w+\+0x')

        self.assertIn('''
Zone ranges:
  DMA      [mem 0x0000000000000000-0x0000000000ffffff]
  DMA32    [mem 0x0000000001000000-0x0000000003ffffff]
  Normal   empty
Movable zone start for each node
Early memory node ranges
  node   0: [mem 0x0000000000000000-0x0000000003ffffff]
Initmem setup node 0 [mem 0x0000000000000000-0x0000000003ffffff]
Memory: ''', text)

    def test_log_of_movable_zone(self):
        text = self.ok('boot', TWO, '--log', '--set', 'zones.movable_core=512M')
        self.assertRegex(text, r'Movable zone start for each node\n'
                         r'  Node 0: 0x00000000[0-9a-f]{8}\n'
                         r'  Node 1: 0x00000000[0-9a-f]{8}\nEarly memory')

    def test_deterministic(self):
        args = ('boot', TWO, '--set', 'mode=deterministic', '--proc', 'zoneinfo', '--proc',
                'buddyinfo', '--proc', 'vmstat')
        self.assertEqual(self.ok(*args), self.ok(*args))

    def test_full_output(self):
        for args in (('boot', TINY), ('--help',), ('--version',), ('help', 'test'),
                     ('replay', '--help'), ('test', '--help'),
                     ('replay', os.path.join(SOURCE, 'traces/boot-up'))):
            with self.subTest(args=args), open('/dev/full', 'w', encoding='ascii') as full:
                run = subprocess.run([QUIRE, *args], stdout=full, stderr=subprocess.PIPE,
                                     text=True, check=False)
                self.assertEqual(run.returncode, 1)
                self.assertRegex(run.stderr, r'(?m)^quire: standard output: '
                                 r'(No space left on device|not all could be written)$')


if __name__ == '__main__':
    unittest.main()
