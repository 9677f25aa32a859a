# SPDX-License-Identifier: MIT
"""What the checks share: the tree's files, the exceptions, C text without comments, objects.

A check is a script that makes one Check, calls check.bad(file, line, message) for each
violation and ends with check.finish(). Messages say what is wrong and what to do.

exceptions.txt, one per line:  check | path pattern | part of the message | reason
A line that excuses nothing is itself a violation, so the list only shrinks.
"""
import argparse
import concurrent.futures
import fnmatch
import functools
import os
import re
import subprocess
import sys

SOURCE_SUFFIXES = ('.c', '.h')
SCRIPT_SUFFIXES = ('.py', '.sh', '.js', '.mjs', '.cjs')


class Check:
    """One run of one check over one tree."""

    def __init__(self, name, what):
        parser = argparse.ArgumentParser(description=what)
        parser.add_argument('--root', default=None, help='tree to check (default: this one)')
        parser.add_argument('--changed', action='store_true',
                            help='compile only what differs from the last commit')
        args = parser.parse_args()
        here = os.path.dirname(os.path.abspath(__file__))
        self.name = name
        self.root = os.path.abspath(args.root or os.path.join(here, '..', '..'))
        self.count = 0
        self.looked_at = 0
        self.note = ''
        self.exceptions = self._read_exceptions()
        self._files = None
        self.changed = self._list_changed() if args.changed else None
        self.partial = False # something was not compiled

    def _read_exceptions(self):
        path = os.path.join(self.root, 'tools/check/exceptions.txt')
        found = []
        if not os.path.exists(path):
            return found
        for number, line in enumerate(open(path, encoding='utf-8'), 1):
            if not line.strip() or line.startswith('#'):
                continue
            fields = [f.strip() for f in line.split('|')]
            if len(fields) != 4 or not all(fields):
                sys.exit(f'tools/check/exceptions.txt:{number}: want four fields, '
                         'check | path pattern | part of the message | reason')
            if fields[0] == self.name:
                found.append({'line': number, 'path': fields[1], 'text': fields[2], 'used': 0})
        return found

    def files(self):
        """Paths of all files that belong to the tree, relative to its root, sorted."""
        if self._files is None:
            self._files = sorted(self._list_files())
        return self._files

    def _list_files(self):
        if os.path.exists(os.path.join(self.root, '.git')):
            out = subprocess.run(['git', '-C', self.root, 'ls-files', '-co', '--exclude-standard'],
                                 capture_output=True, text=True, check=True).stdout
            return [f for f in out.splitlines() if os.path.isfile(os.path.join(self.root, f))]
        found = []
        for folder, dirs, names in os.walk(self.root):
            dirs[:] = [d for d in dirs if d not in ('build', 'node_modules')]
            found += [os.path.relpath(os.path.join(folder, n), self.root) for n in names]
        return found

    def _list_changed(self):
        """Files that differ from the last commit, and those that git does not know."""
        found = set()
        for words in (['diff', '--name-only', 'HEAD'], ['ls-files', '-o', '--exclude-standard']):
            done = subprocess.run(['git', '-C', self.root, *words], capture_output=True, text=True)
            if done.returncode:
                sys.exit(f'{self.root}: --changed asks git what changed: {done.stderr.strip()}')
            found.update(done.stdout.splitlines())
        return found

    def compiles(self, path):
        """Is @path to be compiled? With --changed only what changed is."""
        chosen = self.changed is None or path in self.changed
        self.partial |= not chosen
        return chosen

    def sources(self, *folders, suffixes=SOURCE_SUFFIXES):
        """Files with these suffixes below these folders (all folders when none is given)."""
        return [f for f in self.files() if f.endswith(tuple(suffixes)) and
                (not folders or f.startswith(tuple(d + '/' for d in folders)))]

    def read(self, path):
        self.looked_at += 1
        with open(os.path.join(self.root, path), encoding='utf-8', errors='replace') as f:
            return f.read()

    def bad(self, path, line, message):
        for e in self.exceptions:
            if fnmatch.fnmatch(path, e['path']) and e['text'] in message:
                e['used'] += 1
                return
        self.count += 1
        print(f'{path}:{line}: {message}')

    def finish(self):
        for e in self.exceptions:
            if not e['used'] and not self.partial:
                self.count += 1
                print(f"tools/check/exceptions.txt:{e['line']}: excuses nothing any more: "
                      'delete the line')
        if not self.looked_at and not self.partial:
            self.count += 1
            print(f'{self.root}:1: check {self.name} found nothing to look at')
        verdict = f'{self.count} to mend' if self.count else 'ok'
        note = f', {self.note}' if self.note else ''
        note += ', compiled: what changed' if self.partial else ''
        print(f'check {self.name}: {verdict} ({self.looked_at} files{note})')
        sys.exit(1 if self.count else 0)


_TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def _blank(match, keep_strings):
    text = match.group(0)
    if text[0] in '"\'':
        return text if keep_strings else text[0] + ' ' * (len(text) - 2) + text[0]
    return re.sub(r'[^\n]', ' ', text)


def code_of(text, keep_strings=False):
    """C text with comments blanked (and what stands in strings too), lines kept."""
    return _TOKEN.sub(lambda m: _blank(m, keep_strings), text)


def comments_of(text):
    """(line, comment) of each comment in C text."""
    for m in _TOKEN.finditer(text):
        if m.group(0)[0] == '/':
            yield text.count('\n', 0, m.start()) + 1, m.group(0)


def line_at(text, offset):
    return text.count('\n', 0, offset) + 1


def head_comment(text):
    """The comments before the first line of code, as one string."""
    heads, end = [], 0
    for m in _TOKEN.finditer(text):
        if m.group(0)[0] != '/' or text[end:m.start()].strip():
            break
        heads.append(m.group(0))
        end = m.end()
    return '\n'.join(heads)


def functions_of(text):
    """(name, first line, lines from brace to brace) of each function; braces stand in column 0."""
    code = code_of(text)
    lines = code.split('\n')
    opened, before = None, []
    for number, line in enumerate(lines, 1):
        if opened is None:
            if line.startswith('{') and before:
                opened = number
            elif not line.strip() or line[0] == '#' or line.rstrip().endswith((';', '}')):
                before = []
            else:
                before.append(line)
        elif line.startswith('}'):
            head = re.sub(r'__attribute__\s*\(\(.*?\)\)', '', ' '.join(before))
            m = re.search(r'(\w+)\s*\(', head)
            yield (m.group(1) if m else '?'), opened, number - opened
            opened, before = None, []


def room_of(path):
    """src/page/buddy.c -> page; src/rooms.c -> rooms; anything else -> None."""
    parts = path.split('/')
    if parts[0] != 'src' or not path.endswith(SOURCE_SUFFIXES):
        return None
    return parts[1] if len(parts) > 2 else os.path.splitext(parts[1])[0]


class Ranks:
    """tools/check/ranks.txt: which room may use which."""

    def __init__(self, root):
        self.rank, self.beside, self.header_room = {}, set(), {}
        path = os.path.join(root, 'tools/check/ranks.txt')
        for number, line in enumerate(open(path, encoding='utf-8'), 1):
            words = line.split('#')[0].split()
            if not words:
                continue
            if words[0] == 'room' and len(words) == 3:
                self.rank[words[1]] = int(words[2])
            elif words[0] == 'beside' and len(words) == 3:
                self.rank[words[1]] = int(words[2])
                self.beside.add(words[1])
            elif words[0] == 'headers' and len(words) > 2:
                for header in words[2:]:
                    self.header_room['include/quire/' + header] = words[1]
            else:
                sys.exit(f'tools/check/ranks.txt:{number}: want "room NAME RANK", '
                         '"beside NAME RANK" or "headers ROOM HEADER..."')

    def owner(self, path):
        return self.header_room.get(path) or room_of(path)

    def may_use(self, user, used, public=False):
        """May room @user use what room @used owns (through a public header)?"""
        if user == used:
            return True
        if used in self.beside:
            return False
        if user in self.beside:
            return public or self.rank[used] <= self.rank['hw']
        return self.rank[used] < self.rank[user]


