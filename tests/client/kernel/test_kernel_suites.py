#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compiles files of Linux 6.1 unmodified against compat/, runs them and reads their verdicts.

suites.txt says which. The sources come from Debian's package, see fetch-kernel-source.sh; where it
cannot be had the test is skipped (exit status 77). One suite alone:

    test_kernel_suites.py BUILD CC [--only NAME] [--cflags ...]
"""
import argparse
import glob
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, '../../..'))
HEADERS = ['tools/testing/selftests/kselftest_module.h', 'tools/testing/selftests/kselftest.h',
           'tools/testing/memblock/tests/*.h']
# "../mm/slab.h", "slab.h", "kasan.h": what the kernel's own tree has beside the file.
QUOTED = [word for folder in ('mm', 'mm/kasan', 'mm/kfence')
          for word in ('-iquote', os.path.join(ROOT, 'compat', folder))]
BAD_LINE = re.compile(r'\b(WARNING|BUG)\b|\bfailed\b')


def read_suites(path):
    for line in open(path, encoding='utf-8'):
        if line.strip() and not line.startswith('#'):
            yield [field.strip() for field in line.split('|')]


def stage(build, suites):
    """The kernel's files below BUILD/kernel-source."""
    tree = os.path.join(build, 'kernel-source')
    files = sorted({f for suite in suites for f in suite[1].split() if not f.startswith('{')})
    files += HEADERS
    done = subprocess.run([os.path.join(HERE, 'fetch-kernel-source.sh'), tree, *files])
    if done.returncode:
        sys.exit(done.returncode)
    return tree


def compile_suite(args, tree, name, files, options):
    folder = os.path.join(args.build, 'kernel-suites')
    os.makedirs(folder, exist_ok=True)
    program = os.path.join(folder, name)
    libraries = [os.path.join(args.build, lib) for lib in (
        'lib/libquire-kernel.a', 'lib/libquire_host.a', 'sealed/libquire.a')]
    if 'XA_CHUNK_SHIFT=3' in options:
        libraries.insert(0, os.path.join(args.build, 'lib/libquire-kernel-xa3.a'))
    sources = [path for f in files.format(here=HERE).split() if not f.endswith('.h')
               for path in sorted(glob.glob(os.path.join(tree, f)))]
    command = [args.cc, '-std=gnu11', '-O2', '-g', '-Wall', '-fno-strict-aliasing',
               '-fno-strict-overflow',
               '-Wno-pointer-sign', '-Werror=implicit-function-declaration',
               *args.cflags.split(), '-D__KERNEL__',
               '-DKBUILD_MODNAME="' + name + '"', '-I', os.path.join(ROOT, 'compat'),
               '-I', os.path.join(ROOT, 'include'), *QUOTED, '-include', 'linux/kconfig.h',
               *options.format(tree=tree, here=HERE).split(), *sources, '-o', program,
               '-Wl,--undefined=quire_startup', '-Wl,--wrap=pthread_create', *libraries,
               '-ldw', '-lpthread']
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        return None, done.stderr
    return program, done.stderr


def judge(verdict, status, output):
    """Why the verdict does not hold, or an empty string."""
    kind, wanted = verdict.split(' ', 1)
    if kind == 'kunit':
        passed, skipped = (wanted + ' 0').split()[:2]
        totals = re.findall(r'^# Totals: pass:(\d+) fail:(\d+) skip:(\d+)', output, re.M)
        if status or totals != [(passed, '0', skipped)]:
            return f'exit status {status}, totals {totals}'
        return ''
    lines = output.splitlines()
    if kind == 'counts':
        number, text = wanted.split(' ', 1)
        found = sum(text in line for line in lines)
        return '' if not status and found == int(number) else f'exit status {status}, {found} lines'
    if kind == 'tap':
        passed = sum(line.startswith('ok ') for line in lines)
        return '' if not status and passed == int(wanted) else f'exit status {status}, {passed} ok'
    for line in lines:
        if kind == 'prints' and BAD_LINE.search(line):
            return f'it says: {line}'
    return '' if any(line.endswith(wanted) for line in lines) else f'no line ends in "{wanted}"'


def run_suite(args, tree, suite):
    name, files, options, arguments, verdict = suite
    program, errors = compile_suite(args, tree, name, files, options)
    if not program:
        return 'does not compile', errors
    words = arguments.split()
    settings = dict(word.split('=', 1) for word in words if word.startswith('QUIRE_'))
    done = subprocess.run([program, *[word for word in words if not word.startswith('QUIRE_')]],
                          capture_output=True, text=True, errors='replace', timeout=300,
                          env=dict(os.environ, **settings))
    output = done.stdout + done.stderr
    return judge(verdict, done.returncode, output), output


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('build')
    parser.add_argument('cc')
    parser.add_argument('--only')
    parser.add_argument('--cflags', default='')
    args = parser.parse_args()
    suites = list(read_suites(os.path.join(HERE, 'suites.txt')))
    tree = stage(args.build, suites)
    bad = 0
    for suite in suites:
        if args.only and suite[0] != args.only:
            continue
        wrong, output = run_suite(args, tree, suite)
        print(f'{"not ok" if wrong else "ok"} {suite[0]}: {suite[4]}', flush=True)
        if wrong:
            bad += 1
            print(f'{wrong}\n{output[-4000:]}\nrerun: {" ".join(sys.argv)} --only {suite[0]}',
                  flush=True)
    sys.exit(1 if bad else 0)


main()
