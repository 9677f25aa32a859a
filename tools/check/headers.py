#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each header compiles alone.

Every header: as C11 (gnu11) with -Wall -Wextra. Public ones also: strictly as ISO C11, as
C++17, and with the C library's headers before and after it. Those of compat/: as kernel code is
compiled, by gcc and clang, with the C library's headers before and after, twice.
"""
import concurrent.futures
import os
import re
import subprocess

import lib

LIBC = ''.join(f'#include <{h}>\n' for h in (
    'assert.h', 'errno.h', 'limits.h', 'pthread.h', 'sched.h', 'signal.h', 'stdio.h', 'stdlib.h',
    'string.h', 'sys/mman.h', 'sys/param.h', 'sys/types.h', 'time.h', 'unistd.h'))
KERNEL_LIBC = LIBC + ''.join(f'#include <{h}>\n' for h in (
    'ctype.h', 'fcntl.h', 'getopt.h', 'setjmp.h', 'sys/ioctl.h', 'sys/prctl.h', 'sys/socket.h',
    'sys/stat.h', 'sys/syscall.h'))
C = ['gcc', '-x', 'c', '-std=gnu11']
ISO = ['gcc', '-x', 'c', '-std=c11', '-pedantic-errors']
CLANG = ['clang', '-x', 'c', '-std=c11', '-pedantic-errors', '-Wno-gnu']
CXX = ['g++', '-x', 'c++', '-std=c++17']
KERNEL = {'gcc': ['gcc', '-x', 'c', '-std=gnu11', '-D_GNU_SOURCE'],
          'clang': ['clang', '-x', 'c', '-std=gnu11', '-D_GNU_SOURCE']}
CXX_LIBC = '#include <atomic>\n#include <string>\n#include <vector>\n'
STRICT = ['-Wall', '-Wextra', '-Werror', '-Wno-unused-parameter', '-Wno-sign-compare',
          '-fsyntax-only', '-']
FOLDERS = ('include/', 'src/', 'ports/', 'tools/', 'tests/', 'bench/', 'compat/')
INCLUDED_FROM = ('include', 'src', 'tools/quire', 'tools/quire/html', 'tools/quire/trace',
                 'tools/quire/replay', 'tests')
LIBRARIES = ('libtracecmd', 'libtraceevent', 'yaml-0.1', 'jansson', 'libzstd', 'cmocka')


def public_ways(name):
    line = f'#include <quire/{name}>\n'
    twice = line + line
    unit = 'typedef int some_declaration;\n'
    yield 'as ISO C11', ISO, twice + unit
    yield 'as ISO C11 by clang', CLANG, line + unit
    yield 'as C++17', CXX, twice
    yield 'after the C library', [*C, '-D_GNU_SOURCE'], LIBC + line
    yield 'before the C library', [*C, '-D_GNU_SOURCE'], line + LIBC
    yield 'before the C++ library', CXX, line + CXX_LIBC


def kernel_ways(name):
    """Each optimiser and each order with one compiler."""
    line = f'#include <{name}>\n'
    for compiler, command in KERNEL.items():
        yield f'before the C library by {compiler}', [*command, '-O2'], line + line + KERNEL_LIBC
        yield f'after the C library by {compiler}', [*command, '-O0'], KERNEL_LIBC + line


def ways(path):
    if path.startswith('compat/') and not path.startswith('compat/lib/'):
        yield from kernel_ways(path[len('compat/'):])
    elif path.startswith('include/quire/'):
        yield from public_ways(path[len('include/quire/'):])
    else:
        yield 'as C11', [*C, '-D_GNU_SOURCE'], f'#include "{path}"\n'


def library_folders():
    """Where the libraries of tools/ keep their headers."""
    found = []
    for name in LIBRARIES:
        found += subprocess.run(['pkg-config', '--cflags-only-I', name], capture_output=True,
                                text=True).stdout.split()
    return found


def include_path(check, path, libraries):
    if '/compat/' in '/' + path: # the kernel's headers, or what is compiled with them
        return ['-I', os.path.join(check.root, 'compat'), '-I', os.path.join(check.root, 'include'),
                '-I', check.root]
    folders = ['-I', check.root] + ([] if path.startswith(('include/', 'src/')) else libraries)
    for folder in (*INCLUDED_FROM, os.path.dirname(path)):
        if not path.startswith('include/') or folder == 'include':
            folders += ['-I', os.path.join(check.root, folder)]
    return folders


def try_one(check, path, what, compiler, text, libraries):
    folders = include_path(check, path, libraries)
    stamp = stamp_of(check, path, what)
    if lib.up_to_date(stamp):
        return path, what, ''
    done = subprocess.run([*compiler, *folders, '-MD', '-MF', stamp + '.d', *STRICT], input=text,
                          capture_output=True, text=True, cwd=check.root)
    if not done.returncode:
        with open(stamp + '.o', 'w', encoding='utf-8'):
            pass
    return path, what, done.stderr if done.returncode else ''


def stamp_of(check, path, what):
    """Where it is noted that this compilation went well, and what it read."""
    folder = os.path.join(check.root, 'build/headers', what.replace(' ', '-').replace('+', 'p'))
    os.makedirs(folder, exist_ok=True)
    return os.path.join(folder, path.replace('/', '-'))


def main():
    check = lib.Check('headers', __doc__)
    jobs, libraries = [], library_folders()
    for path in check.files():
        if path.endswith('.h') and path.startswith(FOLDERS) and check.compiles(path):
            check.looked_at += 1
            jobs += [(path, *way) for way in ways(path)]
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for path, what, error in pool.map(lambda j: try_one(check, *j, libraries), jobs):
            if error:
                m = re.search(r':(\d+):\d+: (?:fatal )?error: (.*)', error)
                check.bad(path, m.group(1) if m else 1,
                          f'does not compile alone {what}: {m.group(2) if m else error.strip()}')
    check.note = f'{len(jobs)} compilations'
    check.finish()


main()
