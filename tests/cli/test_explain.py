#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`quire explain`: addresses of processes in a recording that is written here, frames in
traces/boot-up."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

QUIRE = os.environ['QUIRE']
BOOT = os.path.join(os.environ['QUIRE_SOURCE'], 'traces/boot-up')
USER = 'GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO'
HEAP, MAPPED = 0x2da9f000, 0x7f0000001000


class Writer:
    """A recording as ftrace prints it: a program that maps, writes, forks."""

    def __init__(self):
        self.lines = ['# tracer: nop\n']
        self.frame = 0x3000

    def event(self, pid, text):
        n = len(self.lines)
        self.lines.append(f'            prog-{pid:<7} [000] .....     1.{n:06}: {text}\n')

    def alloc(self, pid, gfp):
        self.frame += 1
        self.event(pid, f'mm_page_alloc: page=0xffffffff877b0000 pfn=0x{self.frame:x} order=0 '
                   f'migratetype=1 gfp_flags={gfp}')

    def fault(self, pid, address, code, alloc=False):
        where = 'kernel' if not code & 4 else 'user'
        self.event(pid, f'page_fault_{where}: address=0x{address:x} ip=0x40ebf0 '
                   f'error_code=0x{code:x}')
        if alloc:
            self.alloc(pid, USER)

    def call(self, pid, name, args, result):
        self.event(pid, f'sys_enter_{name}: {args}')
        self.event(pid, f'sys_exit_{name}: 0x{result:x}')

    def exec(self, pid, path):
        self.event(pid, f'task_rename: pid={pid} oldcomm=swapper/0 newcomm={path[-4:]} '
                   'oom_score_adj=0')
        self.fault(pid, 0x5e4710, 2)
        self.alloc(pid, 'GFP_HIGHUSER_MOVABLE|__GFP_COMP')
        self.event(pid, f'sched_process_exec: filename={path} pid={pid} old_pid={pid}')
        self.fault(pid, 0x40ebf0, 0x14)
        self.fault(pid, 0x5eb898, 6, True)
        self.fault(pid, 0x7ffe51524020, 6)
        self.call(pid, 'brk', 'brk: 0x0', HEAP)
        self.call(pid, 'brk', f'brk: 0x{HEAP + 0x21000:x}', HEAP + 0x21000)

    def fork(self, pid, child):
        self.event(pid, f'task_newtask: pid={child} comm=prog clone_flags=1200000 '
                   'oom_score_adj=0')
        self.event(pid, f'sched_process_fork: comm=prog pid={pid} child_comm=prog '
                   f'child_pid={child}')


def recording():
    """Two programs, one of which forks between two marks."""
    w = Writer()
    w.exec(100, '/usr/bin/prog')
    w.fault(100, HEAP + 0x10, 6, True)
    w.call(100, 'mmap', 'addr: 0x0, len: 0x3000, '
           'prot: 0x3, flags: 0x22, fd: 0xffffffff, off: 0x0', MAPPED)
    w.fault(100, MAPPED + 0x1000, 6, True)
    w.call(100, 'brk', 'brk: 0x0', HEAP + 0x21000)  # so that the fault is over
    w.event(100, 'tracing_mark_write: SNAPSHOT alone')
    w.fork(100, 101)
    w.event(100, 'tracing_mark_write: SNAPSHOT both')
    w.fault(101, HEAP + 0x10, 7, True)
    w.event(101, 'sched_process_exit: comm=prog pid=101 prio=120')
    return ''.join(w.lines)


def run(*args):
    return subprocess.run([QUIRE, 'explain', *args], capture_output=True, text=True, check=False,
                          timeout=120)


class Base(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix='quire-explain-')
        cls.trace = os.path.join(cls.folder, 'trace.txt')
        with open(cls.trace, 'w', encoding='ascii') as f:
            f.write(recording())

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def ok(self, *args):
        done = run(*args)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        return done.stdout

    def refused(self, status, pattern, *args):
        done = run(*args)
        self.assertEqual((done.returncode, done.stdout), (status, ''), done.stderr)
        self.assertRegex(done.stderr, r'\Aquire( explain)?: [^\n]*' + pattern + r'[^\n]*\n\Z')


