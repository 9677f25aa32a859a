#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Functions at most 70 lines, files 800, headers 400, lines 100 columns (a tab is 8).

Scripts of the browser get 120 columns: text for people stands in them.
"""
import statistics

import lib

FUNCTION_LINES, FILE_LINES, HEADER_LINES, COLUMNS = 70, 800, 400, 100
BROWSER_COLUMNS = 120


def check_lines(check, path, text):
    limit = BROWSER_COLUMNS if path.endswith(('.js', '.mjs', '.cjs')) else COLUMNS
    for number, line in enumerate(text.split('\n'), 1):
        width = len(line.expandtabs(8))
        if width > limit:
            check.bad(path, number, f'line of {width} columns, at most {limit}')


def main():
    check = lib.Check('sizes', __doc__)
    lengths = []
    for path in check.sources(suffixes=lib.SOURCE_SUFFIXES + lib.SCRIPT_SUFFIXES):
        text = check.read(path)
        limit = HEADER_LINES if path.endswith('.h') else FILE_LINES
        if text.count('\n') > limit:
            check.bad(path, limit + 1, f'file of {text.count(chr(10))} lines, at most {limit}: '
                      'split it by data structure or phase')
        check_lines(check, path, text)
        if not path.endswith(lib.SOURCE_SUFFIXES):
            continue
        for name, line, length in lib.functions_of(text):
            lengths.append(length)
            if length > FUNCTION_LINES:
                check.bad(path, line, f'{name}() has {length} lines, at most {FUNCTION_LINES}: '
                          'name its parts and take them out')
    if lengths:
        check.note = (f'{len(lengths)} functions, median {statistics.median(lengths):g} lines, '
                      f'longest {max(lengths)}')
    check.finish()


main()
