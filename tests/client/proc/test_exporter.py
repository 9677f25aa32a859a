#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""prometheus-node-exporter reads our tree: every number it exports is ours, none is missing."""
import os
import re
import shutil
import socket
import subprocess
import time
import unittest
import urllib.error
import urllib.request

from proc_client import Tree, skip

EXPORTER = shutil.which('prometheus-node-exporter')
COLLECTORS = ('meminfo', 'meminfo_numa', 'vmstat', 'buddyinfo', 'zoneinfo', 'slabinfo')


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Exporter(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tree = Tree()
        cls.port = free_port()
        args = [EXPORTER, f'--web.listen-address=127.0.0.1:{cls.port}',
                '--path.procfs=' + cls.tree.path('proc'), '--path.sysfs=' + cls.tree.path('sys'),
                '--collector.disable-defaults', '--collector.vmstat.fields=.*',
                *('--collector.' + c for c in COLLECTORS)]
        with open(cls.tree.path('log'), 'w', encoding='ascii') as log:
            cls.process = subprocess.Popen(args, stdout=log, stderr=log)
        try:
            cls.metrics = cls.parse(cls.fetch())
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.process.terminate()
        cls.process.wait(10)
        cls.tree.close()

    @classmethod
    def fetch(cls):
        url = f'http://127.0.0.1:{cls.port}/metrics'
        for _ in range(200):
            try:
                with urllib.request.urlopen(url, timeout=10) as reply:
                    return reply.read().decode('ascii')
            except (urllib.error.URLError, ConnectionError):
                if cls.process.poll() is not None:
                    break
                time.sleep(0.05)
        raise AssertionError('no answer; it said:\n' + cls.tree.text('log'))

    @staticmethod
    def parse(text):
        """'name{labels}' -> value, labels as Prometheus prints them."""
        return {m[1]: float(m[2]) for m in re.finditer(r'(?m)^([^#\s]\S*?) (\S+)$', text)}

    def check(self, name, value):
        self.assertIn(name, self.metrics)
        self.assertEqual(self.metrics[name], value, name)

    def test_collectors_succeed(self):
        for collector in COLLECTORS:
            self.check(f'node_scrape_collector_success{{collector="{collector}"}}', 1)
        self.assertNotIn('level=error', self.tree.text('log'))

    def test_meminfo(self):
        for name, value in self.tree.meminfo().items():
            metric = 'node_memory_' + re.sub(r'\((.*)\)', r'_\1', name)
            if name.startswith('HugePages_'):
                self.check(metric, value)
            else:
                self.check(metric + '_bytes', value * 1024)

    def test_meminfo_numa(self):
        for nid in (0, 1):
            for name, value in self.tree.node_meminfo(nid).items():
                metric = 'node_memory_numa_' + re.sub(r'\((.*)\)', r'_\1', name)
                unit = 1 if name.startswith('HugePages_') else 1024
                self.check(f'{metric}{{node="{nid}"}}', value * unit)
            for name, value in self.tree.numastat(nid).items():
                self.check(f'node_memory_numa_{name}_total{{node="{nid}"}}', value)

    def test_vmstat(self):
        vmstat = self.tree.vmstat()
        self.assertGreater(len(vmstat), 160)
        for name, value in vmstat.items():
            self.check(f'node_vmstat_{name}', value)

    def test_buddyinfo(self):
        rows = self.tree.lines('proc/buddyinfo')
        self.assertEqual(len(rows), 3)
        for row in rows:
            node, zone, counts = re.fullmatch(r'Node (\d+), zone +(\S+) +(.*)', row).groups()
            for order, count in enumerate(counts.split()):
                self.check(f'node_buddyinfo_blocks{{node="{node}",size="{order}",'
                           f'zone="{zone}"}}', int(count))

    def test_slabinfo(self):
        rows = self.tree.slabinfo()
        self.assertGreater(len(rows), 18)
        for name, row in rows.items():
            for metric, value in zip(('active_objects', 'objects', 'object_size_bytes',
                                      'objects_per_slab', 'pages_per_slab'), row):
                self.check(f'node_slabinfo_{metric}{{slab="{name}"}}', value)

    def test_zoneinfo(self):
        zones = re.split(r'(?m)^Node ', self.tree.text('proc/zoneinfo'))[1:]
        self.assertEqual(len(zones), 10)
        for text in zones:
            node, zone = re.match(r'(\d+), zone +(\S+)', text).groups()
            labels = f'{{node="{node}",zone="{zone}"}}'
            for name in ('min', 'low', 'high', 'spanned', 'present', 'managed'):
                value = int(re.search(rf'(?m)^ +{name} +(\d+)$', text)[1])
                self.check(f'node_zoneinfo_{name}_pages{labels}', value)
            protection = re.search(r'protection: \((.*)\)', text)[1].split(', ')
            for i, value in enumerate(protection):
                self.check(f'node_zoneinfo_protection_{i}{labels}', int(value))
            for name, metric in (('nr_free_pages', None), ('numa_hit', 'numa_hit_total'),
                                 ('numa_other', 'numa_other_total'),
                                 ('nr_inactive_anon', 'nr_inactive_anon_pages'),
                                 ('nr_slab_reclaimable', 'nr_slab_reclaimable_pages'),
                                 ('nr_dirtied', 'nr_dirtied_total')):
                found = re.search(rf'(?m)^ +{name} +(\d+)$', text)
                if found and metric:
                    self.check(f'node_zoneinfo_{metric}{labels}', int(found[1]))


if __name__ == '__main__':
    if not EXPORTER and os.geteuid():
        skip('prometheus-node-exporter is not installed, and only root can install it')
    unittest.main()
