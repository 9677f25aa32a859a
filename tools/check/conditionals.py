#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""#if stands in ports/ and config.h alone.

Include guards and "#ifndef X" directly followed by "#define X" may be anywhere.
"""
import re

import lib

DIRECTIVE = re.compile(r'^[ \t]*#[ \t]*(if|ifdef|ifndef|elif)\b[ \t]*(.*)$', re.M)


def is_guard(code, m):
    """#ifndef X directly followed by #define X, or the question whether this is C++."""
    name = m.group(2).strip()
    if m.group(1) in ('ifdef', 'ifndef') and name == '__cplusplus':
        return True
    after = code[m.end():].lstrip()
    return m.group(1) == 'ifndef' and re.match(rf'#[ \t]*define[ \t]+{re.escape(name)}\b', after)


def main():
    check = lib.Check('conditionals', __doc__)
    for path in check.sources('src', 'include'):
        text = check.read(path)
        if path.endswith('config.h'):
            continue
        code = lib.code_of(text)
        for m in DIRECTIVE.finditer(code):
            if not is_guard(code, m):
                line = lib.line_at(code, m.start())
                check.bad(path, line, f'#{m.group(1)} {m.group(2).strip()}: '
                          'choose at run time, by a file in ports/, or by a constant of config.h')
    check.finish()


main()