TARGETS = {
    'x86_64': ['--target=x86_64-elf'],
    'x86_64-debug': ['--target=x86_64-elf', '-DQUIRE_WITH_DEBUG=1'],
    'aarch64': ['--target=aarch64-none-elf'],
    'riscv64': ['--target=riscv64-unknown-elf', '-mcmodel=medany'],
}
FREESTANDING = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-Wno-unused-parameter',
                '-Wno-sign-compare', '-ffreestanding', '-nostdlibinc', '-fno-pic', '-fno-common',
                '-fno-strict-aliasing', '-fvisibility=hidden', '-ftls-model=initial-exec']


@functools.lru_cache(maxsize=None)
def _changed_at(path):
    """When a source was changed last; for ever if it is gone."""
    try:
        return os.stat(path).st_mtime
    except FileNotFoundError:
        return float('inf')


def up_to_date(stem):
    """Is STEM.o newer than all that STEM.d says it was made of, and than the checks?"""
    try:
        made = os.stat(stem + '.o').st_mtime
        with open(stem + '.d', encoding='utf-8') as f:
            names = f.read().replace('\\\n', ' ').split(':', 1)[1].split()
    except FileNotFoundError:
        return False
    names = [n for n in names if n != '-'] + [os.path.abspath(__file__)]
    return all(_changed_at(n) <= made for n in names)


def _compile(check, target, source):
    obj = os.path.join(check.root, 'build/freestanding', target, source[:-2] + '.o')
    if up_to_date(obj[:-2]):
        return source, obj, ''
    os.makedirs(os.path.dirname(obj), exist_ok=True)
    command = ['clang', *TARGETS[target], *FREESTANDING, '-MD', '-MF', obj[:-2] + '.d',
               '-I', os.path.join(check.root, 'include'), '-I', os.path.join(check.root, 'src'),
               '-c', os.path.join(check.root, source), '-o', obj]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode and os.path.exists(obj):
        os.unlink(obj)
    return source, obj, done.stderr if done.returncode else ''


def objects(check, target):
    """{source: object} of all of src/ compiled freestanding; failures are violations."""
    sources = [s for s in check.sources('src') if s.endswith('.c') and check.compiles(s)]
    made = {}
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for source, obj, error in pool.map(lambda s: _compile(check, target, s), sources):
            check.looked_at += 1
            if not error:
                made[source] = obj
                continue
            m = re.search(r'^(\S+?):(\d+):\d+: (?:fatal )?error: (.*)$', error, re.M)
            where = os.path.relpath(m.group(1), check.root) if m else source
            check.bad(where, m.group(2) if m else 1,
                      f'does not compile freestanding for {target}: '
                      f'{m.group(3) if m else error.strip().splitlines()[-1]}; '
                      'src/ may use compiler headers only')
    return made


def symbols(made):
    """(source, kind, name) of each symbol of objects(), as llvm-nm prints it: 'U', 'T', ..."""
    source_of = {obj: source for source, obj in made.items()}
    out = subprocess.run(['llvm-nm', '-A', '--format=posix', *source_of], capture_output=True,
                         text=True, check=True).stdout if made else ''
    for line in out.splitlines():
        obj, _, rest = line.rpartition(': ')
        name, kind = rest.split()[:2]
        yield source_of[obj], kind, name


def elf_tables(made):
    """(source, lines) of llvm-readelf's sections and symbols of each of objects()."""
    source_of = {obj: source for source, obj in made.items()}
    text = subprocess.run(['llvm-readelf', '-W', '-S', '-s', *source_of], capture_output=True,
                          text=True, check=True).stdout if made else ''
    if len(made) == 1: # a single file's tables have no head line
        text = f'File: {next(iter(source_of))}\n{text}'
    for part in re.split(r'^File: ', text, flags=re.M)[1:]:
        obj, _, table = part.partition('\n')
        yield source_of[obj], table.splitlines()
