#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each source says MIT in its first five lines, and nothing says anything else."""
import re

import lib

KINDS = lib.SOURCE_SUFFIXES + lib.SCRIPT_SUFFIXES + ('.css',)
OURS = 'SPDX-License-' + 'Identifier: MIT'
OTHERS = re.compile(r'SPDX-License-' + r'Identifier:[ \t]+(?!MIT\b)\S|GNU General Public '
                    + r'License|MODULE_LICENSE\("GP' + 'L')


def main():
    check = lib.Check('licence', __doc__)
    for path in check.files():
        if path.startswith('traces/') or path.endswith(('.dat', '.zst', '.png', '.svg', '.gz')):
            continue
        text = check.read(path)
        script = path.endswith(KINDS) or text.startswith('#!')
        if script and OURS not in '\n'.join(text.split('\n')[:5]):
            check.bad(path, 1, f'lacks the line {OURS}')
        m = OTHERS.search(text)
        if m:
            check.bad(path, lib.line_at(text, m.start()),
                      'names another licence: nothing but MIT enters the tree')
    check.finish()


main()
