#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Manual pages: mandoc has nothing to say about them, and they tell every option and key."""
import glob
import os
import re
import subprocess
import unittest

QUIRE = os.environ['QUIRE']
SOURCE = os.environ['QUIRE_SOURCE']


def page(name):
    """The text of man/NAME without markup."""
    text = subprocess.run(['mandoc', '-Tascii', os.path.join(SOURCE, 'man', name)],
                          capture_output=True, text=True, check=True).stdout
    return re.sub(r'.\x08', '', text)


def commands():
    text = subprocess.run([QUIRE, '--help'], capture_output=True, text=True, check=True).stdout
    return re.findall(r'(?m)^  (\w+) {2,}', text)


class Manual(unittest.TestCase):
    def test_lint(self):
        pages = glob.glob(os.path.join(SOURCE, 'man/*.[1-9]'))
        self.assertGreater(len(pages), 2)
        for path in pages:
            run = subprocess.run(['mandoc', '-Tlint', '-W', 'warning', path], capture_output=True,
                                 text=True, check=False)
            self.assertEqual((run.returncode, run.stdout), (0, ''), path)

    def test_every_option(self):
        for command in commands():
            usage = subprocess.run([QUIRE, command, '--help'], capture_output=True, text=True,
                                   check=True).stdout
            text = page(f'quire-{command}.1')
            for option in set(re.findall(r'(?m)^ +(?:-\w, )?(--[\w-]+)', usage)):
                self.assertIn(option, text, command)

    def test_every_key(self):
        text = page('quire-machine.5')
        printed = subprocess.run([QUIRE, 'boot', os.path.join(SOURCE, 'machines/cma.yaml'),
                                  '--print'], capture_output=True, text=True, check=True).stdout
        for key in set(re.findall(r'([\w.]+): ', printed)):
            self.assertRegex(text, r'(?<![\w.])' + re.escape(key) + r'(?![\w])')


if __name__ == '__main__':
    unittest.main()
