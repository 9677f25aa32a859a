#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""No mutable state at file scope in src/: everything hangs off struct quire_machine.

Looks at the sections of the objects, so that no spelling escapes: a section that is
allocated and writable must be empty, but for constant data that only a loader writes.
The two thread-local variables of rooms base and hw are the exception, by name.
"""
import re

import lib

THREAD_LOCAL = ('quire_this_cpu', 'base_thread')


def writable_sections(table):
    """{index: (name, bytes)} of sections that a program could write at run time."""
    found = {}
    row = re.compile(r'\s*\[\s*(\d+)\]\s+(\S+)\s+\S+\s+\S+\s+\S+\s+([0-9a-f]+)\s+\S+\s+(\S*)')
    for line in table:
        m = row.match(line)
        if m and 'W' in m.group(4) and 'A' in m.group(4) and int(m.group(3), 16) \
                and not m.group(2).startswith('.data.rel.ro'):
            found[m.group(1)] = (m.group(2), int(m.group(3), 16))
    return found


def objects_in(table, sections):
    """(name, section name) of the symbols inside these sections."""
    for line in table:
        f = line.split()
        if len(f) == 8 and f[6] in sections and f[3] in ('OBJECT', 'TLS', 'NOTYPE'):
            yield f[7], sections[f[6]][0]


def main():
    check = lib.Check('state', __doc__)
    for target in ('x86_64', 'x86_64-debug'):
        for source, table in lib.elf_tables(lib.objects(check, target)):
            sections = writable_sections(table)
            named = list(objects_in(table, sections))
            for name, section in named:
                if name not in THREAD_LOCAL:
                    check.bad(source, 1, f'{name} is mutable state at file scope ({section}): '
                              'make it const, or hang it off struct quire_machine')
            for section, size in sections.values():
                if not any(s == section for _, s in named):
                    check.bad(source, 1, f'{size} writable bytes without a name in {section}: '
                              'make them const, or hang them off struct quire_machine')
    check.finish()


main()
