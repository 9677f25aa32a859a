#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`quire test` and the KUnit runner behind it: the KTAP they print, and what they find."""
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

QUIRE = os.environ['QUIRE']
SOURCE = os.environ['QUIRE_SOURCE']
KUNIT = os.path.join(SOURCE, 'tests/cli/kunit')
NAMES = 'checks', 'control', 'resources', 'dying', 'leaks', 'nth', 'threads'
# A crash; in a build with AddressSanitizer that ends the process itself.
CRASH = r'crashed: signal 11 \(Segmentation fault\)(?:, told by a sanitizer above)?'


def run(*args, **env):
    return subprocess.run(args, capture_output=True, text=True, check=False, timeout=300,
                          env={**os.environ, **env})


class Programs(unittest.TestCase):
    """Each suite is compiled once, without sanitizers; then the program itself is run."""

    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory()
        cls.program = {}
        for name in NAMES:
            built = run(QUIRE, 'test', '--no-sanitize', '--keep', '--list', f'{KUNIT}/{name}.c',
                        TMPDIR=cls.dir.name)
            assert built.returncode == 0, built.stderr
            kept = re.search(r'kept in (\S+)', built.stderr).group(1)
            cls.program[name] = kept + '/test'

    @classmethod
    def tearDownClass(cls):
        cls.dir.cleanup()

    def ktap(self, name, *options, status=1, **env):
        done = run(self.program[name], *options, **env)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        text = done.stdout.replace(KUNIT + '/', '').replace(self.program[name], 'PROGRAM')
        return re.sub(r'kunit_kfree: [0-9a-f]+ is', 'kunit_kfree: ADDRESS is', text)

    def both(self, name):
        """In one process and isolated, the same is said."""
        text = self.ktap(name)
        self.assertEqual(self.ktap(name, '--isolate'), text)
        return text


