#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`quire inspect`: a program loses objects and leaves a core dump; the dump tells who lost them.

The program writes its dumps itself (tests/cli/inspect), since kernels are often kept from it; one
test takes the kernel's where core_pattern names a file.
"""
import contextlib
import json
import mmap
import os
import re
import resource
import shutil
import signal
import struct
import subprocess
import tempfile
import unittest

QUIRE = os.environ['QUIRE']
LEAKY = os.environ['QUIRE_LEAKY']
# Of a cache's list and first node, from the pointer to its name, bytes.
OFFSETS = [int(word) for word in subprocess.run([LEAKY, 'offsets'], capture_output=True, text=True,
                                                check=True).stdout.split()]
FOLDER = tempfile.mkdtemp(prefix='quire-inspect-')


def tearDownModule():
    shutil.rmtree(FOLDER)


def dump(how):
    """The dump that the program leaves when it ends in this way."""
    path = os.path.join(FOLDER, how)
    if not os.path.exists(path):
        run = subprocess.run([LEAKY, how, path], capture_output=True, text=True, check=False,
                             timeout=120)
        if run.returncode:
            raise AssertionError(f'{LEAKY} {how}: {run.returncode}\n{run.stderr}')
        with open(path + '.entry', 'w', encoding='ascii') as f:
            f.write(run.stdout)
    return path


@contextlib.contextmanager
def changed(name):
    """A copy of a dump, open for changes."""
    path = os.path.join(FOLDER, name)
    subprocess.run(['cp', '--sparse=always', dump('write'), path], check=True)
    with open(path, 'r+b') as f, mmap.mmap(f.fileno(), 0) as data:
        yield data


def inspect(*args):
    return subprocess.run([QUIRE, 'inspect', *args], capture_output=True, text=True, check=False,
                          timeout=120)


def named(found, machine):
    """The part of a text that speaks of the machine of this name."""
    parts = re.split(r'(?m)^(?=machine \d)', found)
    return next(part for part in parts if f': {machine}: ' in part.split('\n')[0])


class Base(unittest.TestCase):
    maxDiff = None

    def ok(self, *args):
        run = inspect(*args)
        self.assertEqual((run.returncode, run.stderr), (0, ''))
        return run.stdout

    def check_owners(self, text):
        """The objects that leaky.c loses, with the functions that it loses them in."""
        self.assertRegex(text, r'(?m)^ring_entry: 1 object, 200 bytes, pid \d+, age \d+(-\d+)? ms\n'
                               r'        (leak_entry|main)\+0x')
        self.assertRegex(text, r'(?m)^kmalloc-64: 3 objects, 180 bytes, pid \d+, age .*\n'
                               r'        leak_inner\+0x.*\n        leak_outer[.\w]*\+0x.*\n'
                               r'        main\+0x')


class Text(Base):
    def test_all(self):
        text = self.ok(dump('write'))
        self.assertRegex(text.split('\n')[0], r'^/\S+: leaky, pid \d+, ended by Segmentation fault')
        self.assertEqual(len(re.findall(r'(?m)^machine \d at 0x', text)), 2)
        first = named(text, 'first')
        self.assertIn(': 1 node, 2 CPUs, 32 MiB, SLUB, slub_debug=FZPU\n', first)
        self.assertRegex(first, r'(?m)^Node 0, zone    DMA32( +\d+){11} $')
        self.assertRegex(first, r'(?m)^kmalloc-64 +3 +16 +256 ')
        self.assertIn('\n== errors\nnone found\n', first)
        self.check_owners(first)
        second = named(text, 'second')
        # SLAB's array cache holds eleven more, which nobody has.
        self.assertRegex(second, r'(?m)^kmalloc-512: 5 objects, 2560 bytes \(keeps no owners\)$')
        self.assertRegex(second, r'(?m)^5 objects in all$')
        self.assertIn('\n== errors\nnone found\n', second)

    def test_which_machine(self):
        whole = self.ok(dump('write'))
        for number in '0', '1':
            text = self.ok(dump('write'), '--machine', number)
            self.assertIn(f'machine {number} at', text)
            self.assertIn(text.split('machine', 1)[1].strip(), whole)

    def test_owners_alone(self):
        text = self.ok(dump('write'), '--owners')
        self.check_owners(text)
        self.assertNotIn('slabinfo', text)

    def test_one_cache(self):
        number = re.search(r'machine (\d) at \S+ first', self.ok(dump('write'))).group(1)
        text = self.ok(dump('write'), '--machine', number, '--cache', 'kmalloc-64')
        self.assertIn('kmalloc-64: 3 of 16 objects in use, 64 bytes each in slots of 256; '
                      '1 slab of 1 page\n', text)
        self.assertIn('leak_inner+0x', text)
        self.assertIn('\nThe same objects, by who freed them before:\n', text)
        run = inspect(dump('write'), '--machine', number, '--cache', 'nothing')
        self.assertEqual(run.returncode, 1)
        self.assertEqual(run.stderr,
                         "quire inspect: no cache 'nothing' (see --proc slabinfo)\n")

    def test_files(self):
        number = re.search(r'machine (\d) at \S+ first', self.ok(dump('write'))).group(1)
        text = self.ok(dump('write'), '--machine', number, '--proc', 'slabinfo',
                       '--proc', 'slab/kmalloc-64/alloc_traces')
        self.assertTrue(text.startswith('slabinfo - version: 2.1\n'))
        self.assertRegex(text, r'(?m)^ +3 leak_inner\+0x\S+ .*age=\d+.* pid=\d+')
        self.assertIn('zoneinfo\n', self.ok(dump('write'), '--machine', number, '--proc', 'list'))
        run = inspect(dump('write'), '--machine', number, '--proc', 'nothing')
        self.assertEqual(run.returncode, 1)
        self.assertIn('--proc nothing: no such file', run.stderr)

    def test_explained(self):
        """An object that was lost, from its address alone; a frame by number."""
        path = dump('write')
        with open(path + '.entry', encoding='ascii') as f:
            entry = f.read().strip()
        text = self.ok(path, '--explain', entry)
        first, second = named(text, 'first'), named(text, 'second')
        self.assertIn(f'address {entry[2:]}: in the linear map, byte ', first)
        self.assertRegex(first, r"(?m)^frame 0x[0-9a-f]+ is a slab's: 1 reference, flags 0x")
        self.assertRegex(first, r'(?m)ring_entry.*200')
        self.assertRegex(first, r'leak_entry|main\+0x')
        self.assertTrue(second.endswith('\nnothing of this machine\n'), second)
        inside = self.ok(path, '--explain', hex(int(entry, 16) + 7))
        self.assertIn('ring_entry', inside)
        self.assertRegex(self.ok(path, '--explain', 'pfn:0x1fff'), r'(?m)^frame 0x1fff is ')
        run = inspect(path, '--explain', 'what')
        self.assertEqual((run.returncode, run.stdout), (2, ''))
        self.assertIn('--explain: no address', run.stderr)

    def test_address_spaces(self):
        """Areas of vmalloc and processes; VMAs whose operations were the program's."""
        path = dump('spaces')
        text = named(self.ok(path), 'spaces')
        self.assertRegex(text, r'(?m)^== vmalloc areas, by address\n'
                               r'[0-9a-f]{16}-[0-9a-f]{16} vmalloc, 3 pages, by leak_areas\+0x.*\n'
                               r'[0-9a-f]{16}-[0-9a-f]{16} ioremap, 0 pages, by leak_areas\+0x.*\n'
                               r'\n== address spaces\n'
                               r'pid 41 \(parent\): 6 mappings, 64 kB, resident \d+ kB: .*\n'
                               r'pid 42 \(child\): 5 mappings, 52 kB, resident \d+ kB: .*\n')
        number = re.match(r'machine (\d)', text).group(1)
        maps = self.ok(path, '--machine', number, '--proc', '42/maps')
        self.assertEqual([re.sub(r' +', ' ', re.sub(r'(?<=:\d\d) \d+', '', line))
                          for line in maps.splitlines()],
                         ['10000000-10003000 rw-p 00000000 00:00 [anon:pool]',
                          '20000000-20003000 rw-s 00000000 00:01 /dev/zero (deleted)',
                          '30000000-30003000 rw-p 00000000 00:02 /lib/thing.so',
                          '40000000-40003000 rw-s 00000000 00:02 /dev/thing',
                          '50000000-50001000 r-xp 00000000 00:00 [vdso]'])
        smaps = self.ok(path, '--machine', number, '--proc', '41/smaps')
        self.assertEqual(len(re.findall(r'(?m)^Rss: +4 kB$', smaps)), 5)
        self.assertIn(' vmalloc ', self.ok(path, '--machine', number, '--proc', 'vmallocinfo'))
        self.assertIn('nothing of this machine', # two processes have it
                      named(self.ok(path, '--explain', '20000008'), 'spaces'))
        alone = named(self.ok(path, '--explain', '60000008'), 'spaces')
        self.assertIn('of pid 41 (parent)', alone)
        self.assertRegex(alone, r'(?m)^page: frame 0x[0-9a-f]+, node 0, zone DMA32, anonymous, ')
        found = json.loads(self.ok(path, '--json', '-'))
        spaces = next(m for m in found['machines'] if m['name'] == 'spaces')
        self.assertEqual([(a['kind'], a['pages']) for a in spaces['areas']],
                         [('vmalloc', 3), ('ioremap', 0)])
        self.assertEqual([(p['pid'], p['name'], p['mappings'], p['size_kb'])
                          for p in spaces['processes']],
                         [(41, 'parent', 6, 64), (42, 'child', 5, 52)])
        self.assertEqual([m['processes'] for m in found['machines'] if m['name'] != 'spaces'],
                         [[], []])

    def test_ended_with_locks_held(self):
        """The report of a double free ended the machine; its locks are nobody's now."""
        text = self.ok(dump('report'))
        self.assertIn('ended by Aborted', text)
        self.check_owners(text)


