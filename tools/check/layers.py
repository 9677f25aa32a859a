#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A room uses only rooms of lower rank: by #include, and by the symbols of its objects.

ranks.txt says who stands where. Also: src/ includes nothing but Quire's headers and the
compiler's; tools/, bench/ and compat/ use include/ only.
"""
import os
import re

import lib

COMPILER_HEADERS = {'stdint.h', 'stddef.h', 'stdbool.h', 'stdarg.h', 'limits.h', 'stdatomic.h'}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


def resolve(check, includer, name):
    """The tree's file that #include @name means, or None for a header from outside."""
    for folder in (os.path.dirname(includer), 'include', 'src', 'tools/quire', 'tests', '.'):
        path = os.path.normpath(os.path.join(folder, name))
        if os.path.isfile(os.path.join(check.root, path)):
            return path
    return None


def check_includes(check, ranks):
    known = set(check.files())
    for path in check.sources('src', 'include'):
        text = check.read(path)
        user = ranks.owner(path)
        if user not in ranks.rank:
            check.bad(path, 1, 'belongs to no room: add it to tools/check/ranks.txt')
            continue
        for m in INCLUDE.finditer(lib.code_of(text, keep_strings=True)):
            check_include(check, ranks, path, user, lib.line_at(text, m.start()), m.group(2), known)


def check_include(check, ranks, path, user, line, name, known):
    target = resolve(check, path, name)
    if target not in known:
        if name.startswith(('quire/', 'base/', 'hw/')) or '/' in name:
            check.bad(path, line, f'includes {name}, which does not exist')
        elif name not in COMPILER_HEADERS:
            check.bad(path, line, f'includes <{name}>: src/ and include/ are freestanding, '
                      'compiler headers only')
        return
    if path.startswith('include/') and not target.startswith('include/'):
        check.bad(path, line, f'a public header includes {target}, which is not public')
        return
    used = ranks.owner(target)
    if used is None or used not in ranks.rank:
        if target.startswith(('include/', 'src/')):
            return  # reported where the header itself is looked at
        check.bad(path, line, f'includes {target}: src/ uses nothing outside src/ and include/')
        return
    if not ranks.may_use(user, used, public=target.startswith('include/')):
        check.bad(path, line, f'room {user} (rank {ranks.rank[user]}) includes {target} of room '
                  f'{used} (rank {ranks.rank[used]}): move it down, or let {used} register an '
                  'ops struct')


def check_outside(check):
    for path in check.sources('tools', 'bench', 'compat'):
        text = check.read(path)
        for m in INCLUDE.finditer(lib.code_of(text, keep_strings=True)):
            target = resolve(check, path, m.group(2))
            if target and target.startswith('src/'):
                check.bad(path, lib.line_at(text, m.start()),
                          f'includes {target}: programs use include/ only')


def check_symbols(check, ranks, target):
    defined, used = {}, []
    for source, kind, name in lib.symbols(lib.objects(check, target)):
        if kind == 'U':
            used.append((source, name))
        elif kind.isupper():
            defined[name] = source
    for source, name in used:
        owner = defined.get(name)
        if owner is None:
            continue  # freestanding.py knows what may stay undefined
        user, room = lib.room_of(source), lib.room_of(owner)
        if user not in ranks.rank or room not in ranks.rank:
            continue
        if not ranks.may_use(user, room, public=name.startswith('quire_')):
            check.bad(source, 1, f'room {user} uses {name}, which room {room} defines in {owner}: '
                      'up-calls go through a registered ops struct')


def main():
    check = lib.Check('layers', __doc__)
    ranks = lib.Ranks(check.root)
    check_includes(check, ranks)
    check_outside(check)
    for target in ('x86_64', 'x86_64-debug'):
        check_symbols(check, ranks, target)
    check.finish()


main()
