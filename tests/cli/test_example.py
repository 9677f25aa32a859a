#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""examples/ringdev/README.md: each command that it shows prints what it shows.

A line "..." stands for any lines, "..." within a line for any text.
"""
import os
import re
import subprocess
import sys
import time
import unittest

QUIRE = os.environ['QUIRE']
SOURCE = os.environ['QUIRE_SOURCE']
FOLDER = os.path.join(SOURCE, 'examples/ringdev')


def commands():
    """The commands of the README's console blocks, each with the lines that it must print."""
    with open(os.path.join(FOLDER, 'README.md'), encoding='ascii') as f:
        blocks = re.findall(r'```console\n(.*?)```', f.read(), re.S)
    for block in blocks:
        for part in re.split(r'(?m)^\$ ', block)[1:]:
            command, _, expected = part.partition('\n')
            yield command, expected


def pattern(expected):
    lines = []
    for line in expected.splitlines():
        if line == '...':
            lines.append(r'(?:.*\n)*?')
        else:
            lines.append('.*?'.join(re.escape(text) for text in line.split('...')) + r'\n')
    return ''.join(lines)


def run(command):
    env = {**os.environ, 'PATH': os.path.dirname(QUIRE) + ':' + os.environ['PATH']}
    env.pop('QUIRE_SET', None)
    return subprocess.run(['sh', '-c', command], cwd=FOLDER, env=env, capture_output=True,
                          text=True, check=False, timeout=300)


class Readme(unittest.TestCase):
    def test_every_command(self):
        seconds = []
        listed = list(commands())
        self.assertGreaterEqual(len(listed), 6)
        for command, expected in listed:
            started = time.monotonic()
            done = run(command)
            seconds.append(time.monotonic() - started)
            self.assertEqual(done.stderr, '', command)
            self.assertRegex(done.stdout, r'\A' + pattern(expected) + r'\Z', command)
            failed = ' fail:0 ' not in done.stdout.splitlines()[-1]
            self.assertEqual(done.returncode, int(failed), command)
        print('seconds of each command: ' + ' '.join(f'{s:.1f}' for s in seconds),
              file=sys.stderr)
        self.assertLess(seconds[0], 9)  # the goal is 3 s, on a machine that does nothing else

    def test_the_bugs_are_only_where_they_are_planted(self):
        text = run('quire test --fail-nth ringdev.c ringdev_test.c').stdout
        self.assertNotIn('finding', text)

    def test_the_line_of_a_finding_shows_it(self):
        text = run('quire test --fail-nth -DRINGDEV_BUG_UNCHECKED ringdev.c ringdev_test.c').stdout
        again = re.search(r'(?m)^# again: (.*)$', text).group(1)
        done = run(again)
        self.assertEqual(done.returncode, 1)
        self.assertIn('runtime error: store to null pointer', done.stdout)
        self.assertIn('# Totals: pass:0 fail:1 skip:0 total:1\n', done.stdout)


if __name__ == '__main__':
    unittest.main()
