/* SPDX-License-Identifier: MIT */
/*
 * replay.test.cjs - the page of a real replay: traces/boot-up, as `make demo` writes it; for the
 * objects traces/boot-slab-head.
 *
 * What the page shows is compared with the JSON that the same command writes.
 *
 * Alone:  ctest --test-dir BUILD -R html_replay --output-on-failure
 */
"use strict";
const { test, before, after } = require("node:test");
const assert = require("node:assert");
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { chromium } = require("playwright-core");

const RECORDING = path.join(process.env.QUIRE_SOURCE, "traces/boot-up");
const grouped = (n) => n.toLocaleString("en");
let dir, browser;

before(async () => {
	dir = fs.mkdtempSync(path.join(os.tmpdir(), "quire-replay-"));
	browser = await chromium.launch({
		executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
		args: ["--no-sandbox", "--disable-gpu", "--no-first-run"],
	});
});

after(async () => {
	if (browser) await browser.close();
	if (dir) fs.rmSync(dir, { recursive: true });
});

/* Replays, opens the page, and complains about everything the browser said. */
async function withReplay(args, body, recording = RECORDING) {
	const html = path.join(dir, "page.html"),
		json = path.join(dir, "page.json");
	execFileSync(process.env.QUIRE, [
		...["replay", recording, "--quiet", "--html", html, "--json", json],
		...args,
	]);
	const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
	const page = await context.newPage();
	const said = [];
	page.on("console", (m) => said.push(m.text()));
	page.on("pageerror", (e) => said.push(e.stack));
	page.on("request", (r) => {
		if (r.url() !== "file://" + html && !r.url().startsWith("data:")) said.push(r.url());
	});
	try {
		await page.goto("file://" + html);
		await page.waitForSelector("html[data-ready=yes]", { timeout: 30000 });
		await body(page, JSON.parse(fs.readFileSync(json, "utf8")));
		assert.deepStrictEqual(said, []);
		const odd = /\b(null|undefined|NaN)\b|\[object/.exec(await page.innerText("body"));
		assert.strictEqual(odd, null, `the page says "${odd}"`);
	} finally {
		await context.close();
	}
}

const colours = (page) =>
	page.$eval("#map", (c) => {
		const copy = new OffscreenCanvas(c.width, c.height).getContext("2d");
		copy.drawImage(c, 0, 0);
		const data = copy.getImageData(0, 0, c.width, c.height).data;
		return new Set(new Uint32Array(data.buffer)).size;
	});

test("the tables say what the JSON says", () =>
	withReplay([], async (page, report) => {
		const f = report.fidelity;
		const row = (check) =>
			page.$eval(`#t-checks [data-check="${check}"] td`, (e) => e.textContent);
		for (const [check, part, all] of [
			["boot_alloc.same", f.boot_alloc.same, f.boot_alloc.total],
			["page_alloc.same_pfn", f.page_alloc.same_pfn, f.page_alloc.total],
			["page_alloc.same_zone", f.page_alloc.same_zone, f.page_alloc.total],
			["refill.predicted", f.refill.predicted, f.refill.recorded],
			["extfrag.same", f.extfrag.same, f.extfrag.recorded],
			["exact_prefix.events", f.exact_prefix.events, f.exact_prefix.of],
		]) {
			const shown = await row(check);
			assert.ok(
				shown.includes(`${grouped(part)} of ${grouped(all)}`),
				`${check}: ${shown}`,
			);
		}
		const snapshots = await page.$$eval("#t-snapshots tbody tr", (all) =>
			all.map((e) => e.textContent),
		);
		assert.strictEqual(snapshots.length, f.snapshots.length);
		f.snapshots.forEach((s, i) =>
			assert.ok(snapshots[i].includes(`${s.equal} of ${s.cells}`), snapshots[i]),
		);
		assert.strictEqual(
			(await page.$$("#t-frames tbody tr")).length,
			f.frames.length,
		);
	}));

test("the map is full of frames, and time changes it", () =>
	withReplay([], async (page, report) => {
		assert.ok((await colours(page)) > 6);
		const meta = await page.evaluate(() =>
			JSON.parse(document.getElementById("meta").textContent),
		);
		const run = meta.runs[0];
		assert.ok(run.nr_cells > 190000, `${run.nr_cells} frames`);
		assert.ok(run.samples.event.length > 50);
		assert.strictEqual(run.samples.event.at(-1), report.events - 1);
		const marks = JSON.stringify(run.marks);
		assert.ok(marks.includes("SNAPSHOT boot"), "no mark of a snapshot");
		assert.ok(marks.includes("the page block changes type"), "no mark of a steal");
		const used = () =>
			page.$$eval("#legend *", (all) => all.map((e) => e.textContent).join(" "));
		const last = await used();
		await page.$eval("#slider", (s) => {
			s.value = 0;
			s.dispatchEvent(new Event("input", { bubbles: true }));
		});
		await page.waitForFunction((t) => {
			const all = [...document.querySelectorAll("#legend *")];
			return all.map((e) => e.textContent).join(" ") !== t;
		}, last);
	}));

test("a what-if: both runs' names, measures that differ side by side", () =>
	withReplay(["--set", "pageblock_order=8"], async (page, report) => {
		const names = await page.$$eval("#run-switch button", (all) =>
			all.map((e) => e.textContent),
		);
		assert.strictEqual(names.length, 2);
		assert.ok(names[1].includes("what if: pageblock_order=8"), names.join());
		const cells = await page.$$eval(
			'#t-metrics [data-metric="metrics.page_blocks_changed"] td',
			(all) => all.map((e) => e.textContent),
		);
		assert.deepStrictEqual(cells, [
			grouped(report.metrics.page_blocks_changed),
			grouped(report.what_if.metrics.page_blocks_changed),
		]);
		await page.click("#run-switch button:nth-child(2)");
		await page.waitForSelector('#run-switch button:nth-child(2)[aria-checked="true"]');
		assert.ok((await colours(page)) > 6);
	}));

const HEAD = path.join(process.env.QUIRE_SOURCE, "traces/boot-slab-head/trace.txt.zst");
const MACHINE = path.join(process.env.QUIRE_SOURCE, "machines/tiny-64m.yaml");

test("objects: caches by memory, slabs by fill, a chart, and no such section without them", async () => {
	await withReplay(
		["--machine", MACHINE],
		async (page, report) => {
			assert.strictEqual(report.fidelity.slab.bytes_alloc_same, 11688);
			assert.strictEqual(report.objects_page, undefined);
			assert.ok(await page.isVisible("#objects"));
			const rows = await page.$$eval("#t-objects tbody tr", (all) =>
				all.map((e) => [e.dataset.cache, e.cells[2].textContent, e.cells[3].textContent]),
			);
			assert.ok(rows.length > 40, `${rows.length} caches`);
			assert.ok(rows.some(([name]) => name === "task_struct"));
			const sizes = await page.evaluate(() =>
				JSON.parse(document.getElementById("meta").textContent).report.objects_page[0].caches,
			);
			const most = Math.max(...sizes.map((c) => c.pages));
			assert.strictEqual(sizes.find((c) => c.name === rows[0][0]).pages, most);
			for (const c of sizes)
				assert.strictEqual(
					c.occupancy.reduce((a, b) => a + b, 0),
					c.slabs,
					`slabs of ${c.name}`,
				);
			const fill = await page.getAttribute('[data-cache="task_struct"] .fill', "aria-label");
			assert.match(fill, /full/);
			const check = await page.textContent('[data-check="slab.same_slab"] td');
			assert.ok(check.includes("9,159 of 9,159"), check);
			const titles = await page.$$eval(".chart-card h3", (all) => all.map((e) => e.textContent));
			assert.ok(titles.includes("Memory of objects"), titles.join());
		},
		HEAD,
	);
	await withReplay([], async (page) => assert.ok(!(await page.isVisible("#objects"))));
});
