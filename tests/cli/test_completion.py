#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Shell completion: the scripts parse, offer what there is, and know every key."""
import os
import re
import subprocess
import unittest

QUIRE = os.environ['QUIRE']
SOURCE = os.environ['QUIRE_SOURCE']
BASH = os.path.join(SOURCE, 'completions/quire.bash')
ZSH = os.path.join(SOURCE, 'completions/quire.zsh')


def complete(*words):
    """What bash would offer for the last of WORDS."""
    script = (f'source {BASH}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _quire; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    run = subprocess.run(['bash', '-c', script, 'bash', *words], capture_output=True, text=True,
                         check=True)
    return run.stdout.split()


def keys():
    """Every scalar key of a machine file, as --set names it."""
    text = subprocess.run([QUIRE, 'boot', os.path.join(SOURCE, 'machines/tiny-64m.yaml'),
                           '--print'], capture_output=True, text=True, check=True).stdout
    level = ''
    for line in text.split('\n'):
        m = re.match(r'( *)([\w.]+):( ?)', line)
        if not m:
            continue
        if not m.group(1):
            level = m.group(2)
            if m.group(3) or level in ('memory', 'nodes'):
                yield level
        elif level == 'sysctl':
            yield m.group(2)
        else:
            yield f'{level}.{m.group(2)}'


class Bash(unittest.TestCase):
    def test_parses(self):
        subprocess.run(['bash', '-n', BASH], check=True)

    def test_commands(self):
        self.assertEqual(complete('quire', 'b'), ['boot'])
        self.assertIn('replay', complete('quire', ''))
        self.assertEqual(complete('quire', 'help', 'rec'), ['record'])

    def test_options(self):
        self.assertEqual(complete('quire', 'boot', '--pro'), ['--proc'])
        for command in complete('quire', 'help', ''):
            usage = subprocess.run([QUIRE, command, '--help'], capture_output=True, text=True,
                                   check=True).stdout
            for option in re.findall(r'(?m)^ +(?:-\w, )?(--[\w-]+)', usage):
                self.assertIn(option, complete('quire', command, '--'), command)

    def test_values(self):
        self.assertEqual(complete('quire', 'boot', 'm', '--set', 'vm.min'), ['vm.min_free_kbytes='])
        self.assertEqual(complete('quire', 'boot', 'm', '--set', 'mode', '='),
                         ['free-running', 'deterministic'])
        self.assertEqual(complete('quire', 'boot', 'm', '--set', 'boot', '=', 'b'), ['bootmem'])
        self.assertEqual(complete('quire', 'boot', 'm', '--proc', 'zone'), ['zoneinfo'])

    def test_every_key(self):
        offered = complete('quire', 'boot', 'm', '--set', '')
        for key in keys():
            self.assertIn(key + '=', offered)


class Zsh(unittest.TestCase):
    def test_parses(self):
        subprocess.run(['zsh', '-n', ZSH], check=True)

    def test_every_key(self):
        with open(ZSH, encoding='ascii') as f:
            words = set(re.findall(r'[\w.]+', f.read()))
        self.assertEqual([key for key in keys() if key not in words], [])


if __name__ == '__main__':
    unittest.main()