class Json(Base):
    def test_all(self):
        found = json.loads(self.ok(dump('write'), '--json', '-'))
        self.assertEqual((found['command'], found['signal']), ('leaky', signal.SIGSEGV))
        first, second = sorted(found['machines'], key=lambda machine: machine['name'])
        self.assertEqual((first['backend'], second['backend']), ('SLUB', 'SLAB'))
        self.assertEqual((first['cpus'], first['nodes'], first['page_size'], first['errors']),
                         (2, 1, 4096, []))
        owner = next(o for o in first['owners'] if o['cache'] == 'kmalloc-64')
        self.assertEqual((owner['objects'], owner['bytes']), (3, 180))
        self.assertTrue(owner['stack'][0].startswith('leak_inner+0x'), owner)
        cache = next(c for c in first['caches'] if c['name'] == 'kmalloc-64')
        self.assertEqual((cache['active_objs'], cache['size'], cache['owners']), (3, 256, True))
        self.assertEqual(first['zones'][0]['name'], 'DMA')
        self.assertGreater(sum(first['zones'][0]['free']), 0)

    def test_to_a_file(self):
        path = os.path.join(FOLDER, 'out.json')
        self.assertEqual(self.ok(dump('write'), '--json', path), '')
        with open(path, encoding='utf-8') as f:
            self.assertEqual(len(json.load(f)['machines']), 2)


