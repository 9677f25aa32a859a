#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compiles src/ for the checks that read objects; says nothing about failures, they do."""
import lib


def main():
    check = lib.Check('objects', __doc__)
    for target in ('x86_64', 'x86_64-debug'):
        lib.objects(check, target)
    check.count = 0
    check.finish()


main()
