#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a document or a comment points at exists.

Documents: relative links, file names and functions in code marks, `make` targets. Comments:
file names with a folder of ours in front, our functions; and invariants (a letter and a
number: "K1"): one that an assertion cites is stated in a head comment of the same folder or
of a public header, and a stated one is cited.
"""
import os
import re

import lib

OURS = ('src', 'include', 'ports', 'tools', 'tests', 'bench', 'docs', 'cmake', 'traces',
        'machines', 'compat', 'base', 'hw', 'boot', 'page', 'proc', 'trace', 'quire')
SUFFIX = r'\.(?:c|h|md|py|js|mjs|cjs|css|html|ya?ml|sh|txt|in|cmake|dat)'
FILE = re.compile(rf'(?<![\w/.*<-])((?:[\w.-]+/)+[\w.-]+{SUFFIX})\b')
STATED = re.compile(r'^\s*\*\s+([A-Z]\d+)[.:]?\s', re.M)
NOT_OURS = ('build/', 'node_modules/', 'include/linux/', 'tools/testing/')


def exists(check, path, token):
    folder = os.path.dirname(path)
    roots = ('.', 'src', 'include', 'tools', 'tools/quire', 'tests', 'ports', folder,
             os.path.dirname(folder))
    return any(os.path.exists(os.path.join(check.root, r, token)) for r in roots)


def check_links(check, path, text):
    for m in re.finditer(r'\]\(([^)#\s]+)(?:#[^)]*)?\)', text):
        target = m.group(1)
        if '://' in target or target.startswith('mailto:'):
            continue
        if not os.path.exists(os.path.join(check.root, os.path.dirname(path), target)):
            check.bad(path, lib.line_at(text, m.start()),
                      f'links to {target}, which does not exist')


def check_marks(check, path, text, targets, words):
    for m in re.finditer(r'`([^`\n]+)`', text):
        line, token = lib.line_at(text, m.start()), m.group(1)
        make = re.match(r'make ([a-z][a-z-]*)$', token)
        if make and make.group(1) not in targets:
            check.bad(path, line, f'names `{token}`, but the Makefile has no such target')
        call = re.fullmatch(r'(\w+)\(\)', token)
        if call and call.group(1) not in words:
            check.bad(path, line, f'names {token}, which no source has')
        if re.fullmatch(r'(?:[\w.-]+/)+[\w.-]*', token) and token.split('/')[0] in OURS \
                and not token.startswith(NOT_OURS) and not exists(check, path, token):
            check.bad(path, line, f'names {token}, which does not exist')


def check_comments(check, path, text, words):
    for start, comment in lib.comments_of(text):
        for m in re.finditer(r'\b(quire_\w+)\(', comment):
            if m.group(1) not in words:
                check.bad(path, start + comment.count('\n', 0, m.start()),
                          f'speaks of {m.group(1)}(), which no source has')
        for m in FILE.finditer(comment):
            token = m.group(1)
            if token.split('/')[0] not in OURS or token.startswith(NOT_OURS):
                continue
            if re.search(r'[Ll]inux\S*\s+$', comment[:m.start()]):
                continue
            if not exists(check, path, token):
                check.bad(path, start + comment.count('\n', 0, m.start()),
                          f'speaks of {token}, which does not exist')


def invariants_of(check, path):
    """What the head lists under the word "Invariant", what it mentions, what the rest cites."""
    text = check.read(path)
    head = lib.head_comment(text)
    at, listed = text.find(head), re.search('[Ii]nvariant', head)
    stated = [(m.group(1), lib.line_at(text, at + m.start(1)))
              for m in STATED.finditer(head, listed.start() if listed else len(head))]
    rest = text[:at] + re.sub(r'[^\n]', ' ', head) + text[at + len(head):] if head else text
    cited = [(m.group(0), lib.line_at(rest, m.start()), rest[m.start() - 1] == '"')
             for m in re.finditer(r'(?<![\w%])[A-Z]\d+\b', rest)]
    mentioned = set(re.findall(r'\b[A-Z]\d+\b', head))
    return stated, mentioned, cited


def check_invariants(check, paths):
    """An invariant is a letter and a number; one in front of an assertion's text is a citation."""
    stated, cited, firm = {}, set(), {}
    known = {('', name) for path in check.sources('include')
             for name in invariants_of(check, path)[1]}
    for path in paths:
        folder = os.path.dirname(path)
        states, mentions, cites = invariants_of(check, path)
        known.update((folder, name) for name in mentions)
        for name, line in states:
            stated.setdefault((folder, name), (path, line))
        for name, line, in_assert in cites:
            cited.add((folder, name))
            if in_assert or name[0] == 'I':
                firm.setdefault((folder, name), (path, line))
    for key, (path, line) in sorted(firm.items()):
        if key not in known and ('', key[1]) not in known:
            check.bad(path, line, f'cites invariant {key[1]}, which no head comment in '
                      f'{key[0]}/ states')
    for key, (path, line) in sorted(stated.items()):
        if key not in cited:
            check.bad(path, line, f'states invariant {key[1]}, which no code in {key[0]}/ cites: '
                      'assert it, or make it prose')


def main():
    check = lib.Check('references', __doc__)
    makefile = os.path.join(check.root, 'Makefile')
    targets = set()
    if os.path.exists(makefile):
        targets = set(re.findall(r'^([a-z-]+):', check.read('Makefile'), re.M))
    words = set()
    for path in check.sources():
        words.update(re.findall(r'\w+', lib.code_of(check.read(path))))
    for path in check.sources(suffixes=('.md',)):
        text = check.read(path)
        check_links(check, path, text)
        check_marks(check, path, text, targets, words)
    for path in check.sources():
        check_comments(check, path, check.read(path), words)
    check_invariants(check, check.sources('src', 'ports'))
    check.finish()


main()