class Shared(Base):
    def test_aliased_frames(self):
        """Frames in a file that is mapped shared, as those of machines with real_mappings are."""
        self.check_owners(self.ok(dump('aliased')))


class Incomplete(Base):
    def test_without_shared_memory(self):
        run = inspect(dump('private'))
        self.assertEqual(run.returncode, 1)
        self.assertEqual(len(re.findall(r'(?m)^quire inspect: machine \d: the dump lacks 33554432 '
                                        r'of the 33554432 bytes of its frames, and objects with '
                                        r'them: memory is dumped when bits 0 and 1 of '
                                        r'/proc/PID/coredump_filter are set$', run.stderr)), 2)
        self.assertEqual(len(run.stderr.splitlines()), 2)
        self.assertRegex(run.stdout, r'(?m)^Node 0, zone    DMA32( +\d+){11} $')
        self.assertIn('\n0 objects in all\n', run.stdout)

    def test_cut_off(self):
        path = os.path.join(FOLDER, 'cut')
        subprocess.run(['cp', '--sparse=always', dump('write'), path], check=True)
        os.truncate(path, os.path.getsize(path) // 3)
        run = inspect(path)
        self.assertEqual(run.returncode, 1)
        self.assertIn(': the dump is cut off (ulimit -c? disk full?)\n', run.stderr)

    def test_another_build(self):
        with changed('other') as data:
            places = [m.start() for m in re.finditer(b' quire machine!\n', data)]
            self.assertTrue(places)
            for at in places:
                data[at + 24] ^= 1
        run = inspect(os.path.join(FOLDER, 'other'))
        self.assertEqual(run.returncode, 1)
        self.assertRegex(run.stderr, r'\Aquire inspect: machine 0 was made by build [0-9a-f]{16} '
                                     r'of Quire, this is build [0-9a-f]{16}: use the `quire` that '
                                     r"was built with the program's library\n")

    def damaged(self, offset):
        """A dump in which a word of ring_entry, OFFSET bytes from its name's, leads nowhere."""
        done = 0
        with changed('damaged') as data:
            count = struct.unpack_from('<H', data, 56)[0]
            heads = [struct.unpack_from('<IIQQQQQQ', data, 64 + 56 * i) for i in range(count)]
            for m in list(re.finditer(b'ring_entry\0', data)):
                start, at = next((h[3], h[2]) for h in heads
                                 if h[0] == 1 and h[2] <= m.start() < h[2] + h[5])
                name = struct.pack('<Q', start + m.start() - at)
                for p in list(re.finditer(re.escape(name), data)):
                    data[p.start() + offset:p.start() + offset + 8] = struct.pack('<Q', 0x10)
                    done += 1
        self.assertGreater(done, 0)
        return os.path.join(FOLDER, 'damaged')

    def test_list_of_caches_is_broken(self):
        run = inspect(self.damaged(OFFSETS[0]))
        self.assertEqual(run.returncode, 1)
        self.assertIn('quire inspect: the list of caches is broken: objects are left out\n',
                      run.stderr)
        self.assertRegex(named(run.stdout, 'first'), r'(?m)^Node 0, zone    DMA32( +\d+){11} $')
        self.assertRegex(named(run.stdout, 'second'), r'(?m)^kmalloc-512: \d+ objects')

    def test_a_cache_is_broken(self):
        """Each view that follows what leads nowhere ends alone, and says so."""
        run = inspect(self.damaged(OFFSETS[1]))
        self.assertEqual(run.returncode, 1)
        self.assertRegex(run.stderr, r'(?m)^quire inspect: \w+: the view ends here: no memory of '
                                     r'the machine: what it was changing when it ended is half '
                                     r'done$')
        self.assertIn('kmalloc-512', named(run.stdout, 'second'))

    def test_no_dump(self):
        for path, why in ((QUIRE, 'no core dump'), ('/dev/null', 'no core dump'),
                          ('/nothing', 'No such file or directory')):
            run = inspect(path)
            self.assertEqual((run.returncode, run.stderr),
                             (1, f'quire inspect: {path}: {why}\n'))
        self.assertEqual(inspect(dump('write'), '--machine', '7').stderr,
                         f'quire inspect: {dump("write")}: there are 2 machines in it\n')

    def test_command_line(self):
        self.assertEqual(inspect().returncode, 2)
        self.assertEqual(inspect('a', 'b').returncode, 2)
        self.assertEqual(inspect('a', '--machine', 'x').returncode, 2)


class Program(Base):
    def test_moved(self):
        moved = os.path.join(FOLDER, 'moved')
        copy = os.path.join(FOLDER, 'copy')
        core = os.path.join(FOLDER, 'moved-core')
        shutil.copy(LEAKY, moved)
        subprocess.run([moved, 'write', core], check=True, timeout=120)
        os.rename(moved, copy)
        run = inspect(core, '--owners')
        self.assertEqual(run.returncode, 0)
        self.assertEqual(run.stderr, f'quire inspect: {moved}: no program here (any more): '
                                     '--exe FILE says where it is\n')
        self.assertNotIn('leak_inner', run.stdout)
        self.check_owners(self.ok(core, '--owners', '--exe', copy))

    def test_built_anew(self):
        run = inspect(dump('write'), '--owners', '--exe', QUIRE)
        self.assertEqual(run.returncode, 0)
        self.assertEqual(run.stderr, f'quire inspect: {QUIRE} is not the file that ran, its build '
                                     'ID differs: its names are left out\n')

    def test_addresses_taken(self):
        """Without randomisation both processes want the same addresses; the command moves."""
        core = os.path.join(FOLDER, 'fixed')
        subprocess.run(['setarch', '-R', LEAKY, 'write', core], check=True, timeout=120)
        run = subprocess.run(['setarch', '-R', QUIRE, 'inspect', core, '--owners'],
                             capture_output=True, text=True, check=False, timeout=120)
        self.assertEqual((run.returncode, run.stderr), (0, ''))
        self.check_owners(run.stdout)


def kernel_dumps():
    with open('/proc/sys/kernel/core_pattern', encoding='ascii') as f:
        pattern = f.read().strip()
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    return pattern and pattern[0] not in '|/@' and '%' not in pattern and \
        hard == resource.RLIM_INFINITY


class Kernel(Base):
    @unittest.skipUnless(kernel_dumps(), 'core_pattern or the hard limit keeps dumps away')
    def test_abort(self):
        with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
            run = subprocess.run([LEAKY, 'abort', 'unused'], cwd=folder, capture_output=True,
                                 check=False, timeout=120)
            self.assertEqual(run.returncode, -signal.SIGABRT)
            core = os.listdir(folder)
            self.assertEqual(len(core), 1)
            text = self.ok(os.path.join(folder, core[0]))
            self.assertIn('ended by Aborted', text)
            self.check_owners(text)


if __name__ == '__main__':
    unittest.main()
