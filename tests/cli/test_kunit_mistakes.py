#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`quire test` on the mistakes of kunit/mistakes.c: each fails its case and names its place."""
import os
import re
import subprocess
import unittest

QUIRE = os.environ['QUIRE']
SOURCE = os.environ['QUIRE_SOURCE']
KUNIT = os.path.join(SOURCE, 'tests/cli/kunit')


def run(*args):
    return subprocess.run(args, capture_output=True, text=True, check=False, timeout=300)


class Mistakes(unittest.TestCase):
    def mistakes(self, pattern, *options):
        """What cases of mistakes.c print, by name, each with its verdict."""
        done = run(QUIRE, 'test', '--no-sanitize', *options, '-f', 'mistakes.' + pattern,
                   f'{KUNIT}/mistakes.c')
        cases = re.findall(r'((?:.*\n)*?)    ((?:not )?ok) \d+ (\w+)\n',
                           done.stdout.split('\n    1..', 1)[1].split('\n', 1)[1])
        self.assertTrue(cases, done.stdout)
        return {name: (verdict, text) for text, verdict, name in cases}

    def reported(self, cases, **titles):
        self.assertEqual(set(cases), set(titles))
        for name, title in titles.items():
            verdict, text = cases[name]
            self.assertEqual(verdict, 'not ok', text)
            self.assertRegex(text, f'# {name}: reported: {title}')
            self.assertRegex(text, f'Call Trace:\n(    #.*\n)*?    #  {name}\\+| at: {name}\\+')

    def test_sections(self):
        cases = self.mistakes('rcu_*')
        invalid = 'BUG: sleeping function called from invalid context at '
        verdict, text = cases.pop('rcu_left')
        self.assertEqual(verdict, 'not ok')
        self.assertRegex(text, r'# rcu_left: reported: BUG: test/\d+ exited inside '
                         r'rcu_read_lock\(\) \(depth 1\)\n')
        verdict, text = cases.pop('rcu_left_by_thread')
        self.assertEqual(verdict, 'not ok')
        self.assertRegex(text, r'reported: BUG: reader/\d+ exited inside rcu_read_lock\(\)')
        for text in (cases['rcu_mutex'][1], cases['rcu_sleeps'][1]):
            self.assertIn('    # RCU nest depth: 1, expected: 0\n', text)
            self.assertNotIn('crashed', text)
        self.reported(cases, rcu_mutex=invalid + '.*mutex.c', rcu_sleeps=invalid + '.*time.c',
                      rcu_waits=r'quire: synchronize_rcu\(\) inside rcu_read_lock\(\) waits',
                      rcu_unlocks=r'quire: rcu_read_unlock\(\) on CPU 0 without rcu_read_lock')

    def test_spin_locks(self):
        cases = self.mistakes('spin_*')
        self.assertEqual(cases.pop('spin_well'), ('ok', ''))
        self.assertEqual(cases.pop('spin_many'), ('ok', ''))
        self.assertIn('    #  taken at: spin_twice+', cases['spin_twice'][1])
        self.assertIn('# spin_twice: crashed: signal 6 (Aborted)\n', cases['spin_twice'][1])
        self.reported(cases, spin_twice=r'BUG: spinlock recursion on CPU#0, test/\d+\n',
                      spin_left=r'BUG: test/\d+ still has locks held!\n',
                      spin_unlocks=r'BUG: spinlock already unlocked on CPU#0, test/\d+\n',
                      spin_garbage=r'BUG: spinlock bad magic on CPU#0, test/\d+\n')
        verdict, text = self.mistakes('owner_*')['owner_is_another']
        self.assertEqual(verdict, 'not ok')
        self.assertRegex(text, r'reported: BUG: spinlock wrong owner on CPU#\d+, other/\d+\n')
        verdict, text = self.mistakes('mutex_left')['mutex_left']
        self.assertEqual(verdict, 'not ok')
        self.assertRegex(text, r'BUG: test/\d+ still has locks held!\n'
                         r'    # 1 lock held by test/\d+:\n    #  #0: mutex\+0x0/0x\w+, at: '
                         r'mutex_left\+')
        verdict, text = self.mistakes('preempt_left')['preempt_left']
        self.assertRegex(text, r'reported: BUG: test/\d+ exited with preempt_count 1\n')

    def test_lists(self):
        self.reported(self.mistakes('list_*'), list_added_twice='list_add double add: new=',
                      list_deleted_twice=r'list_del corruption, \w+->next is LIST_POISON1 \(dead',
                      list_moved_freed=r'list_del corruption, \w+->prev is LIST_POISON2 \(dead')

    def test_a_flood_is_shortened(self):
        _, text = self.mistakes('flood')['flood']
        self.assertEqual(text.count('double add: new='), 3 + 2)
        self.assertIn('# 97 more like this: list_add double add: new=', text)
        self.assertEqual(text.count('Object already free'), 3 + 1)
        self.assertIn('# 17 more like this: BUG kmalloc-16 (Not tainted): Object already free',
                      text)
        self.assertEqual(text.count('=====\n'), 3)
        for line in 'said after the flood', 'said after frees':
            self.assertIn(f'    # {line}\n', text)

    def test_lines_of_drivers_are_not_swallowed(self):
        _, text = self.mistakes('flood_of_lines')['flood_of_lines']
        for line, times in (('BUG: fifo empty', 3), ('WARNING: something else', 1),
                            ('the only line that says why', 1), ('WARNING: queue full', 3),
                            ('BUG: fifo full', 3), ('Call Trace:', 3), ('said at the end', 1)):
            self.assertEqual(text.count(f'    # {line}\n'), times, text)
        for held, line in (2, 'BUG: fifo empty'), (4, 'WARNING: queue full'), (2, 'BUG: fifo full'):
            self.assertIn(f'# {held} more like this: {line}\n', text)

    def test_threads_that_are_left(self):
        cases = self.mistakes('thread_*')
        self.assertEqual(cases['thread_ends'], ('ok', ''))
        verdict, text = cases['thread_left']
        self.assertEqual(verdict, 'not ok')
        self.assertRegex(text, r'thread_left: reported: BUG: kthread stayer/\d+ was left running, '
                         r'function stays\+0x0/')
        self.assertEqual(self.mistakes('thread_left', '--allow-leaks')['thread_left'][0], 'ok')

    def test_a_hanging_case_says_where_its_tasks_are(self):
        _, text = self.mistakes('hangs', '--timeout', '1')['hangs']
        self.assertRegex(text, r'# task:test +state:D pid:\d+\n    #  holds mutex\+0x0/0x\w+, '
                         r'at: hangs\+.*\n    # Call Trace:\n(    #  .*\n)*?'
                         r'    #  waits_for_ever\+')
        self.assertRegex(text, r'# task:waiter +state:D pid:\d+\n    # Call Trace:\n'
                         r'(    #  .*\n)*?    #  waits\+')
        self.assertRegex(text, r'# hangs: timed out after 1 s\n    # hangs: reported: BUG: spin')


