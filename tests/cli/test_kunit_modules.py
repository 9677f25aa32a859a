#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`quire test` on modules: what lives from before their inits to behind their exits."""
import os
import re
import subprocess
import tempfile
import unittest

QUIRE = os.environ['QUIRE']
KUNIT = os.path.join(os.environ['QUIRE_SOURCE'], 'tests/cli/kunit')


def run(*command, **env):
    """Exit status and output, with offsets in functions cut off."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300,
                          env={**os.environ, **env})
    return done.returncode, re.sub(r'\+0x\w+/0x\w+', '', done.stdout) + done.stderr


def quire_test(*options):
    return run(QUIRE, 'test', '--no-sanitize', *options)


class Programs(unittest.TestCase):
    """The module is compiled twice, with its suite and without; then the programs are run."""

    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory()
        cls.program = {}
        for suite in True, False:
            define = '-DSUITE' if suite else '-DNO_SUITE'
            _, said = run(QUIRE, 'test', '--no-sanitize', '--keep', define, f'{KUNIT}/module.c',
                          TMPDIR=cls.dir.name)
            cls.program[suite] = re.search(r'kept in (\S+)', said).group(1) + '/test'

    @classmethod
    def tearDownClass(cls):
        cls.dir.cleanup()

    def module(self, *options, suite=True, leaks=True, settings=''):
        return run(self.program[suite], '--isolate', '--strict', *['--leaks'] * leaks, *options,
                   QUIRE_SET='slub_debug=FZPU,page_poison=true,asan=false' + settings)


class Exits(Programs):
    """Where modules have an exit, leaks are counted behind it."""

    def test_state_that_the_exit_frees_is_no_leak(self):
        for settings in '', ',slab=slab', ',slab=slob', ',slub_debug=-':
            _, text = self.module(settings=settings)
            self.assertIn('    ok 1 adds\n', text)
            self.assertIn('    ok 2 does_nothing\n', text)
            self.assertIn('# leaks: leaked 1 object, ', text)
        _, text = self.module()
        self.assertIn('# leaks: leaked 1 object, 40 bytes, kmalloc-64 from leaks\n', text)

    def test_what_the_module_leaves_is_told_in_each_case(self):
        for leave, said in (
                ('table', 'leaked 1 object, 100 bytes, kmalloc-128 from load, before the case'),
                ('cache', 'leaked cache entries, made at load'),
                ('area', 'leaked 1 object, 12288 bytes, vmalloc area from load, before the case'),
                ('large', r'leaked 32 KiB of large kmalloc\(\)'),
                ('thread', r'reported: BUG: kthread stayer/\d+ was left running, function stays'),
                ('lock', r'reported: BUG: test/\d+ still has locks held!'),
                ('poison', r'reported: BUG kmalloc-128 .*: Poison overwritten')):
            status, text = self.module(f'leave={leave}')
            self.assertEqual(status, 1)
            for case in 'adds', 'does_nothing':
                self.assertRegex(text, f'# {case}: {said}\n')
            self.assertIn('# module: pass:0 fail:3 skip:0 total:3\n', text)
        _, text = self.module('leave=table', '--filter=*.leaks')
        self.assertIn('    #   1 object, 100 bytes, kmalloc-128 from load, before the case\n'
                      '    #   1 object, 40 bytes, kmalloc-64 from leaks\n', text)
        for leave in 'table', 'thread':
            status, text = self.module(f'leave={leave}', leaks=False)
            self.assertEqual(status, 0, text)

    def test_what_was_left_hides_no_leak(self):
        _, text = self.module('leave=thread', '--filter=*.leaks')
        self.assertIn('# leaks: leaked 1 object, 40 bytes, kmalloc-64 from leaks\n', text)
        _, text = self.module('leave=entries', '--filter=*.adds')
        self.assertRegex(text, r'# adds: reported: BUG entries .*: Objects remaining in entries')
        self.assertRegex(text, '# adds: leaked 2 objects, .*, entries from add called by adds, and '
                         'cache entries, made at load\n')
        _, text = self.module('leave=thread and table', suite=False)
        self.assertRegex(text, r'# modules: reported: BUG: kthread stayer/\d+ was left running')
        self.assertIn('# modules: leaked 1 object, 100 bytes, kmalloc-128 from load\n', text)

    def test_modules_without_an_exit_keep_what_they_have(self):
        """The case is counted alone then, also beside a module that has one."""
        text = ('#include <linux/module.h>\n#include <linux/slab.h>\nstatic void *volatile p;\n'
                'static int start(void) { p = kmalloc(64, GFP_KERNEL); return 0; }\n'
                'module_init(start);\n')
        path = os.path.join(self.dir.name, 'keeps.c')
        with open(path, 'w', encoding='ascii') as f:
            f.write(text)
        _, said = quire_test(f'{KUNIT}/module.c', path)
        self.assertIn('    # adds: leaked 2 objects, 32 bytes, entries from add called by adds',
                      said)
        self.assertIn('    ok 2 does_nothing\n', said)


class FailNth(Programs):
    def test_inits_that_bear_it(self):
        """An init that returns an error is no finding; the first case has all of its failures."""
        status, text = self.module('--fail-nth')
        self.assertEqual(status, 1)
        nr = dict(re.findall(r'# (\w+): (\d+) allocations failed in turn', text))
        self.assertGreaterEqual(int(nr['adds']), 10, text)
        self.assertEqual(nr['does_nothing'], '0')
        self.assertEqual(len(re.findall('(?m)^# finding', text)), 1)
        self.assertIn('# finding 1, 1 times: leaked 1 object, 40 bytes, kmalloc-64 from leaks\n',
                      text)
        status, text = self.module('--fail-nth=1', '--filter=*.adds')
        self.assertEqual(status, 0)
        self.assertIn('    ok 1 adds # SKIP module_init() returned -12, as an allocation failed\n',
                      text)

    def test_inits_that_do_not(self):
        leaked = 'leaked 1 object, 100 bytes, kmalloc-128 from load'
        for suite in True, False:
            status, text = self.module('careless=1', '--fail-nth', suite=suite)
            self.assertEqual(status, 1)
            self.assertRegex(text, rf'# \w+: allocation 3 failing: finding 1: {leaked}\n')
            again = re.search(r'(?m)^# again: (.*)$', text).group(1)
            self.assertIn('--fail-nth=3', again)
            self.assertEqual('--filter=module.adds' in again, suite)
            status, text = self.module('careless=1', '--fail-nth=3', suite=suite)
            self.assertEqual(status, 1)
            self.assertRegex(text, rf'# \w+: {leaked}\n')
        _, text = self.module('crashes=1', '--fail-nth', '--filter=*.adds')
        self.assertRegex(text, '# adds: allocation 1 failing at load: finding 1: crashed: ')

    def test_modules_alone(self):
        status, text = self.module('--fail-nth', suite=False)
        self.assertEqual(status, 0)
        said = r'    # modules: 1\d allocations failed in turn, 0 ended badly\n'
        self.assertRegex(text, rf'\A{said}\Z')
        status, text = self.module('--fail-nth=1', suite=False)
        self.assertEqual(status, 0, text)
        for more, said in (('--filter=a.b', '--filter: there are no cases'),
                           ('nosuch=1', 'nosuch=1: no module has a parameter of this name')):
            status, text = self.module('--fail-nth', more, suite=False)
            self.assertEqual(status, 2)
            self.assertIn(said, text)

    def test_numbers_of_processes_make_no_finding_of_their_own(self):
        _, text = self.module('leave=thread', '--fail-nth', '--filter=*.adds')
        said = r'# finding 1, \d+ times: reported: BUG: kthread stayer/\d+ was left'
        self.assertRegex(text, rf'(?m)^{said}')
        self.assertNotIn('finding 2', text)


if __name__ == '__main__':
    unittest.main()
