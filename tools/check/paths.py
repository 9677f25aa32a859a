#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""No path of one particular machine: the tree works wherever it is cloned."""
import re

import lib

LOCAL = re.compile(r'(?<![\w./$}-])/(?:work|root|tmp|home)(?:/|\b(?!/))')


def main():
    check = lib.Check('paths', __doc__)
    for path in check.files():
        if path.startswith('traces/') or path.endswith(('.dat', '.zst', '.png', '.gz', '.lock')):
            continue
        for number, line in enumerate(check.read(path).split('\n'), 1):
            m = LOCAL.search(line)
            if m:
                check.bad(path, number, f'names {m.group(0)}: '
                          'take the place from the caller, $TMPDIR or mkdtemp')
    check.finish()


main()
