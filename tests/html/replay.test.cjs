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

const SPACES = path.join(process.env.QUIRE_SOURCE, "traces/vm-head");

/* The data behind the page, and what a process has at the moment that is shown. */
const spacesData = (page) =>
	page.evaluate(() => JSON.parse(document.getElementById("meta").textContent).report.spaces_page);

async function moveTo(page, sample) {
	await page.$eval(
		"#slider",
		(e, to) => {
			e.value = to;
			e.dispatchEvent(new Event("input"));
		},
		sample,
	);
}

const chosenProcess = (page) => page.$eval("#space-process", (e) => Number(e.value));

async function checkSpace(page, data, moment) {
	const process = await chosenProcess(page);
	const vmas = moment.spaces.find((s) => s.process === process).vmas;
	const rows = await page.$$eval("#t-space tbody tr", (all) =>
		all.map((e) => [e.cells[0].textContent, e.cells[1].textContent, e.cells[7].textContent]),
	);
	assert.deepStrictEqual(
		rows,
		vmas.map((v) => [v[0].toString(16).padStart(8, "0"), v[3], v[4] || "anonymous"]),
	);
	assert.strictEqual((await page.$$("#space-strip .vma")).length, vmas.length);
	let gaps = 0;
	for (let i = 1; i < vmas.length; i++) if (vmas[i][0] > vmas[i - 1][0] + vmas[i - 1][1] * 4096) gaps++;
	assert.strictEqual((await page.$$("#space-strip .gap")).length, gaps);
	const words = await page.textContent("#space-words");
	assert.ok(words.startsWith(`${data.processes[process].pid} `), words);
	assert.ok(words.includes(`event ${grouped(data.event[moment.sample])}: ${vmas.length} mappings`), words);
	return vmas;
}

test("address spaces: a process chosen, its mappings to scale, moved in time, clicked", async () => {
	await withReplay(
		["--machine", MACHINE],
		async (page, report) => {
			assert.strictEqual(report.spaces_page, undefined);
			assert.ok(await page.isVisible("#spaces"));
			const data = await spacesData(page);
			const last = data.moments[data.moments.length - 1];
			assert.deepStrictEqual(data.kinds, ["file", "anon", "heap", "stack", "shared", "special"]);
			assert.ok(last.spaces.length > 1, "more than one process at the end");
			let vmas = await checkSpace(page, data, last);
			for (const v of vmas) {
				assert.ok(v[5] <= v[1] && v[6] <= v[5] && v[7] <= v[5], `counts of ${v}`);
				assert.ok(v[2] >= 0 && v[2] < 6);
			}
			/* Another process. */
			const before = await chosenProcess(page);
			const other = last.spaces.find((s) => s.process !== before).process;
			await page.selectOption("#space-process", String(other));
			assert.strictEqual(await chosenProcess(page), other);
			vmas = await checkSpace(page, data, last);
			/* Widths: the largest mapping is the widest, and small ones can still be hit. */
			const widths = await page.$$eval("#space-strip .vma", (all) =>
				all.map((e) => e.getBoundingClientRect().width),
			);
			const largest = vmas.reduce((best, v, i) => (v[1] > vmas[best][1] ? i : best), 0);
			assert.strictEqual(Math.max(...widths), widths[largest]);
			assert.ok(Math.min(...widths) >= 4.9, `${Math.min(...widths)} pixels`);
			/* Filled as far as it is resident. */
			const full = vmas.findIndex((v) => v[5] === v[1]);
			const filled = await page.$eval(`#space-strip [data-vma="${full}"]`, (e) =>
				[...e.children].reduce((sum, c) => sum + c.getBoundingClientRect().height, 0),
			);
			assert.ok(Math.abs(filled - 68) < 1.5, `${filled} of 68 pixels`);
			/* A click shows its row, another one takes that back. */
			await page.click(`#space-strip [data-vma="${largest}"]`);
			assert.deepStrictEqual(
				await page.$$eval("#t-space tr.chosen", (all) => all.map((e) => Number(e.dataset.vma))),
				[largest],
			);
			assert.match(
				await page.getAttribute(`#space-strip [data-vma="${largest}"]`, "aria-label"),
				/resident, .* shared, .* swapped$/,
			);
			await page.click(`#space-strip [data-vma="${largest}"]`);
			assert.strictEqual((await page.$$("#t-space tr.chosen")).length, 0);
			/* Earlier, there were others. */
			const middle = data.moments[Math.floor(data.moments.length / 2)];
			const events = await page.evaluate(
				() => JSON.parse(document.getElementById("meta").textContent).runs[0].samples.event,
			);
			const at = events.findIndex((e) => e >= data.event[middle.sample]);
			await moveTo(page, at);
			const shown = data.moments.filter((m) => data.event[m.sample] <= events[at]).pop();
			await checkSpace(page, data, shown);
		},
		SPACES,
	);
	await withReplay([], async (page) => assert.ok(!(await page.isVisible("#spaces"))));
});

test("address spaces over time: resident memory by process, faults by kind", () =>
	withReplay(
		["--machine", MACHINE],
		async (page, report) => {
			const titles = await page.$$eval(".chart-card h3", (all) => all.map((e) => e.textContent));
			assert.ok(titles.includes("Resident memory by process"), titles.join());
			assert.ok(titles.includes("Page faults by kind"), titles.join());
			const data = await spacesData(page);
			/* At the end, all faults that the report counts. */
			const kinds = Object.fromEntries(
				data.faults.map((f) => [f.name, f.count[f.count.length - 1]]).filter(([, n]) => n),
			);
			const sum = Object.values(kinds).reduce((a, b) => a + b, 0);
			assert.ok(sum > 1000 && sum >= report.fidelity.vm.faults_total, `${sum} faults`);
			for (const f of data.faults)
				f.count.forEach((n, i) => assert.ok(!i || n >= f.count[i - 1], f.name));
			for (const p of data.processes) {
				const resident = p.file.map((n, i) => n + p.anon[i] + p.shmem[i]);
				assert.strictEqual(Math.max(...resident), p.peak, `${p.pid}`);
				assert.strictEqual(resident.length, data.event.length);
			}
		},
		SPACES,
	));
