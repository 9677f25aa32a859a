# SPDX-License-Identifier: MIT
"""What the client tests share: a tree of our files, and what stands in them."""
import os
import re
import subprocess
import sys
import tempfile

SKIPPED = 77  # ctest's SKIP_RETURN_CODE


def skip(why):
    print(f'skipped: {why}')
    sys.exit(SKIPPED)


class Tree:
    """DIR/proc and DIR/sys of the machine that make_tree boots."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix='quire-client-')
        self.dir = self.folder.name
        subprocess.run([os.environ['MAKE_TREE'], self.dir], check=True)

    def path(self, name):
        return os.path.join(self.dir, name)

    def text(self, name):
        with open(self.path(name), encoding='ascii') as f:
            return f.read()

    def meminfo(self):
        """Name -> number as printed (kB, or pages of HugePages_*)."""
        return {m[1]: int(m[2]) for m in
                re.finditer(r'(?m)^(\S+):\s+(\d+)', self.text('proc/meminfo'))}

    def vmstat(self):
        return {n: int(v) for n, v in (x.split() for x in self.lines('proc/vmstat'))}

    def slabinfo(self):
        """Cache -> its numbers: active_objs num_objs objsize objperslab pagesperslab slabs."""
        rows = {}
        for line in self.lines('proc/slabinfo')[2:]:
            x = line.split()
            rows[x[0]] = tuple(int(n) for n in (*x[1:6], x[14]))
        return rows

    def node_file(self, nid, name):
        return self.text(f'sys/devices/system/node/node{nid}/{name}')

    def node_meminfo(self, nid):
        return {m[1]: int(m[2]) for m in
                re.finditer(r'(?m)^Node \d+ (\S+):\s+(\d+)', self.node_file(nid, 'meminfo'))}

    def numastat(self, nid):
        return {n: int(v) for n, v in
                (x.split() for x in self.node_file(nid, 'numastat').splitlines())}

    def lines(self, name):
        return self.text(name).splitlines()

    def close(self):
        self.folder.cleanup()
