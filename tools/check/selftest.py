#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The checks check: each one flags a small tree with one fault, and passes a sound one.

The sound tree is SOUND; a case names a check, the files it changes (None: deleted), and a
text that must stand among the findings.
"""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
MIT = '/* SPDX-License-' + 'Identifier: MIT */\n'
HEAD = '/*\n * Head of the file.\n *\n * Invariants:\n * I1  the count is never negative\n */\n'

SOUND = {
    'Makefile': 'all: ## build\n\t@tools/go.sh\ndemo: ## show\n\t@true\n',
    'README.md': 'Run `make demo`, read [the list](src/base/list.c) and `src/base/list.h`.\n',
    'tools/go.sh': '#!/bin/sh\n# SPDX-License-' + 'Identifier: MIT\ntrue\n',
    'tools/check/ranks.txt': 'room base 0\nroom hw 1\nroom page 3\nbeside proc 90\n'
                             'headers base list.h\nheaders page page.h\n',
    'tools/check/exceptions.txt': '# none\n',
    'include/quire/list.h': MIT + '#ifndef QUIRE_LIST_H\n#define QUIRE_LIST_H\n'
        '#define QUIRE_API(n) __asm__("quire_" #n) __attribute__((visibility("default")))\n'
        'struct list_head { struct list_head *next; };\n'
        '/** list_count() - how many. */\nint list_count(const struct list_head *h) '
        'QUIRE_API(list_count);\n#endif\n',
    'include/quire/page.h': MIT + '#ifndef QUIRE_PAGE_H\n#define QUIRE_PAGE_H\n'
        '#include <quire/list.h>\n'
        '/** page_count() - how many. */\nint page_count(void) QUIRE_API(page_count);\n#endif\n',
    'src/base/CMakeLists.txt': 'quire_room(base SOURCES list.c)\n',
    'src/base/list.h': MIT + '#ifndef BASE_LIST_H\n#define BASE_LIST_H\n'
        'int list_check(int n);\n#endif\n',
    'src/base/list.c': MIT + HEAD + '#include <quire/list.h>\n#include "base/list.h"\n'
        'int list_check(int n)\n{\n\treturn n < 0; /* I1 */\n}\n'
        'int list_count(const struct list_head *h)\n{\n\treturn h->next != 0;\n}\n',
    'src/page/CMakeLists.txt': 'quire_room(page SOURCES page.c)\n',
    'src/page/page.c': MIT + '/* Head. */\n#include <quire/page.h>\n#include "base/list.h"\n'
        'int page_count(void)\n{\n\treturn list_check(1);\n}\n',
    'src/proc/CMakeLists.txt': 'quire_room(proc SOURCES proc.c)\n',
    'src/proc/proc.h': MIT + '#ifndef PROC_H\n#define PROC_H\nint proc_show(void);\n#endif\n',
    'src/proc/proc.c': MIT + '/* Head. */\n#include <quire/page.h>\n#include "proc/proc.h"\n'
        'static int twice(void)\n{\n\treturn 2 * page_count();\n}\n'
        'int proc_show(void)\n{\n\treturn twice();\n}\n',
    'tests/CMakeLists.txt': 'quire_test(test_proc unit SOURCES test_proc.c)\n',
    'tests/test_proc.c': MIT + '/* Head. */\n#include "proc/proc.h"\nint main(void)\n{\n'
        '\treturn proc_show();\n}\n',
}


def plus(path, text):
    """The sound file @path with @text behind it."""
    return {path: SOUND[path] + text}


LONG = 'int long_one(void)\n{\n' + '\t;\n' * 71 + '\treturn 0;\n}\n'
BASE, PAGE, PROC = 'src/base/list.c', 'src/page/page.c', 'src/proc/proc.c'
RANKS, API = 'tools/check/ranks.txt', 'include/quire/page.h'
CASES = [
    ('bigfiles', {'docs/huge.bin': 'x' * (1 << 20) + 'y'}, 'docs/huge.bin:1:'),
    ('conditionals', plus(BASE, '#ifdef __x86_64__\n#endif\n'), '#ifdef __x86_64__'),
    ('conditionals', plus('include/quire/list.h', '#if QUIRE_DEBUG > 1\n#endif\n'),
     '#if QUIRE_DEBUG'),
    ('dead', {'src/base/CMakeLists.txt': 'quire_room(base SOURCES)\n'}, 'list.c:1: stands in no'),
    ('dead', {'src/base/unused.h': MIT}, 'unused.h:1: is included nowhere'),
    ('dead', {'Makefile': 'demo: ## show\n'}, 'go.sh:1: is called by nothing'),
    ('dead', plus(BASE, 'int lonely(void)\n{\n\treturn 0;\n}\n'), 'lonely() is used by no other'),
    ('freestanding', plus(BASE, '#include <stdio.h>\n'), "'stdio.h' file not found"),
    ('freestanding', plus(BASE, 'int abort_it(void);\nint two(void)\n{\n\treturn abort_it();\n}\n'),
     'needs abort_it'),
    ('headers', plus(API, 'u64 lost;\n'), 'unknown type name'),
    ('headers', plus(API, 'static inline int *f(void *p)\n{\n\treturn p;\n}\n'), 'as C++17'),
    ('headers', plus(API, '#define read nothing(\n'), 'before the C library'),
    ('headers', {'src/base/list.h': MIT + 'struct a { size_t n; };\n'}, 'src/base/list.h:2:'),
    ('layers', plus(BASE, '#include <quire/page.h>\n'), 'room base (rank 0) includes'),
    ('layers', plus(PAGE, '#include "proc/proc.h"\n'), 'includes src/proc/proc.h of room proc'),
    ('layers', plus(BASE, 'int page_count(void) QUIRE_API(page_count);\n'
                    'int up(void)\n{\n\treturn page_count();\n}\n'),
     'room base uses quire_page_count'),
    ('layers', plus(PROC, 'int hidden_one(void);\nint use(void)\n{\n\treturn hidden_one();\n}\n') |
     plus(PAGE, 'int hidden_one(void)\n{\n\treturn 1;\n}\n'), 'room proc uses hidden_one'),
    ('layers', {'tools/a.c': MIT + '#include "../src/base/list.h"\n'},
     'programs use include/ only'),
    ('layers', {'src/new/a.c': MIT}, 'belongs to no room'),
    ('licence', {'src/base/list.h': SOUND['src/base/list.h'][len(MIT):]}, 'list.h:1: lacks'),
    ('licence', {'src/base/list.h': MIT.replace('MIT', 'GP' + 'L-2.0')}, 'names another licence'),
    ('comments', plus(BASE, '/* Two\n *words.\n */\n'), 'broke the line above'),
    ('names', plus(BASE, '__attribute__((visibility("default"))) int bare(void)\n{\n'
                   '\treturn 0;\n}\n'), 'exports bare'),
    ('names', plus(API, '/** naked() - x. */\nint naked(void);\n'), 'lacks QUIRE_API(naked)'),
    ('names', plus(API, '/** one() - x. */\nint one(void) QUIRE_API(two);\n'), 'two names differ'),
    ('names', plus(API, '\nint one(void) QUIRE_API(one);\n'), 'no kernel-doc comment'),
    ('paths', plus('README.md', 'See /' + 'root/notes.\n'), 'README.md:2: names /'),
    ('references', plus('README.md', '[gone](docs/gone.md)\n'), 'links to docs/gone.md'),
    ('references', plus('README.md', 'Type `make tea`.\n'), 'no such target'),
    ('references', plus('README.md', 'Call `list_bake()`.\n'), 'list_bake(), which no source'),
    ('references', plus('README.md', 'See `src/base/gone.c`.\n'), 'names src/base/gone.c'),
    ('references', plus(PAGE, '/* as base/gone.c does */\n'), 'speaks of base/gone.c'),
    ('references', plus(PAGE, '/* see quire_gone() */\n'), 'speaks of quire_gone()'),
    ('references', plus(PAGE, 'int a; /* I7 */\n'), 'cites invariant I7'),
    ('references', plus(PAGE, 'const char *s = "P4: text";\n'), 'cites invariant P4'),
    ('references', {BASE: SOUND[BASE].replace(' /* I1 */', '')}, 'states invariant I1'),
    ('sizes', plus(BASE, LONG), 'long_one() has 73 lines'),
    ('sizes', plus(BASE, '/* ' + 'x' * 100 + ' */\n'), 'line of 106 columns'),
    ('sizes', plus(BASE, '/* */\n' * 800), 'at most 800'),
    ('sizes', plus(API, '/* */\n' * 400), 'at most 400'),
    ('state', plus(BASE, 'int counter;\nint up(void)\n{\n\treturn counter++;\n}\n'),
     'counter is mutable state'),
    ('state', plus(BASE, 'int up(void)\n{\n\tstatic int calls;\n\treturn calls++;\n}\n'),
     'mutable state at file scope'),
    ('state', plus(BASE, '__thread int mine;\n'), 'mine is mutable state'),
    ('sizes', {'tools/check/exceptions.txt': 'sizes | src/* | line of | no reason to be here\n'},
     'excuses nothing any more'),
]


def build_tree(folder, changes):
    for path, text in (SOUND | changes).items():
        if text is None:
            continue
        full = os.path.join(folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, 'w', encoding='utf-8') as f:
            f.write(text)


def run_check(name, changes):
    with tempfile.TemporaryDirectory() as folder:
        build_tree(folder, changes)
        done = subprocess.run([sys.executable, os.path.join(HERE, name + '.py'), '--root', folder],
                              capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr


def run_changed(changes, commits):
    """What state.py --changed says of @changes to a sound tree, committed if @commits is 1."""
    git = ['git', '-c', 'user.name=selftest', '-c', 'user.email=selftest@localhost']
    with tempfile.TemporaryDirectory() as folder:
        def commit():
            subprocess.run([*git, 'add', '-A'], cwd=folder, check=True)
            subprocess.run([*git, 'commit', '-q', '--allow-empty', '-m', 'x'], cwd=folder,
                           check=True)
        subprocess.run([*git, 'init', '-q'], cwd=folder, check=True)
        build_tree(folder, {})
        commit()
        build_tree(folder, changes)
        for _ in range(commits):
            commit()
        done = subprocess.run([sys.executable, os.path.join(HERE, 'state.py'), '--changed',
                               '--root', folder], capture_output=True, text=True)
        return done.stdout + done.stderr


def check_changed():
    """--changed sees what a commit would change, and nothing older."""
    fault = plus(BASE, 'int counter;\nint up(void)\n{\n\treturn counter++;\n}\n')
    failed = 0
    for commits, found in ((0, True), (1, False)):
        out = run_changed(fault, commits)
        if ('counter is mutable state' in out) != found:
            failed += 1
            print(f'selftest: of a fault (committed: {commits}) --changed said:\n{out}')
    return failed


def main():
    wanted = set(sys.argv[1:])
    names = sorted({case[0] for case in CASES})
    failed = 0
    for name in names:
        if wanted and name not in wanted:
            continue
        code, out = run_check(name, {})
        if code:
            failed += 1
            print(f'selftest: {name} finds fault with a sound tree:\n{out}')
    for name, changes, text in CASES:
        if wanted and name not in wanted:
            continue
        code, out = run_check(name, changes)
        if code != 1 or text not in out:
            failed += 1
            print(f'selftest: {name} should have said "{text}" (exit {code}), it said:\n{out}')
    if not wanted:
        failed += check_changed()
    missing = [f[:-3] for f in sorted(os.listdir(HERE)) if f.endswith('.py') and f[:-3] not in
               names + ['lib', 'objects', 'selftest']]
    for name in missing:
        failed += 1
        print(f'selftest: no case makes {name} fail: add one')
    print(f'check selftest: {f"{failed} failed" if failed else "ok"} '
          f'({len(CASES)} faults, {len(names)} checks)')
    sys.exit(1 if failed else 0)


main()
