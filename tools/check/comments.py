#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""No comment has a line that begins with a star and a word: the formatter leaves such a line
where it breaks one of more than 100 columns, and runs pictures and points together."""
import re

import lib

COMMENT = re.compile(r'^[ \t]*/\*.*?\*/', re.S | re.M)
TORN = re.compile(r'^[ \t]*\*[^\s/*]', re.M)


def main():
    check = lib.Check('comments', __doc__)
    for path in check.files():
        if not path.endswith(lib.SOURCE_SUFFIXES):
            continue
        text = check.read(path)
        for comment in COMMENT.finditer(text):
            torn = TORN.search(text, comment.start() + 1, comment.end())
            if torn:
                check.bad(path, lib.line_at(text, torn.start()), 'the formatter broke the line '
                          'above: keep it below 100 columns, tabs being 8')
    check.finish()


main()