class Ktap(Programs):
    maxDiff = None

    def test_checks(self):
        text = self.both('checks')
        self.assertTrue(text.startswith(
            'KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: checks\n    1..3\n'
            '    ok 1 all_pass\n    # all_fail: EXPECTATION FAILED at checks.c:'), text)
        self.assertTrue(text.endswith(
            'not ok 3 fail_and_abort\n# checks: pass:1 fail:2 skip:0 total:3\nnot ok 1 checks\n'
            '# Totals: pass:1 fail:2 skip:0 total:3\n'), text)
        said = re.sub(r'at checks.c:\d+', 'at', text)
        for lines in (
                ('Expected three == FOUR to be true, but is false',),
                ('Expected text to be false, but is true',),
                ('Expected three + 1 == 5, but', '    three + 1 == 4 (0x4)'),
                ('Expected three != 3L, but', '    three == 3 (0x3)'),
                ('Expected FOUR < three, but', '    FOUR == 4 (0x4)', '    three == 3 (0x3)'),
                ('Expected 0 <= -1, but',),
                ('Expected three > FOUR, but', '    three == 3 (0x3)', '    FOUR == 4 (0x4)'),
                ('Expected three >= FOUR, but', '    three == 3 (0x3)', '    FOUR == 4 (0x4)'),
                ('Expected (void *)16 == none, but', '    (void *)16 == 0000000000000010',
                 '    none == 0000000000000000'),
                ('Expected (void *)16 == NULL, but', '    (void *)16 == 0000000000000010'),
                ('Expected none != NULL, but', '    none == 0000000000000000'),
                ('Expected none to be a pointer, but it is NULL',),
                ('Expected ERR_PTR(-ENOMEM) to be a pointer, but it is the error -12',),
                ('Expected text == "other", but', '    text == "text"'),
                ('Expected none == text, but', '    none == <NULL>', '    text == "text"'),
                ('Expected text != "text", but', '    text == "text"'),
                ('Expected 20 bytes of bytes == others, but', '    bytes at byte 16: 00 00 00 00 ',
                 '    others at byte 16: 00 09 00 00 '),
                ('Expected 2 bytes of bytes != bytes, but', '    bytes at byte 0: 01 02 ',
                 '    bytes at byte 0: 01 02 '),
                ('Expected 2 bytes of bytes == none, but', '    none is NULL'),
                ('Expected three == FOUR, but', '    three == 3 (0x3)', '    FOUR == 4 (0x4)',
                 'in round 7'),
                ('because of -EIO',)):
            block = '    # all_fail: EXPECTATION FAILED at\n' + ''.join(
                f'        {line}\n' for line in lines)
            self.assertIn(block + '    # all_fail: ', said)
        self.assertIn('    # all_fail: ASSERTION FAILED at\n        Expected three == FOUR, but\n',
                      said)
        self.assertEqual(said.count('FAILED at'), 23)
        self.assertIn('    # fail_and_abort: ASSERTION FAILED at\n        no more\n'
                      '    # again: PROGRAM --filter=checks.fail_and_abort\n', said)

    def test_control(self):
        text = self.ktap('control')
        control, rest = text.split('# control: pass')
        self.assertEqual(re.sub(r'control.c:\d+', 'control.c', control), '''\
KTAP version 1
1..3
    KTAP version 1
    # Subtest: control
    1..8
    # passes: init
    # a line of its own
    # passes: exit
    ok 1 passes
    # init_fails: init
    # init_fails: failed to initialize: -16
    # init_fails: exit
    # again: PROGRAM --filter=control.init_fails
    not ok 2 init_fails
    # skips: init
    # skips: exit
    ok 3 skips # SKIP needs 99 CPUs
    # is_marked_skipped: init
    # is_marked_skipped: still here
    # is_marked_skipped: exit
    ok 4 is_marked_skipped # SKIP and goes on
    # fails_then_skips: init
    # fails_then_skips: exit
    # again: PROGRAM --filter=control.fails_then_skips
    not ok 5 fails_then_skips
    # fails_from_afar: init
    # fails_from_afar: FAILED at control.c: code under test says no
    # fails_from_afar: goes on
    # fails_from_afar: exit
    # again: PROGRAM --filter=control.fails_from_afar
    not ok 6 fails_from_afar
        KTAP version 1
        # Subtest: takes_numbers
    # takes_numbers: init
    # takes_numbers: exit
        ok 1 one
    # takes_numbers: init
    # takes_numbers: EXPECTATION FAILED at control.c
        Expected n->value != 2, but
            n->value == 2 (0x2)
    # takes_numbers: exit
        not ok 2 param-1
    # takes_numbers: init
    # takes_numbers: exit
        ok 3 three # SKIP three
    # takes_numbers: pass:1 fail:1 skip:1 total:3
    # again: PROGRAM --filter=control.takes_numbers
    not ok 7 takes_numbers
        KTAP version 1
        # Subtest: takes_numbers
    # takes_numbers: pass:0 fail:0 skip:0 total:0
    ok 8 takes_numbers # SKIP no parameters
''')
        self.assertEqual(rest, '''\
:1 fail:4 skip:3 total:8
not ok 1 control
    # around: suite_init
    KTAP version 1
    # Subtest: around
    1..1
    ok 1 skips # SKIP needs 99 CPUs
    # around: suite_exit
# around: pass:0 fail:0 skip:1 total:1
ok 2 around # SKIP every case was skipped
    # broken: failed to initialize (-19)
not ok 3 broken
# Totals: pass:1 fail:5 skip:4 total:10
''')

    def test_control_isolated(self):
        text = self.ktap('control', '--isolate')
        self.assertEqual(text.split('# control: pass')[0],
                         self.ktap('control').split('# control: pass')[0])
        self.assertIn('\n    1..1\n    # around: suite_init\n    # around: suite_exit\n    ok 1 ',
                      text)
        self.assertIn('total:1\nok 2 around # SKIP every case was skipped\n'
                      '    # broken: failed to initialize (-19)\nnot ok 3 broken\n', text)

    def test_resources(self):
        text = self.both('resources')
        backwards = '''\
    # released_backwards: free second
    # released_backwards: free first
    # again: PROGRAM --filter=resources.released_backwards
    not ok %d released_backwards
'''
        for number in 1, 2:
            self.assertIn('        released all the same\n' + backwards % number, text)
        self.assertIn('''\
    # a_reference_holds: not yet
    # a_reference_holds: free first
    # a_reference_holds: done
    ok 3 a_reference_holds
    ok 4 init_may_refuse
    ok 5 memory
''', text)
        self.assertIn("is not this case's memory\n", text)
        self.assertIn('''\
    # actions: now
    # actions: last
    ok 7 actions
''', text)

    def test_dying(self):
        started = time.monotonic()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        text = self.ktap('dying', '--isolate', '--timeout=5')
        self.assertLess(time.monotonic() - started, 30)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.assertLess(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 4,
                        'the runner spins while a case hangs that has closed its output')
        self.assertRegex(text, rf'    # crashes: {CRASH}\n'
                         '    # again: PROGRAM --filter=dying.crashes\n    not ok 1 crashes\n')
        self.assertRegex(text, r'    # bugs: crashed: signal \d+ \(.*\)\n'
                         r'    # bugs: reported: kernel BUG at .*\n.*\n    not ok 2 bugs\n')
        self.assertIn('    # exits: its process ended with status 3\n', text)
        self.assertIn('    # exits_with_0: its process ended with status 0\n', text)
        self.assertIn('    # hangs: timed out after 5 s\n'
                      '    # again: PROGRAM --filter=dying.hangs\n    not ok 5 hangs\n', text)
        self.assertIn('    ok 6 prints_like_ktap\n', text)
        self.assertEqual(re.findall(r'(?m)^.*not_a_case|^.*not ok 7$|^.*unfinished', text),
                         ['    # ok 1 not_a_case', '    # not ok 7', '    # unfinished'])
        self.assertIn('    ok 7 floods\n    ok 8 is_alone\n', text)
        self.assertIn(f'    # {40000 * 64 - (1 << 20)} more bytes were printed\n', text)
        self.assertRegex(
            text.partition('not ok 1 dying\n')[2],
            rf'\A(?:    #.*\n)+    # early: failed to initialize: {CRASH}\nnot ok 2 early\n'
            r'    KTAP version 1\n    # Subtest: last\n    1\.\.1\n    ok 1 is_alone\n'
            r'# last: pass:1 fail:0 skip:0 total:1\nok 3 last\n'
            r'# Totals: pass:4 fail:6 skip:0 total:10\n\Z')

    def test_threads(self):
        text = re.sub(r'threads.c:\d+', 'threads.c', self.both('threads'))
        for case, kind in ('expect', 'EXPECTATION'), ('assert', 'ASSERTION'):
            self.assertIn(f'    # {case}_on_a_thread: {kind} FAILED at threads.c\n'
                          '        Expected 1 == 2, but\n', text)
        self.assertIn('    # assert_on_a_thread: an assertion on another thread: that thread ends\n'
                      '    # assert_on_a_thread: goes on\n'
                      '    # again: PROGRAM --filter=threads.assert_on_a_thread\n', text)
        self.assertIn('# threads: pass:0 fail:2 skip:0 total:2\n', text)
        self.assertNotIn('not reached', text)

    def test_filters(self):
        whole = self.ktap('control', '--list', status=0).split()
        self.assertEqual(len(whole), 8 + 1 + 8)
        self.assertEqual(whole[:2], ['control.passes', 'control.init_fails'])
        for options in ['control.passes'], ['--filter', 'control.passes'], ['con*.pass[e-e]s']:
            text = self.ktap('control', *options, status=0)
            self.assertTrue(text.startswith('KTAP version 1\n1..1\n'))
            self.assertTrue(text.endswith('ok 1 passes\n# control: pass:1 fail:0 skip:0 total:1\n'
                                          'ok 1 control\n# Totals: pass:1 fail:0 skip:0 '
                                          'total:1\n'))
        self.assertIn('\n# Totals: pass:0 fail:0 skip:1 total:1\n',
                      self.ktap('control', 'around', status=0))

    def test_wrong_command_lines(self):
        for options, error in ((['--filter=no.such'], 'no suite matches no; there is checks'),
                               (['--jobs=0'], '--jobs takes 1 to 64, not 0 (see --help)'),
                               (['--timeout=x'], '--timeout takes seconds, not x (see --help)'),
                               (['--fail-nth=0'], '--fail-nth takes a number from 1, not 0 (see '
                                '--help)'),
                               (['a', 'b'], 'one filter only, not also b (see --help)'),
                               (['--wrong'], 'no such option: --wrong (see --help)')):
            done = run(self.program['checks'], *options)
            self.assertEqual((done.returncode, done.stderr, done.stdout),
                             (2, f"{self.program['checks']}: {error}\n", ''))

    def test_the_line_to_run_again_runs_that_case(self):
        text = run(self.program['control'], '--isolate').stdout
        lines = re.findall(r'# again: (.*)\n    not ok \d+ (\w+)\n', text)
        self.assertEqual(len(lines), 4)
        for line, case in lines:
            done = run('sh', '-c', line)
            self.assertEqual(done.returncode, 1)
            self.assertIn(f'not ok 1 {case}\n', done.stdout)