class Process(Base):
    def test_mapped(self):
        text = self.ok(f'{HEAP + 0x10:x}', self.trace, '--at', 'alone')
        lines = [line.strip() for line in text.splitlines()]
        self.assertRegex(lines[0], rf'^{HEAP + 0x10:x} at alone \(\d+ of \d+ events\):$')
        self.assertEqual(lines[1], f'address {HEAP + 0x10:x} of pid 100 (prog), tables x86-64')
        self.assertRegex(lines[2], rf'^mapping: {HEAP:x}-{HEAP + 0x21000:x} rw-p, \[heap\], '
                         r'accounted, byte 16 of 135168$')
        for i, level in enumerate(('pgd', 'pud', 'pmd', 'pte'), 3):
            self.assertRegex(lines[i],
                             rf'^{level}: [0-9a-f]{{16}}, (a table in )?frame 0x[0-9a-f]+')
        self.assertIn('writable', lines[6])
        self.assertEqual(lines[7], 'a read: no fault; a write: no fault')
        self.assertRegex(lines[8],
                         r'^page: frame 0x[0-9a-f]+, node 0, zone \w+, anonymous, exclusive')
        self.assertRegex(lines[9], r'mapped by 1 page table,')
        self.assertRegex(text, r'(?m)^  page block 0x[0-9a-f]+-0x[0-9a-f]+: Movable$')

    def test_shared_after_fork(self):
        before = self.ok(f'0x{HEAP:x}', self.trace, '--at', 'both', '--pid', '101')
        self.assertIn('anonymous, shared by fork', before)
        self.assertIn('a write: a fault that copies the page', before)
        for pid in (100, 101):
            self.assertRegex(before, rf'mapped by: pid {pid} \(prog\) at {HEAP:x}')
        gone = self.ok(f'{HEAP:x}', self.trace)
        self.assertIn('mapped by: pid 100', gone)
        self.assertNotIn('mapped by: pid 101', gone)

    def test_not_touched_not_mapped(self):
        text = self.ok(f'{MAPPED:x}', self.trace)
        self.assertIn(f'mapping: {MAPPED:x}-{MAPPED + 0x3000:x} rw-p, anonymous', text)
        self.assertIn('pte: empty', text)
        self.assertIn('a read: a fault that maps the zero page', text)
        text = self.ok(f'{MAPPED - 1:x}', self.trace, '--pid', 'prog')
        self.assertIn('mapping: none; an access gets SIGSEGV (SEGV_MAPERR)', text)
        self.assertIn(f'after it: {MAPPED:x}-{MAPPED + 0x3000:x}, 1 bytes away', text)

    def test_json(self):
        out = os.path.join(self.folder, 'out.json')
        self.ok(f'{MAPPED + 0x1000:x}', self.trace, '--json', out)
        with open(out, encoding='ascii') as f:
            answer = json.load(f)
        self.assertEqual(answer, json.loads(self.ok(f'{MAPPED + 0x1000:x}', self.trace, '--json',
                                                    '-')))
        self.assertEqual((answer['kind'], answer['process'], answer['present'], answer['at']),
                         ('user', {'pid': 100, 'name': 'prog'}, True, 'end'))
        self.assertEqual(answer['mapping'],
                         {'start': hex(MAPPED), 'end': hex(MAPPED + 0x3000),
                          'permissions': 'rw-p', 'name': '', 'offset': 0})
        self.assertEqual((answer['frame']['state'], answer['frame']['references']),
                         ('allocated', 1))

    def test_event_number(self):
        early = run(f'{MAPPED:x}', self.trace, '--at', '3')
        self.assertEqual(early.returncode, 1)
        self.assertRegex(early.stderr, r'no process has anything at [0-9a-f]+; .* there are 100 ')
        self.refused(2, "no moment '1000000' in it", f'{MAPPED:x}', self.trace, '--at', '1000000')

    def test_which_process(self):
        self.refused(1, r'2 processes have something at [0-9a-f]+: choose one with --pid: '
                     r'100 \(prog\), 101 \(prog\)', f'{HEAP:x}', self.trace, '--at', 'both')
        self.refused(1, r"no process 'vi' at that moment; there are 100 \(prog\)", f'{HEAP:x}',
                     self.trace, '--pid', 'vi')


