#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""src/ compiles for bare metal, without any libc header, and needs nothing but mem*().

Each source is compiled by clang for x86_64 (plain and with QUIRE_DEBUG), aarch64 and
riscv64; what stays undefined over all objects of a target may only be what a compiler
itself calls.
"""
import re

import lib

ALLOWED = re.compile(r'^(memcpy|memset|memmove|memcmp|__tls_\w+)$')


def main():
    check = lib.Check('freestanding', __doc__)
    for target in lib.TARGETS:
        defined, used = set(), {}
        for source, kind, name in lib.symbols(lib.objects(check, target)):
            if kind == 'U':
                used.setdefault(name, source)
            elif kind.isupper():
                defined.add(name)
        for name, source in sorted(used.items()):
            if name not in defined and not ALLOWED.match(name):
                check.bad(source, 1, f'{target}: needs {name}, which no room defines: '
                          'write it in src/base or reach it through the port')
    check.note = ' '.join(lib.TARGETS)
    check.finish()


main()