class Memory(Programs):
    def test_leaks_and_corruption(self):
        text = self.ktap('leaks', '--isolate', '--strict', '--leaks',
                         QUIRE_SET='slub_debug=FZPU,asan=0')
        self.assertRegex(text, r'# keeps_two: leaked 2 objects, 264 bytes, kmalloc-\d+ from '
                         r'keeps_two\+.*\n')
        for size, name in (64, 'kmalloc-64'), (200, r'kmalloc-\d+'):
            self.assertRegex(text, rf'\n    #   1 object, {size} bytes, {name} from keeps_two\+')
        self.assertIn('    ok 2 keeps_none\n', text)
        for case, title in (('overruns', 'Right Redzone overwritten'),
                            ('writes_after_free', 'Poison overwritten'),
                            ('frees_twice', 'Object already free')):
            self.assertRegex(text, rf'# {case}: reported: BUG kmalloc-64 .*: {title}\n')
            self.assertRegex(text, rf'not ok \d {case}\n')
        self.assertIn('    ok 6 frees_later\n', text)
        self.assertRegex(text, '# frees_a_queued_timer: reported: BUG: timer [0-9a-f]+ was freed '
                         'while it was queued\n')
        self.assertIn('    not ok 7 frees_a_queued_timer\n', text)
        self.assertIn('# leaks: pass:2 fail:5 skip:0 total:7', text)

    def test_only_when_asked(self):
        text = self.ktap('leaks', '--isolate', status=0, QUIRE_SET='slub_debug=FZPU,asan=0')
        self.assertIn('# leaks: pass:7 fail:0', text)
        self.assertIn('Right Redzone overwritten', text)

    def test_fail_nth(self):
        text = self.ktap('nth', '--fail-nth', QUIRE_SET='slub_debug=FZPU')
        self.assertRegex(text, r'    # bears_it: \d allocations failed in turn, 0 ended badly\n'
                         '    ok 1 bears_it\n')
        found = re.findall(r'(?m)^    # (\w+): allocation (\d+) failing at (\S+): finding (\d): '
                           r'(.*)\n    # again: (PROGRAM .*)\n', text)
        self.assertEqual([f[0] for f in found], ['crashes_at_the_second', 'leaks_at_the_third'])
        for case, n, place, number, what, again in found:
            self.assertTrue(place.startswith(case + '+'), place)
            self.assertEqual(again, f'PROGRAM --fail-nth={n} --filter=nth.{case}')
            self.assertRegex(text, rf'(?m)^# finding {number}, \d+ times: {re.escape(what)}\n'
                             rf'# again: {again}\n')
        self.assertRegex(found[0][4], CRASH + r': (BUG|SUMMARY): .* (at|in) crashes_at_the_second')
        self.assertRegex(found[1][4], r'^leaked 1 object, 64 bytes, kmalloc-64 from '
                         r'leaks_at_the_third\+')
        self.assertIn('# nth: pass:1 fail:2 skip:0 total:3\nnot ok 1 nth\n', text)

    def test_the_line_of_a_finding_shows_it(self):
        program = self.program['nth']
        text = run(program, '--fail-nth', QUIRE_SET='slub_debug=FZPU').stdout
        crash, leak = re.findall(r'(?m)^# again: (.*)$', text)
        done = run('sh', '-c', crash, QUIRE_SET='slub_debug=FZPU')
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, '# crashes_at_the_second: ' + CRASH)
        self.assertRegex(done.stdout, r'# Call Trace:\n    #  crashes_at_the_second\+|'
                         r'    #0 \S+ in crashes_at_the_second ')
        done = run('sh', '-c', leak + ' --leaks', QUIRE_SET='slub_debug=FZPU')
        self.assertIn('# leaks_at_the_third: leaked 1 object, 64 bytes', done.stdout)

    def test_a_case_that_always_dies_ends_the_sweep(self):
        text = self.ktap('dying', '--fail-nth', '--filter=dying.crashes')
        self.assertRegex(text, '# crashes: nothing failing: finding 1: ' + CRASH)
        self.assertIn('# crashes: 0 allocations failed in turn, 1 ended badly\n', text)


