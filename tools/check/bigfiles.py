#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""No file above 1 MiB, recordings in traces/ apart."""
import os

import lib

LIMIT_BYTES = 1 << 20


def main():
    check = lib.Check('bigfiles', __doc__)
    for path in check.files():
        check.looked_at += 1
        size = os.path.getsize(os.path.join(check.root, path))
        if size > LIMIT_BYTES and not path.startswith('traces/'):
            check.bad(path, 1, f'{size} bytes, at most {LIMIT_BYTES}: '
                      'make it at build time, or shrink it')
    check.finish()


main()
