#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the library exports starts with quire_, and the rest is hidden.

By object: a symbol with default visibility starts with quire_. By source: each prototype
of a public header carries QUIRE_API(its own name) or, when its name already starts with
quire_, QUIRE_PUBLIC; and has a kernel-doc comment of its name directly above.
"""
import re

import lib

NEXT = re.compile(r'\s*(static|struct|extern|QUIRE|\w+\s+\*?\w+\()')


def visible(table):
    """Names of defined global symbols with default visibility."""
    for line in table:
        f = line.split()
        if len(f) == 8 and f[4] in ('GLOBAL', 'WEAK') and f[5] == 'DEFAULT' and f[6] != 'UND':
            yield f[7]


def statements_of(code):
    """(offset, text) of each statement at depth 0 that ends in a semicolon."""
    directive = re.compile(r'^[ \t]*#(?:[^\n\\]|\\\n|\\.)*', re.M)
    code = directive.sub(lambda m: re.sub(r'[^\n]', ' ', m.group(0)), code)
    code = re.sub(r'\bQUIRE_(BEGIN|END)_DECLS\b', lambda m: ' ' * len(m.group(0)), code)
    depth, start = 0, 0
    for i, c in enumerate(code):
        if c == '{':
            depth += 1
        elif c == '}':
            depth -= 1
            if depth == 0 and not re.match(r'\s*(;|\w|__attribute)', code[i + 1:]):
                start = i + 1
            elif depth == 0 and NEXT.match(code[i + 1:]):
                start = i + 1
        elif c == ';' and depth == 0:
            text = code[start:i + 1]
            skip = len(text) - len(text.lstrip())
            yield start + skip, text.strip()
            start = i + 1


def comment_above(text, offset):
    """The comment above a prototype, or above the run of prototypes it stands in."""
    before = text[:offset].rstrip(' \t')
    if before.rstrip().endswith('*/'):
        before = before.rstrip()
        return before[before.rfind('/*'):], False
    run = before[before.rfind('\n\n') + 1:]
    end = run.rfind('*/')
    if end < 0:
        return '', True
    return run[run.rfind('/*', 0, end):end + 2], True


def prototype_name(statement):
    attribute = r'\b(QUIRE_(?:[A-Z]+_)?API|QUIRE_PRINTF)\s*\([^)]*\)|__attribute__\s*\(\(.*?\)\)'
    plain = re.sub(attribute, '', statement)
    plain = re.sub(r'\bQUIRE_\w+\b', '', plain)
    m = re.search(r'(\w+)\s*\(', plain)
    return m.group(1) if m else None


def check_prototype(check, path, line, statement, comment):
    above, shared = comment
    name = prototype_name(statement)
    if not name:
        return
    api = re.search(r'QUIRE_(?:[A-Z]+_)?API\((\w+)\)', statement)
    if api and api.group(1) != name:
        check.bad(path, line, f'{name}() carries QUIRE_API({api.group(1)}): the two names differ')
    elif name.startswith('quire_') and 'QUIRE_PUBLIC' not in statement:
        check.bad(path, line, f'{name}() is public and lacks QUIRE_PUBLIC')
    elif not name.startswith('quire_') and not api:
        check.bad(path, line, f'{name}() is public and lacks QUIRE_API({name})')
    if not above.startswith('/**'):
        check.bad(path, line, f'{name}() has no kernel-doc comment directly above: '
                  f'/** {name}() - ...')
    elif not shared and not re.search(rf'\b{name}\b', above):
        check.bad(path, line, f'the comment above {name}() speaks of another name')


def check_header(check, path):
    text = check.read(path)
    for offset, statement in statements_of(lib.code_of(text)):
        if statement.startswith(('static', 'typedef', '_Static_assert')) or '(' not in statement:
            continue
        if re.match(r'(struct|enum|union)\s+\w*\s*\{', statement) or 'extern' in statement.split():
            continue
        check_prototype(check, path, lib.line_at(text, offset), statement,
                        comment_above(text, offset))


def main():
    check = lib.Check('names', __doc__)
    for source, table in lib.elf_tables(lib.objects(check, 'x86_64')):
        for name in visible(table):
            if not name.startswith('quire_'):
                check.bad(source, 1, f'exports {name}: public names start with quire_ '
                          '(QUIRE_API), internal ones are static or hidden')
    for path in check.sources('include', suffixes=('.h',)):
        check_header(check, path)
    check.finish()


main()