class KernelsParser(Programs):
    """The kernel's own kunit.py, out of Debian's source package, reads what is printed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tool = kernel_tool()

    def parse(self, text):
        done = subprocess.run([sys.executable, self.tool, 'parse'], input=text, text=True,
                              capture_output=True, check=False, timeout=60)
        return re.sub(r'\x1b\[[\d;]*m', '', done.stdout), done.stderr

    def test_all(self):
        if not self.tool:
            self.skipTest('no kunit.py: the source package of Linux 6.1 cannot be had')
        counts = {'checks': 'passed: 1, failed: 2', 'resources': 'passed: 4, failed: 3',
                  'control': 'passed: 2, failed: 5, skipped: 5', 'leaks': 'passed: 7',
                  'dying': 'passed: 4, failed: 6'}
        for name, expected in counts.items():
            text = run(self.program[name], '--isolate', '--timeout=5').stdout
            read, errors = self.parse(text)
            self.assertRegex(read, r'Testing complete\. Ran \d+ tests: ' + expected + '\n', name)
            self.assertNotIn('[ERROR]', read, name)
            self.assertEqual(errors, '', name)


def kernel_tool():
    """The kernel's kunit.py, fetched once into the build folder; None: it cannot be had."""
    folder = os.path.join(os.path.dirname(QUIRE), '../kernel-source')
    fetch = os.path.join(SOURCE, 'tests/client/kernel/fetch-kernel-source.sh')
    done = subprocess.run([fetch, folder, 'tools/testing/kunit/*.py'], check=False)
    return folder + '/tools/testing/kunit/kunit.py' if done.returncode == 0 else None