class Restarts(unittest.TestCase):
    """A driver that is stopped and started again within a case, and stocks of the library."""

    def restarts(self, *options):
        done = run(QUIRE, 'test', '--no-sanitize', *options, f'{KUNIT}/restarts.c')
        return re.sub(r'\+0x\w+/0x\w+', '', done.stdout)

    def balanced(self, *options):
        text = self.restarts(*options)
        for name in 'restarts', 'restarts_twice', 'preloads':
            self.assertRegex(text, rf'(?m)^    ok \d {name}$', options)
        for name in 'leaves_cache', 'leaves_other_cache', 'leaves_object', 'leaves_thread':
            self.assertRegex(text, rf'(?m)^    not ok \d {name}$', options)
        return text

    def test_each_surplus_is_told(self):
        text = self.balanced()
        self.assertEqual(len(re.findall('# .*leaked.*|# .*reported.*', text)), 4, text)
        self.assertRegex(text, r'# leaves_thread: reported: BUG: kthread second/\d+ was left ')
        self.assertEqual(text.count('was left running'), 2)
        self.assertIn('# leaves_cache: leaked cache mine, made at leaves_cache\n', text)
        self.assertIn('# leaves_object: leaked 1 object, 100 bytes, mine from leaves_obj', text)
        self.assertRegex(text, r'# leaves_other_cache: leaked 1 object, 100 bytes, other from '
                         r'leaves_other_cache, and cache other, made at leaves_other_cache\n')

    def test_back_ends(self):
        for more in ('--set=cpus=4', '--set=slab=slab', '--set=slab=slob',
                     '--set=deterministic=true'):
            self.balanced(more)
        text = self.restarts('--slub-debug', '-')  # caches are merged
        for name in 'restarts', 'restarts_twice', 'preloads':
            self.assertRegex(text, rf'(?m)^    ok \d {name}$')


if __name__ == '__main__':
    unittest.main()
