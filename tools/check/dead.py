#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Nothing lies around unused.

Each .c stands in a CMakeLists.txt; each header is included; each script, page and style
sheet is named by another file; a function that only its own file uses is static, and one
that nobody uses is gone.
"""
import collections
import fnmatch
import os
import re

import lib

CALLERS = ('Makefile', 'CMakeLists.txt', '.cmake', '.sh', '.py', '.yml', '.json', '.js', '.mjs',
           '.cjs', '.html', '.c', '.h', '.in', '.ci/run', 'tools/check/run')
FOLDERS = ('src', 'include', 'ports', 'tools', 'tests', 'bench')
TEMPLATE = re.compile(r'(\w*)\s*##\s*\w+\s*##\s*(\w*)|(\w+)\s*##\s*\w+|\w+\s*##\s*(\w+)')


def check_built(check, lists):
    for path in check.sources(*FOLDERS, suffixes=('.c',)):
        if not any(is_listed(path, lists[d]) for d in parents(path) if d in lists):
            check.bad(path, 1, 'stands in no CMakeLists.txt: build it or delete it')


def is_listed(path, text):
    """Does a CMakeLists.txt name the file: whole, as test_${part}, or by file(GLOB)?"""
    name = os.path.basename(path)
    if any(fnmatch.fnmatch(name, os.path.basename(p)) for p in
           re.findall(r'file\(GLOB[^)]*?(\S+\*\S*)\)', text)):
        return True
    stem = os.path.splitext(name)[0]
    if 'test_${' in text or '_${' in text:
        stem = re.sub(r'^test_|_(test|model|abort|stress)$', '', stem)
    return re.search(rf'(?<![a-zA-Z0-9-]){re.escape(stem)}(?![a-zA-Z0-9-])', text)


def parents(path):
    folder = os.path.dirname(path)
    while folder:
        yield folder
        folder = os.path.dirname(folder)


def check_included(check, texts):
    included = set()
    for path, text in texts.items():
        for name in re.findall(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', text, re.M):
            included.add(os.path.normpath(os.path.join(os.path.dirname(path), name)))
            included.add(name)
    for path in check.sources(*FOLDERS, suffixes=('.h',)):
        tails = {path.split('/', n)[n] for n in range(path.count('/') + 1)}
        if not tails & included:
            check.bad(path, 1, 'is included nowhere: use it or delete it')


def check_called(check):
    callers = {p: check.read(p) for p in check.files() if p.endswith(CALLERS) and
               not p.startswith(('traces/', 'package-lock'))}
    for path in check.files():
        script = path.endswith(lib.SCRIPT_SUFFIXES + ('.css', '.html'))
        if not script or path.startswith('docs/'):
            continue
        name = os.path.basename(path)
        stem = os.path.splitext(name)[0]
        word = re.compile(rf'(?<![\w-])({re.escape(name)}|import {re.escape(stem)})(?![\w-])')
        if path.startswith('tools/check/'):
            word = re.compile(r'(?<![\w-])' + re.escape(stem) + r'(?![\w-])')
        if not any(stem in t and word.search(t) for p, t in callers.items() if p != path):
            check.bad(path, 1, 'is called by nothing: call it or delete it')


def check_functions(check, texts):
    """Functions of src/ that are not public: somebody else must name them."""
    codes = {path: lib.code_of(text) for path, text in texts.items()}
    named_in = collections.defaultdict(set)
    for path, code in codes.items():
        for word in set(re.findall(r'\w+', code)):
            named_in[word].add(path)
    macros = set()
    for text in texts.values():
        for m in TEMPLATE.finditer(text):
            macros.update(g for g in m.groups() if g and len(g) > 3)
    for path in check.sources('src', suffixes=('.c',)):
        code = codes[path]
        lines = code.split('\n')
        for name, line, _ in lib.functions_of(texts[path]):
            head = ' '.join(lines[max(0, line - 6):line])
            if re.search(rf'\bstatic\b[^;{{}}]*\b{name}\s*\(', head):
                continue
            if any(p != path and p.endswith('.c') for p in named_in[name]):
                continue
            call = re.compile(rf'\breturn\b[^;]*\b{name}\s*\(|^\t+[^;\n]*\b{name}\s*\(',
                              re.M)
            inline = any(p.endswith('.h') and call.search(codes[p]) for p in named_in[name])
            public = any(p.startswith('include/') for p in named_in[name])
            templated = any(name.startswith(m) or name.endswith(m) for m in macros)
            if inline or public or templated:
                continue
            again = len(re.findall(rf'\b{name}\b', code)) > 1
            check.bad(path, line, f'{name}() is used by no other file: ' +
                      ('make it static' if again else 'make it static or delete it'))


def main():
    check = lib.Check('dead', __doc__)
    lists = {os.path.dirname(p): check.read(p) for p in check.files()
             if os.path.basename(p) == 'CMakeLists.txt'}
    texts = {p: check.read(p) for p in check.sources()}
    check_built(check, lists)
    check_included(check, texts)
    check_called(check)
    check_functions(check, texts)
    check.finish()


main()