class Command(unittest.TestCase):
    """What `quire test` adds: compiling, its errors, its options."""

    def test_wrong_command_lines(self):
        for options, error in ((['test'], 'no FILE.c given (see quire test --help)'),
                               (['test', '-j', '0', 'x.c'], '--jobs=0: not a number from 1 to 64'),
                               (['test', 'no.c'], 'no.c: No such file or directory'),
                               (['test', KUNIT], f'{KUNIT}: is a folder: name its files')):
            done = run(QUIRE, *options)
            self.assertEqual((done.returncode, done.stderr, done.stdout),
                             (2, f'quire test: {error}\n', ''))
        done = run(QUIRE, 'test', '--cc', 'nocc', f'{KUNIT}/checks.c')
        self.assertEqual((done.returncode, done.stderr),
                         (1, 'quire test: no such compiler: nocc\n'))
        done = run(QUIRE, 'test', __file__)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f'quire test: {__file__}: no C source by its name, so not compiled\n',
                      done.stderr)

    def compile_text(self, text, *options):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'a.c')
            with open(path, 'w', encoding='ascii') as f:
                f.write(text)
            done = run(QUIRE, 'test', '--no-sanitize', *options, path, TMPDIR=folder)
            self.assertEqual(os.listdir(folder), ['a.c'])
            return done.returncode, done.stderr.replace(folder + '/', ''), done.stdout

    def test_does_not_compile(self):
        status, errors, out = self.compile_text('int f(void) { return wrong; }\n')
        self.assertEqual((status, out), (1, ''))
        self.assertIn('wrong', errors)
        self.assertTrue(errors.endswith('\nquire test: a.c: does not compile, see above\n'))

    def test_headers_that_are_not_there(self):
        text = ('#include <linux/slab.h>\n'
                '#include <linux/not_one.h>\n'
                '#ifdef CONFIG_OF\n#include <linux/not_asked_for.h>\n#endif\n'
                ' # include\t<asm/not_two.h> /* the second one */\n'
                '#include "not_ours.h"\n')
        line = ('quire test: Quire has no linux/not_one.h, asm/not_two.h{} (named in a.c): '
                'docs/kernel-code.md says what to do\n')
        host = os.path.exists('/usr/include/linux/pci.h')
        for compiler in 'gcc', 'clang':
            if not shutil.which(compiler):
                continue
            status, errors, _ = self.compile_text(text, '--cc', compiler)
            self.assertEqual(status, 1)
            self.assertTrue(errors.endswith('see above\n' + line.format('')), errors)
            if host:
                _, errors, _ = self.compile_text('#include <linux/pci.h>\n' + text,
                                                 '--cc', compiler)
                self.assertTrue(errors.endswith(line.format(
                    "; linux/pci.h is the host's, for user programs")), errors)

    def test_does_not_link(self):
        status, errors, out = self.compile_text(
            'void missing_a(void), missing_b(void);\n'
            'int main(void) { missing_a(); missing_b(); missing_a(); }\n')
        self.assertEqual((status, errors, out), (
            1, 'quire test: neither the sources nor Quire define: missing_a, missing_b\n', ''))

    def test_no_suite(self):
        status, errors, _ = self.compile_text('int nothing;\n')
        self.assertEqual((status, errors), (
            2, 'nothing to run: no kunit_test_suite() and no module_init() is linked in\n'))

    def test_defines_and_compilers(self):
        text = ('#include <kunit/test.h>\n'
                'static void c(struct kunit *t) { KUNIT_EXPECT_EQ(t, VALUE, 7); }\n'
                'static struct kunit_case cases[] = { KUNIT_CASE(c), {} };\n'
                'static struct kunit_suite s = { .name = "s", .test_cases = cases };\n'
                'kunit_test_suite(s);\n')
        for compiler in 'gcc', 'clang':
            if not shutil.which(compiler):
                continue
            options = '--cc', compiler, '--cflag', '-Werror', '-DVALUE=7'
            self.assertEqual(self.compile_text(text, *options)[:2], (0, ''), compiler)
            status, errors, out = self.compile_text(text, *options[:-1], '-DVALUE=8', '-O2')
            self.assertEqual((status, errors), (1, ''))
            self.assertRegex(out, r'# again: quire test --no-sanitize .*-DVALUE=8 .*a.c '
                             r'--filter=s\.c\n')

    def test_sanitizers(self):
        text = ('#include <kunit/test.h>\n'
                'static void far(struct kunit *t) { volatile char a[8] = { 0 }; a[t->param_index '
                '+ 9] = 1; }\n'
                'static void big(struct kunit *t) { volatile int i = 40; i = 1 << i; }\n'
                'static void wraps(struct kunit *t) { volatile int i = INT_MAX; i++; '
                'KUNIT_EXPECT_EQ(t, i, INT_MIN); }\n'
                'static struct kunit_case cases[] = { KUNIT_CASE(far), KUNIT_CASE(big), '
                'KUNIT_CASE(wraps), {} };\n'
                'static struct kunit_suite s = { .name = "s", .test_cases = cases };\n'
                'kunit_test_suite(s);\n')
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'a.c')
            with open(path, 'w', encoding='ascii') as f:
                f.write(text)
            done = run(QUIRE, 'test', path)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, 'stack-buffer-overflow|out of bounds')
        self.assertIn('runtime error: shift exponent 40 is too large', done.stdout)
        self.assertIn('    ok 3 wraps\n', done.stdout)
        self.assertIn('# s: pass:1 fail:2 skip:0 total:3\n', done.stdout)

    def test_a_thread_dies_at_the_end_of_the_case(self):
        path = f'{KUNIT}/kthread_dies.c'
        done = run(QUIRE, 'test', path)
        self.assertIn('# kthread_dies: pass:0 fail:4 skip:0 total:4\n', done.stdout)
        self.assertEqual(done.stdout.count('SUMMARY: AddressSanitizer: SEGV'), 2, done.stdout)
        for case in 'on_kthread', 'in_work':
            self.assertIn(f'# {case}: crashed: signal 11 (Segmentation fault), told by a '
                          'sanitizer above\n', done.stdout)
        for case in 'overrun', 'overflow':
            self.assertIn(f"# {case}: its process was ended by a sanitizer's report above\n",
                          done.stdout)
        done = run(QUIRE, 'test', '--no-sanitize', '-f', '*.*n_*', path)
        self.assertIn('# kthread_dies: pass:0 fail:2 skip:0 total:2\n', done.stdout)

    def test_misuse_fails_its_case(self):
        done = run(QUIRE, 'test', '--no-sanitize', f'{KUNIT}/misuse.c')
        self.assertEqual(done.returncode, 1)
        for case, title in (('wrong_cache', 'cache_from_obj: Wrong slab cache. '),
                            ('no_memory', 'kfree: [0-9a-f]+ is not memory of this machine'),
                            ('not_mine', 'mutex [0-9a-f]+ is unlocked by .*, who does not hold'),
                            ('not_read', 'rw_semaphore [0-9a-f]+ is given back by who does not')):
            self.assertRegex(done.stdout, f'# {case}: reported: {title}')
        self.assertIn('# misuse: pass:1 fail:4 skip:0 total:5\n', done.stdout)
        done = run(QUIRE, 'test', '--no-sanitize', '--allow-reports', '--allow-leaks',
                   f'{KUNIT}/misuse.c')
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_large_leaks(self):
        done = run(QUIRE, 'test', '--no-sanitize', f'{KUNIT}/large.c')
        self.assertIn('# keeps_large: leaked 48 KiB of large kmalloc()\n', done.stdout)
        self.assertRegex(done.stdout, r'# keeps_both: leaked 1 object, 64 bytes, kmalloc-64 from '
                         r'keeps_both\+.*, and 16 KiB of large kmalloc\(\)\n')
        for case in 'uses_freed', 'uses_a_freed_page':
            self.assertRegex(done.stdout, rf'# {case}: reported: pagealloc: memory corruption\n')
        self.assertIn('# large: pass:4 fail:4 skip:0 total:8\n', done.stdout)
        for options in ['--set', 'page_poison=false'], ['--slub-debug', '-']:
            done = run(QUIRE, 'test', '--no-sanitize', *options, '-f', '*.uses_*',
                       f'{KUNIT}/large.c')
            self.assertEqual(done.returncode, 0, done.stdout)
        for setting, least in ('memory=3', '1M'), ('nodes=4', '128M for each node'):
            done = run(QUIRE, 'test', '--no-sanitize', '--set', setting, f'{KUNIT}/large.c')
            self.assertEqual((done.returncode, done.stderr),
                             (2, f'quire: QUIRE_SET: memory=...: at least {least}\n'))
        for setting in 'nodes=2', 'slab=slab', 'slab=slob':
            done = run(QUIRE, 'test', '--no-sanitize', '--set', setting, '-f', '*.gives_*',
                       f'{KUNIT}/large.c')
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_leaks_by_the_way_there(self):
        """A helper allocates for the suite and for the case: it is the ways to it that differ."""
        done = run(QUIRE, 'test', '--no-sanitize', f'{KUNIT}/kept.c')
        self.assertEqual(done.returncode, 1)
        text = done.stdout
        self.assertRegex(text, r'# leaks_by_helper: leaked 1 object, 40 bytes, kmalloc-64 from '
                         r'my_alloc\+\S+ called by leaks_by_helper\+\S+\n')
        self.assertRegex(text, r'# leaks_twice_by_helper: leaked 2 objects, 80 bytes, kmalloc-64 '
                         r'from my_alloc\+\S+ called by leaks_twice_by_helper\+\S+\n')
        self.assertEqual(len(re.findall(r'#   1 object, 40 bytes, kmalloc-64 from my_alloc\+\S+ '
                                        r'called by leaks_twice_by_helper\+', text)), 2)
        for name in 'replaces', 'keeps_none':
            self.assertRegex(text, rf'(?m)^    ok \d {name}$')

    def test_caches_kept(self):
        """A cache made in a case and not destroyed, on all back ends; none of Quire's own."""
        merged = r'merged with others \(--set slab_nomerge=true\)'
        two = r'second, made at make\+\S+, and first, made at make\+\S+'
        for more, both in (([], two), (['--set', 'slab=slab'], two), (['--set', 'slab=slob'], two),
                           (['--slub-debug', '-'], r'first, made at make\+\S+, ' + merged)):
            done = run(QUIRE, 'test', '--no-sanitize', '-f', '*.keeps_*', *more, f'{KUNIT}/kept.c')
            text = done.stdout
            self.assertEqual(done.returncode, 1, more)
            self.assertRegex(text, r'# keeps_a_cache: leaked cache mydrv, made at '
                             r'make\+\S+\n', more)
            self.assertRegex(text, r'# keeps_two_caches: leaked 1 object, 72 bytes, early.*, and 2 '
                             rf'caches: {both}\n', more)
            self.assertRegex(text, r'(?m)^    ok 3 keeps_none$', more)
        done = run(QUIRE, 'test', '--no-sanitize', '--fail-nth', '-f', '*.forgets_its_cache',
                   f'{KUNIT}/kept.c')
        self.assertRegex(done.stdout, r'# finding 1, 1 times: leaked cache mydrv, made at '
                         r'make\+\S+\n')
        self.assertNotIn('finding 2', done.stdout)

    def test_filter_without_cases(self):
        for wanted, error in (('nosuch.*', 'no suite matches nosuch; there is kept'),
                              ('kept.*_cach', 'no case matches kept.*_cach; there are '
                               'kept.leaks_by_helper, kept.leaks_twice_by_helper, kept.replaces, '
                               'kept.keeps_a_cache, and 3 more (--list)')):
            done = run(QUIRE, 'test', '--no-sanitize', '-f', wanted, f'{KUNIT}/kept.c')
            self.assertEqual((done.returncode, done.stdout, done.stderr),
                             (2, '', f'quire test: {error}\n'))

    def test_back_ends_without_patterns(self):
        """What these back ends cannot find is said, once."""
        for name, said in ('slab', 1), ('slob', 1), ('slub', 0):
            done = run(QUIRE, 'test', '--no-sanitize', '--set', f'slab={name}', '-f',
                       '*.keeps_none', f'{KUNIT}/kept.c')
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertEqual(done.stdout.count(
                f'\n# slab={name} sees no overruns and no uses after free: slub does\n'), said)
        done = run(QUIRE, 'test', '--no-sanitize', '--set', 'slab=slab', '--slub-debug', 'F',
                   '-f', '*.keeps_none', f'{KUNIT}/kept.c')
        self.assertNotIn('overruns', done.stdout)

    def test_vmalloc(self):
        done = run(QUIRE, 'test', '--no-sanitize', f'{KUNIT}/vmalloc.c')
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r'# keeps_areas: leaked 3 objects, 24576 bytes, vmalloc area '
                         r'from keeps_areas\+')
        for case in 'frees_twice', 'unmaps_nothing':
            self.assertRegex(done.stdout,
                             f'# {case}: reported: Trying to v[a-z]+\\(\\) nonexistent')
        self.assertRegex(done.stdout, r'0 bytes past the end of the 12288-byte vmalloc area at '
                         r'0x[0-9a-f]+, in its guard page, allocated by runs_over\+')
        self.assertRegex(done.stdout, r'not yet reused part of the vmalloc window: byte 4101 of '
                         r'what was the area at 0x[0-9a-f]+, allocated by uses_freed\+\S+, '
                         r'freed by let_go\+')
        self.assertIn('# areas: pass:2 fail:5 skip:0 total:7\n', done.stdout)
        done = run(QUIRE, 'test', '-f', '*.runs_over', f'{KUNIT}/vmalloc.c')
        self.assertIn('# runs_over: crashed: signal 11 (Segmentation fault), told by a sanitizer '
                      'above\n', done.stdout)
        for setting in 'slab=slab', 'slab=slob', 'nodes=2':
            done = run(QUIRE, 'test', '--no-sanitize', '--set', setting, '-f', '*.keeps_no*',
                       f'{KUNIT}/vmalloc.c')
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_mapped_device(self):
        """A driver's ->mmap(), used through pointers and copies; bugs that may be planted."""
        source = f'{KUNIT}/mapdev.c'
        for options in ([], ['--set', 'slab=slab'], ['--set', 'deterministic=1'], ['--fail-nth'],
                        ['--set', 'real_mappings=n', '-f', '*.no_more*']):
            done = run(QUIRE, 'test', '--no-sanitize', *options, source)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        done = run(QUIRE, 'test', source)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for bug, said in (
                ('LEAK', r'leaked 1 object, 16384 bytes, vmalloc area from mapdev_open\+'),
                ('REFERENCE', r'# the_buffer_is_shared: reported: BUG: Bad page state'),
                ('RANGE', r'# no_more_than_there_is: EXPECTATION FAILED')):
            done = run(QUIRE, 'test', '--no-sanitize', f'-DMAPDEV_BUG_{bug}', source)
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertRegex(done.stdout, said)

    def test_modules(self):
        module = ('#include <linux/module.h>\n'
                  'static int value = 3;\n'
                  'module_param(value, int, 0);\n'
                  'static int start(void) { pr_info("value %d\\n", value); return 0; }\n'
                  'static void stop(void) { pr_info("stopped\\n"); }\n'
                  'module_init(start);\nmodule_exit(stop);\n')
        self.assertEqual(self.compile_text(module), (0, 'value 3\nstopped\n', ''))
        suite = ('#include <kunit/test.h>\n'
                 'static void c(struct kunit *t) { kunit_info(t, "runs"); }\n'
                 'static struct kunit_case cases[] = { KUNIT_CASE(c), {} };\n'
                 'static struct kunit_suite s = { .name = "s", .test_cases = cases };\n'
                 'kunit_test_suite(s);\n')
        status, errors, out = self.compile_text(module + suite, 'value=5')
        self.assertEqual((status, errors), (0, ''))
        self.assertIn('    # value 5\n    # c: runs\n    # stopped\n    ok 1 c\n', out)

    def test_modules_alone_are_watched(self):
        head = ('#include <linux/module.h>\n#include <linux/slab.h>\nstatic char *volatile p;\n'
                'static int start(void) { p = kmalloc(64, GFP_KERNEL); START; }\n'
                'static void stop(void) { STOP; }\nmodule_init(start);\n')
        both = head + 'module_exit(stop);\n'
        free = '-DSTOP=kfree(p)'
        good = '-DSTART=return p ? 0 : -ENOMEM'
        for text, options, status, said in (
                (both, (good, free), 0, r'\A\Z'),
                (both, (good, '-DSTOP=(void)0'), 1,
                 r'# modules: leaked 1 object, 64 bytes, kmalloc-64 from start\+'),
                (both, (good, '-DSTOP=(void)0', '--allow-leaks'), 0, r'\A\Z'),
                (head, (good, '-DSTOP=(void)stop'), 0, r'\A\Z'),
                (both, ('-DSTART=p[64] = 1; return 0', free), 1,
                 r'# modules: reported: BUG kmalloc-64 .*: Right Redzone overwritten\n'),
                (both, (good, '-DSTOP=kfree(p); p[3] = 1'), 1,
                 r'# modules: reported: BUG kmalloc-64 .*: Poison overwritten\n'),
                (both, ('-DSTART=kfree(p); return -EINVAL', free), 1,
                 r'start\(\) returned -22\n# modules: an init failed: -22\n'),
                (both, ('-DSTART=kfree(p); return -EAGAIN', free), 0,
                 r'\Astart\(\) returned -11\n\Z'),
                (both, ('-DSTART=return -EAGAIN', free), 1, r'# modules: leaked 1 object')):
            got = self.compile_text(text, *options)
            self.assertEqual(got[0], status, (options, got))
            self.assertRegex(got[2], said, options)
        got = self.compile_text(both, good, free, '--list')
        self.assertEqual((got[0], got[2]), (2, ''))
        self.assertIn('--list: there are no cases', got[1])

    def test_a_module_that_holds_the_hosts_locks_ends_in_time(self):
        """Its stacks cannot be printed then: a thread has standard output for itself."""
        text = ('#include <linux/module.h>\n#include <linux/kthread.h>\n'
                'extern struct _IO_FILE *stdout; void flockfile(struct _IO_FILE *);\n'
                'static int locks(void *done)\n'
                '{ flockfile(stdout); WRITE_ONCE(*(int *)done, 1); for (;;) ; return 0; }\n'
                'static int start(void) { static int done; kthread_run(locks, &done, "locks");\n'
                'while (!READ_ONCE(done)) cond_resched(); for (;;) ; return 0; }\n'
                'module_init(start);\n')
        began = time.monotonic()
        got = self.compile_text(text, '--timeout', '1')
        self.assertEqual(got[0], 1, got)
        self.assertRegex(got[1], 'crashed outside of any case: Killed')
        self.assertLess(time.monotonic() - began, 60)

    def test_ctrl_c(self):
        with tempfile.TemporaryDirectory() as folder:
            with subprocess.Popen([QUIRE, 'test', '--no-sanitize', '-f', 'dying.hangs',
                                   f'{KUNIT}/dying.c'], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, start_new_session=True,
                                  env={**os.environ, 'TMPDIR': folder}) as child:
                self.assertEqual(child.stdout.readline(), 'KTAP version 1\n')
                os.killpg(child.pid, signal.SIGINT)
                child.communicate(timeout=20)
                self.assertEqual(child.returncode, 130)
            self.assertEqual(os.listdir(folder), [])
            for _ in range(100):
                try:
                    os.killpg(child.pid, 0)
                except ProcessLookupError:
                    return
                time.sleep(0.1)
        self.fail('a process is left over')

    def test_a_hundred_cases_in_a_second(self):
        cases = ''.join(f'static void c{i}(struct kunit *t) {{ KUNIT_EXPECT_EQ(t, {i}, {i}); }}\n'
                        for i in range(100))
        text = ('#include <kunit/test.h>\n' + cases + 'static struct kunit_case cases[] = { ' +
                ' '.join(f'KUNIT_CASE(c{i}),' for i in range(100)) + ' {} };\n'
                'static struct kunit_suite s = { .name = "s", .test_cases = cases };\n'
                'kunit_test_suite(s);\n')
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'a.c')
            with open(path, 'w', encoding='ascii') as f:
                f.write(text)
            built = run(QUIRE, 'test', '--keep', path, TMPDIR=folder)
            self.assertEqual(built.returncode, 0, built.stdout)
            program = re.search(r'kept in (\S+)', built.stderr).group(1) + '/test'
            seconds = []
            for _ in range(3):
                started = time.monotonic()
                done = run(program, '--isolate', '--strict', '--leaks',
                           QUIRE_SET='page_poison=true,slub_debug=FZPU')
                seconds.append(time.monotonic() - started)
                self.assertIn('# s: pass:100 fail:0', done.stdout)
        print(f'100 cases: {min(seconds):.2f} s', file=sys.stderr)
        self.assertLess(min(seconds), 5)  # the goal is 1 s, on a machine that does nothing else


if __name__ == '__main__':
    unittest.main()