class ProcFiles(Base):
    """quire replay --proc PID/...: the files of a process at the same moments."""

    def replay(self, *args):
        return subprocess.run([QUIRE, 'replay', self.trace, *args], capture_output=True, text=True,
                              check=False, timeout=120)

    def file(self, name, at):
        done = self.replay('--proc', name, '--at', at)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        return done.stdout

    def test_maps(self):
        maps = self.file('100/maps', 'alone').splitlines()
        self.assertIn(f'{MAPPED:x}-{MAPPED + 0x3000:x} rw-p 00000000 00:00 0 ', maps)
        self.assertTrue(any(line.endswith(' [heap]') for line in maps))
        self.assertTrue(any(line.endswith(' [stack]') for line in maps))
        self.assertEqual(self.file('101/maps', 'both').splitlines(), maps)

    def test_counts(self):
        """The fork's pages are shared, and counted in both."""
        alone, both = self.file('100/smaps_rollup', 'alone'), self.file('100/smaps_rollup', 'both')
        pages = [dict(re.findall(r'(?m)^(\w+): +(\d+) kB$', text)) for text in (alone, both)]
        self.assertEqual(pages[0]['Rss'], pages[1]['Rss'])
        self.assertEqual(pages[0]['Private_Dirty'], pages[1]['Shared_Dirty'])
        size, resident = self.file('100/statm', 'alone').split()[:2]
        self.assertEqual(4 * int(resident), int(pages[0]['Rss']))
        self.assertGreater(int(size), int(resident))

    def test_moments(self):
        early, late = self.file('100/maps', '2'), self.file('100/maps', 'end')
        self.assertNotIn(f'{MAPPED:x}-', early)
        self.assertIn(f'{MAPPED:x}-', late)
        for args, words in ((('101/maps', 'alone'),
                             r'no such file at that moment; .*: 100 \(prog\)'),
                            (('100/mapz', 'alone'), 'no such file at that moment'),
                            (('100/maps', 'noon'), "no snapshot 'noon' in it")):
            done = self.replay('--proc', args[0], '--at', args[1])
            self.assertEqual((done.returncode, done.stdout), (2, ''))
            self.assertRegex(done.stderr, r'\Aquire: [^\n]*' + words + r'[^\n]*\n\Z')


class Frame(Base):
    def test_free_and_used(self):
        text = self.ok('pfn:0x1234', BOOT, '--at', 'boot')
        self.assertRegex(text, r'frame 0x1234 is in use: 1 reference, flags 0x')
        self.assertRegex(text, r'it lies on node 0 in zone DMA32 \(frames 0x1000-0x[0-9a-f]+\)')
        linear = self.ok('ffff888001234010', BOOT, '--at', 'boot')
        self.assertIn('byte 1234010 of physical memory', linear)
        self.assertIn('frame 0x1234 is in use', linear)
        report = json.loads(self.ok('phys:1234000', BOOT, '--at', 'boot', '--json', '-'))
        self.assertEqual((report['kind'], report['frame']['zone'], report['frame']['pfn']),
                         ('physical', 'DMA32', 0x1234))

    def test_recorded(self):
        """What the trace says last of a frame that it names."""
        answer = json.loads(self.ok('pfn:0x20000', BOOT, '--json', '-'))
        self.assertEqual(answer['frame'], {'pfn': 0x20000, 'state': 'free', 'order': 10, 'node': 0,
                                           'zone': 'DMA32', 'block_type': 'Movable'})
        self.assertEqual(answer['recorded'], [{'event': 946, 'what': 'freed', 'pid': 19, 'cpu': 0,
                                               'order': 9}])
        self.assertIn('page 0 of a block of order 10 (frames 0x20000-0x203ff), on the free list '
                      'Movable', self.ok('pfn:0x20000', BOOT))
        self.assertNotIn('recorded', json.dumps(json.loads(self.ok(
            'pfn:0x20000', BOOT, '--at', '10', '--json', '-'))['recorded']))

    def test_no_memory(self):
        self.assertIn('the machine has no memory there', self.ok('pfn:0xffffffff', BOOT))
        self.assertIn('neither in the linear map nor in the vmalloc window',
                      self.ok('ffffffffff600000', BOOT))


class Misuse(Base):
    def test_words(self):
        self.refused(2, 'no ADDRESS given')
        self.refused(2, 'no RECORDING given', '1000')
        self.refused(2, 'one RECORDING only', '1000', BOOT, BOOT)
        self.refused(2, 'no address .*: 12xyz', '12xyz', BOOT)
        self.refused(2, 'pfn:0x64.*: pfn:15f4', 'pfn:15f4', BOOT)  # hexadecimal without 0x
        self.refused(2, '--pid goes with an address of a process', 'pfn:1', BOOT, '--pid', '1')
        self.refused(1, 'No such file', '1000', '/nowhere')
        self.refused(2, "no moment 'noon' in it", 'pfn:1', BOOT, '--at', 'noon')
        self.refused(1, 'no events of address spaces in it', '1000', BOOT)
        self.refused(1, 'no dmesg.txt with it', 'pfn:1', self.trace)


if __name__ == '__main__':
    unittest.main()
