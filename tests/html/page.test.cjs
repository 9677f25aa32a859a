/* SPDX-License-Identifier: MIT */
/*
 * page.test.cjs - the report page in Debian's Chromium, clicked as a person would.
 *
 * make_sample writes the page and the truth about it; each test opens the page
 * from its file and compares what is shown. A message on the console, an error
 * or any request but for the file itself fails the test it happens in.
 *
 * Alone:  ctest --test-dir BUILD -R html_page --output-on-failure
 * With QUIRE_SHOTS=FOLDER each test leaves a screenshot there.
 */
"use strict";
const { test, before, after } = require("node:test");
const assert = require("node:assert");
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { chromium } = require("playwright-core");

const CHROMIUM = process.env.CHROMIUM || "/usr/bin/chromium";
const FLAGS = [
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
];
const BLOCK = 512;
const AXIS = 86;

let dir, browser;
const made = new Map();

before(async () => {
	if (!fs.existsSync(CHROMIUM))
		throw new Error(
			`${CHROMIUM} is missing: apt-get install chromium (or set CHROMIUM= to another)`,
		);
	dir = fs.mkdtempSync(path.join(os.tmpdir(), "quire-html-"));
	browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
});

after(async () => {
	if (browser) await browser.close();
	if (dir) fs.rmSync(dir, { recursive: true });
});

/* The page and its truth for these arguments of make_sample. */
function sample(...args) {
	const key = args.join(" ");
	if (!made.has(key)) {
		const html = path.join(dir, `page${made.size}.html`),
			truth = html + ".json";
		execFileSync(process.env.MAKE_SAMPLE, [html, truth, ...args]);
		made.set(key, {
			html,
			truth: JSON.parse(fs.readFileSync(truth, "utf8")),
			size: fs.statSync(html).size,
		});
	}
	return made.get(key);
}

/* Open, run, and complain about everything the browser said. */
async function withPage(t, made, options, body) {
	const context = await browser.newContext({
		viewport: { width: 1280, height: 800 },
		...options,
	});
	const page = await context.newPage();
	const said = [];
	page.on("console", (m) => said.push(`console: ${m.text()}`));
	page.on("pageerror", (e) => said.push(`error: ${e.stack}`));
	page.on("request", (r) => {
		if (r.url() !== "file://" + made.html && !r.url().startsWith("data:"))
			said.push(`request: ${r.url()}`);
	});
	try {
		await page.goto("file://" + made.html);
		await page.waitForSelector("html[data-ready=yes]", { timeout: 30000 });
		await body(page);
		if (process.env.QUIRE_SHOTS)
			await page.screenshot({
				path: path.join(
					process.env.QUIRE_SHOTS,
					t.name.replace(/\W+/g, "-") + ".png",
				),
				fullPage: true,
			});
		assert.deepStrictEqual(said, []);
		const odd = /\b(null|undefined|NaN)\b|\[object/.exec(await page.innerText("body"));
		assert.strictEqual(odd, null, `the page says "${odd}"`);
	} finally {
		await context.close();
	}
}

/* Two animation frames: all drawing asked for has happened. */
const settle = (page) =>
	page.evaluate(
		() => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r))),
	);

async function pixels(page, selector = "#map") {
	await settle(page);
	return page.$eval(selector, (c) => {
		const copy = new OffscreenCanvas(c.width, c.height).getContext("2d", {
			willReadFrequently: true,
		});
		copy.drawImage(c, 0, 0);
		const data = new Uint32Array(
			copy.getImageData(0, 0, c.width, c.height).data.buffer,
		);
		let hash = 2166136261;
		for (const p of data) hash = Math.imul(hash ^ p, 16777619) >>> 0;
		return { hash, colours: new Set(data).size };
	});
}

async function slide(page, to) {
	await page.$eval(
		"#slider",
		(s, v) => {
			s.value = v;
			s.dispatchEvent(new Event("input", { bubbles: true }));
		},
		to,
	);
	await settle(page);
}

const states = (page) =>
	page.evaluate(() =>
		JSON.parse(document.getElementById("meta").textContent).frames.map((f) => f.text),
	);
const grouped = (n) => n.toLocaleString("en");
const text = (page, selector) => page.$eval(selector, (e) => e.textContent);

/* What the tip says while the pointer is at (x, y) of the map: pfn, state, zone, type. */
async function tipAt(page, x, y) {
	const box = await page.locator("#map").boundingBox();
	await page.mouse.move(box.x + x, box.y + y);
	await settle(page);
	if (await page.locator("#tip").isHidden()) return null;
	const lines = await page.$$eval("#tip > *", (all) => all.map((e) => e.textContent));
	return {
		pfn: Number(lines[0].split(" ")[0]),
		state: lines[1],
		zone: lines[2],
		type: lines[3],
	};
}

async function gotoFrame(page, pfn) {
	await page.fill("#goto", "0x" + pfn.toString(16));
	await page.press("#goto", "Enter");
	await settle(page);
}

test("fidelity tables say what the JSON says", async (t) =>
	withPage(t, sample(), {}, async (page) => {
		const report = JSON.parse(await text(page, "#raw"));
		const f = report.fidelity;
		const row = (key) =>
			page.$eval(`#t-checks [data-check="${key}"] td`, (e) => e.textContent);
		for (const [key, part, all] of [
			["boot_alloc", "same", "total"],
			["page_alloc", "same_pfn", "total"],
			["page_alloc", "same_pageblock", "total"],
			["page_alloc", "same_zone", "total"],
			["refill", "predicted", "recorded"],
			["drain", "predicted", "recorded"],
			["extfrag", "predicted", "recorded"],
			["extfrag", "same", "recorded"],
			["exact_prefix", "events", "of"],
		])
			assert.ok(
				(await row(`${key}.${part}`)).endsWith(
					`${grouped(f[key][part])} of ${grouped(f[key][all])}`,
				),
				`${key}.${part}: ${await row(`${key}.${part}`)}`,
			);
		assert.match(
			await row("page_alloc.same_pfn"),
			/^99\.999 %/,
			"one miss in 185,230 is never 100 %",
		);
		const rows = await page.$$eval("#t-snapshots tbody tr", (all) =>
			all.map((r) => r.textContent),
		);
		f.snapshots.forEach((s, i) => {
			for (const word of [
				s.name,
				s.file,
				`${s.equal} of ${s.cells}`,
				`${s.within_2_percent} of ${s.cells}`,
			])
				assert.ok(rows[i].includes(word), `${word} in ${rows[i]}`);
		});
		assert.ok(
			(await text(page, "#t-frames tbody")).includes(
				`${grouped(f.frames[0].same_free)} of ${grouped(f.frames[0].total)}`,
			),
		);
		assert.ok((await text(page, "#c-told")).includes("__GFP_WRITE"));
		assert.strictEqual(
			await page.$eval(
				'#t-metrics [data-metric="events"] td',
				(e) => e.textContent,
			),
			grouped(report.events),
		);
	}));

test("slider changes the map, and both ways come to the same picture", async (t) =>
	withPage(t, sample(), {}, async (page) => {
		await slide(page, 0);
		const first = await pixels(page);
		assert.ok(first.colours > 5, `only ${first.colours} colours on the map`);
		await slide(page, 60);
		const middle = await pixels(page);
		assert.notStrictEqual(middle.hash, first.hash);
		await page.click("#step-on");
		assert.notStrictEqual((await pixels(page)).hash, middle.hash);
		await page.click("#step-back");
		assert.strictEqual((await pixels(page)).hash, middle.hash);
		await slide(page, 0);
		assert.strictEqual((await pixels(page)).hash, first.hash);
	}));

test("wheel, buttons and keys zoom; dragging pans; fit restores", async (t) =>
	withPage(t, sample(), {}, async (page) => {
		await page.locator("#map").scrollIntoViewIfNeeded();
		await page.mouse.move(5, 5);
		const whole = await pixels(page);
		const box = await page.locator("#map").boundingBox();
		const seen = [whole.hash];
		const differs = async (what) => {
			await page.mouse.move(5, 5);
			const { hash } = await pixels(page);
			assert.notStrictEqual(hash, seen[seen.length - 1], what);
			seen.push(hash);
		};
		await page.mouse.move(box.x + 300, box.y + 200);
		await page.mouse.wheel(0, -900);
		await differs("wheel");
		await page.mouse.move(box.x + 300, box.y + 200);
		await page.mouse.down();
		await page.mouse.move(box.x + 200, box.y + 150, { steps: 4 });
		await page.mouse.up();
		await differs("drag");
		await page.click("#zoom-in");
		await differs("button");
		await page.focus("#map");
		await page.keyboard.press("ArrowRight");
		await differs("arrow key");
		await page.keyboard.press("-");
		await differs("minus key");
		await page.click("#zoom-fit");
		await page.mouse.move(5, 5);
		assert.strictEqual((await pixels(page)).hash, whole.hash);
	}));

test("tip tells frame, state, zone and block type of what lies under the pointer", async (t) => {
	const s = sample();
	await withPage(t, s, {}, async (page) => {
		const names = await states(page);
		const types = ["Unmovable", "Movable", "Reclaimable"];
		let compared = 0;
		const compare = (tip, truth) => {
			assert.strictEqual(
				tip.state,
				names[truth.frames.charCodeAt(tip.pfn) - 48],
				`frame ${tip.pfn}`,
			);
			assert.strictEqual(
				tip.type,
				"page block: " +
					types[
						truth.blocks.charCodeAt(
							Math.floor(tip.pfn / BLOCK),
						) - 48
					],
				`frame ${tip.pfn}`,
			);
			assert.strictEqual(
				tip.zone,
				tip.pfn < 4096
					? "Node 0, DMA"
					: tip.pfn < 98304
						? "Node 0, DMA32"
						: "Node 1, Normal",
				`frame ${tip.pfn}`,
			);
			compared++;
		};
		for (const at of [0, 40, s.truth[0].samples.length - 1]) {
			await slide(page, at);
			await page.locator("#map").scrollIntoViewIfNeeded();
			for (let i = 0; i < 25; i++) {
				const tip = await tipAt(
					page,
					100 + ((i * 97) % 560),
					30 + ((i * 61) % 440),
				);
				if (tip) compare(tip, s.truth[0].samples[at]);
			}
		}
		assert.ok(compared > 50, `compared ${compared} frames only`);
	});
});

test("one square right is the next frame, one down the next page block", async (t) =>
	withPage(t, sample(), {}, async (page) => {
		await page.locator("#map").scrollIntoViewIfNeeded();
		await gotoFrame(page, 0x8123);
		const size = 8;
		const box = await page.locator("#map").boundingBox();
		const x = AXIS + (box.width - AXIS) / 2 + size / 2,
			y = box.height / 2 + size / 2;
		const here = await tipAt(page, x, y);
		assert.strictEqual(here.pfn, 0x8123);
		assert.strictEqual((await tipAt(page, x + size, y)).pfn, 0x8124);
		assert.strictEqual((await tipAt(page, x - 3 * size, y)).pfn, 0x8120);
		assert.strictEqual((await tipAt(page, x, y + size)).pfn, 0x8123 + BLOCK);
		assert.strictEqual((await tipAt(page, x, y - 2 * size)).pfn, 0x8123 - 2 * BLOCK);
	}));

test("click pins a frame and lists its history", async (t) => {
	const s = sample();
	await withPage(t, s, {}, async (page) => {
		const names = await states(page);
		await page.locator("#map").scrollIntoViewIfNeeded();
		await page.locator("#map").click({ position: { x: 400, y: 300 } });
		const tip = await tipAt(page, 400, 300);
		const shown = await text(page, "#inspect dl");
		assert.ok(shown.includes("0x" + tip.pfn.toString(16)), shown);
		assert.ok(shown.includes(tip.state), shown);

		/* At each sample whose truth is known, the list's last change so far is the state. */
		const changes = await page.$$eval(".changes li", (all) =>
			all.map((e) => [
				Number(e.querySelector(".mono").textContent.replaceAll(",", "")),
				e.textContent,
			]),
		);
		for (const { event, frames } of s.truth[0].samples.filter((x) => x.frames)) {
			const last = changes.filter(([at]) => at <= event).pop();
			assert.ok(
				last[1].endsWith(names[frames.charCodeAt(tip.pfn) - 48]),
				`event ${event}: ${last[1]}`,
			);
		}
		await page.click(".changes li:first-child button");
		assert.match(await text(page, "#when"), /^event 0/);
		await page.focus("#map");
		await page.keyboard.press("Shift+ArrowRight");
		assert.ok(
			(await text(page, "#inspect dl")).includes(
				"0x" + (tip.pfn + 1).toString(16),
			),
		);
		await page.keyboard.press("Escape");
		assert.match(await text(page, "#inspect"), /Click a frame/);
	});
});

test("go to a frame by number; a wrong number is refused with the range", async (t) =>
	withPage(t, sample(), {}, async (page) => {
		await gotoFrame(page, 0x20001);
		assert.ok((await text(page, "#inspect dl")).includes("0x20001 (131,073)"));
		await page.fill("#goto", "0x99999999");
		await page.press("#goto", "Enter");
		assert.match(
			await page.$eval("#goto", (e) => e.validationMessage),
			/0x0 to 0x2ffff/,
		);
	}));

test("legend counts every frame and shows a state alone", async (t) => {
	const s = sample();
	await withPage(t, s, {}, async (page) => {
		const truth = s.truth[0].samples[40];
		await slide(page, 40);
		const want = new Map();
		for (const c of truth.frames)
			want.set(c.charCodeAt(0) - 48, (want.get(c.charCodeAt(0) - 48) || 0) + 1);
		const rows = await page.$$eval("#legend tr", (all) =>
			all.map((r) => [
				Number(r.dataset.state),
				Number(r.children[1].textContent.replaceAll(",", "")),
			]),
		);
		for (const [state, n] of rows)
			assert.strictEqual(n, want.get(state) || 0, `state ${state}`);
		assert.strictEqual(
			rows.reduce((sum, [, n]) => sum + n, 0),
			truth.frames.length,
		);
		const all = await pixels(page);
		await page.click('#legend tr[data-state="10"] button');
		assert.notStrictEqual((await pixels(page)).hash, all.hash);
		await page.click('#legend tr[data-state="10"] button');
		assert.strictEqual((await pixels(page)).hash, all.hash);
	});
});

/* Click at @event in the lane of @kind, found by the lanes' labels. */
async function clickMark(page, kind, event, events) {
	const lanes = await page.evaluate(() => {
		const data = JSON.parse(document.getElementById("meta").textContent);
		return data.marks
			.map((m) => m.key)
			.filter((_, k) => data.runs[0].marks[k].marks.length);
	});
	await page.locator("#marks").scrollIntoViewIfNeeded();
	const box = await page.locator("#marks .u-over").boundingBox();
	await page.mouse.click(
		box.x + (box.width * event) / events,
		box.y + (box.height * (lanes.indexOf(kind) + 0.5)) / lanes.length,
	);
	await settle(page);
}

test("click on a mark moves the map there and pins its frame", async (t) =>
	withPage(t, sample(), {}, async (page) => {
		await slide(page, 3);
		await clickMark(page, "snapshot", 100000, 200000);
		assert.match(await text(page, "#when"), /^event 100,000.*snapshot boot$/);
		await clickMark(page, "difference", 150000, 200000);
		assert.match(await text(page, "#inspect dl"), /0x1200/);
		assert.match(await text(page, "#mark-text"), /expected 0x1200, got 0x1201/);
		assert.notStrictEqual(await page.$eval("#slider", (e) => e.value), "3");
	}));

test("charts are there, drawn, and follow their controls", async (t) =>
	withPage(t, sample(), {}, async (page) => {
		const titles = await page.$$eval(".chart-card h3", (all) =>
			all.map((e) => e.textContent),
		);
		assert.deepStrictEqual(titles, [
			"Memory by state",
			"Free blocks per order",
			"Unusable free space index",
			"Pages on per-CPU lists",
		]);
		assert.strictEqual(await page.$$eval("#chart-grid .uplot", (all) => all.length), 4);
		assert.strictEqual(await page.$$eval("#marks .uplot", (all) => all.length), 1);
		for (let i = 1; i <= 4; i++)
			assert.ok(
				(await pixels(page, `#chart-grid figure:nth-child(${i}) canvas`))
					.colours > 10,
				titles[i - 1],
			);
		const chart = "#chart-grid figure:nth-child(2) canvas";
		const before = await pixels(page, chart);
		await page.selectOption("#chart-grid figure:nth-child(2) select", "1");
		const zone = await pixels(page, chart);
		assert.notStrictEqual(zone.hash, before.hash);
		await page.uncheck("#chart-grid figure:nth-child(2) input");
		assert.notStrictEqual((await pixels(page, chart)).hash, zone.hash);
		/* The legend names the values of the moment shown, as the samples hold them. */
		const shown = await page.evaluate(() => {
			const run = JSON.parse(document.getElementById("meta").textContent).runs[0];
			const last = run.samples.event.length - 1;
			return [
				run.samples.free[1][0][last],
				document.querySelector(
					"#chart-grid figure:nth-child(2) .u-series:nth-child(2) .u-value",
				).textContent,
			];
		});
		assert.ok(
			Math.abs(
				shown[0] -
					parseFloat(shown[1]) * (shown[1].endsWith("k") ? 1000 : 1),
			) <= 50,
			shown.join(" against "),
		);
		await page.locator("#chart-grid figure:nth-child(3)").scrollIntoViewIfNeeded();
		const box = await page
			.locator("#chart-grid figure:nth-child(3) .u-over")
			.boundingBox();
		await page.mouse.click(box.x + box.width / 4, box.y + box.height / 2);
		await settle(page);
		const event = Number(
			(await text(page, "#when b")).replace("event ", "").replaceAll(",", ""),
		);
		assert.ok(Math.abs(event - 50000) < 2000, `jumped to ${event}`);
	}));

test("play goes on by itself and stops at the end", async (t) =>
	withPage(t, sample(), {}, async (page) => {
		const last = Number(await page.$eval("#slider", (e) => e.max));
		await slide(page, last - 3);
		await page.click("#play");
		await page.waitForFunction(
			(n) => document.getElementById("slider").value === String(n),
			last,
		);
		await page.waitForFunction(
			() => document.getElementById("play").getAttribute("aria-label") === "Play",
		);
	}));

test("two runs: tables side by side, and the map switches", async (t) =>
	withPage(t, sample("--runs", "2"), {}, async (page) => {
		const heads = await page.$$eval("#t-checks thead th", (all) =>
			all.map((e) => e.textContent),
		);
		assert.deepStrictEqual(heads, [
			"Check",
			"recorded machine",
			"what-if: min_free_kbytes=65536",
		]);
		const cells = await page.$$eval(
			'#t-checks [data-check="page_alloc.same_pfn"] td',
			(all) => all.map((e) => e.textContent),
		);
		assert.ok(
			cells[0].includes("185,229 of 185,230") &&
				cells[1].includes("180,229 of 185,230"),
			cells.join(),
		);
		const a = await pixels(page);
		await page.click("#run-switch button:nth-child(2)");
		await page.waitForSelector('#run-switch button:nth-child(2)[aria-checked="true"]');
		const b = await pixels(page);
		assert.notStrictEqual(b.hash, a.hash);
		await page.click("#run-switch button:nth-child(1)");
		await page.waitForSelector('#run-switch button:nth-child(1)[aria-checked="true"]');
		assert.strictEqual((await pixels(page)).hash, a.hash);
	}));

test("what differs between two runs is counted and shown alone", async (t) => {
	const s = sample("--runs", "2");
	await withPage(t, s, {}, async (page) => {
		const [a, b] = s.truth.map((run) => run.samples[run.samples.length - 1].frames);
		let n = 0;
		for (let i = 0; i < a.length; i++) n += a[i] !== b[i];
		const plain = await pixels(page);
		await page.click("#differences");
		await page.waitForSelector("#when .chip:nth-child(5)");
		assert.ok(
			(await text(page, "#when")).includes(`${grouped(n)} squares differ`),
			`${await text(page, "#when")}: not ${n}`,
		);
		assert.notStrictEqual((await pixels(page)).hash, plain.hash);
		await page.click("#differences");
		await page.waitForFunction(
			() => !document.querySelector("#when .chip:nth-child(5)"),
		);
		assert.strictEqual((await pixels(page)).hash, plain.hash);
	});
});

test("hostile names stay text", async (t) =>
	withPage(t, sample("--hostile"), {}, async (page) => {
		const hostile =
			"</script><script>window.pwned=1</script><img src=x onerror=window.pwned=1>\"'&\ufffd\u2028";
		assert.strictEqual(await text(page, "#title"), hostile);
		assert.ok(
			(await page.title()).startsWith("</script><script>window.pwned=1"),
			await page.title(),
		);
		assert.strictEqual(await page.evaluate(() => window.pwned), undefined);
		assert.strictEqual(await page.$$eval("img", (all) => all.length), 0);
		await tipAt(page, 300, 200);
		await gotoFrame(page, 0x1200);
		await clickMark(page, "difference", 150000, 200000);
		assert.strictEqual(await page.evaluate(() => window.pwned), undefined);
		assert.strictEqual(await page.$$eval("img", (all) => all.length), 0);
		assert.ok(
			(
				await page.$$eval("#chart-grid h3", (all) =>
					all.map((e) => e.textContent),
				)
			).includes(hostile),
		);
	}));

/*
 * Colour blindness as Machado, Oliveira and Fernandes model it (2009, severity 1);
 * distances are CIE76 in Lab, where about 2.3 is just noticeable.
 */
const SIGHT = {
	normal: [1, 0, 0, 0, 1, 0, 0, 0, 1],
	protan: [
		0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116,
		1.051998,
	],
	deutan: [
		0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294,
		0.968881,
	],
	tritan: [
		1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367,
		0.3039,
	],
};

function lab(color, m) {
	const linear = [1, 3, 5].map((i) => {
		const c = parseInt(color.slice(i, i + 2), 16) / 255;
		return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
	});
	const mix = (row) => row[0] * linear[0] + row[1] * linear[1] + row[2] * linear[2];
	const [r, g, b] = [0, 3, 6].map((i) => Math.min(1, Math.max(0, mix(m.slice(i, i + 3)))));
	const f = (t) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
	const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047);
	const y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
	const z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883);
	return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

test("states stay apart for colour-blind readers", async (t) =>
	withPage(t, sample(), {}, async (page) => {
		const frames = await page.evaluate(
			() => JSON.parse(document.getElementById("meta").textContent).frames,
		);
		for (const theme of ["light", "dark"])
			for (const [sight, m] of Object.entries(SIGHT))
				for (const a of frames)
					for (const b of frames.slice(frames.indexOf(a) + 1)) {
						const [p, q] = [lab(a[theme], m), lab(b[theme], m)];
						const d = Math.hypot(
							p[0] - q[0],
							p[1] - q[1],
							p[2] - q[2],
						);
						assert.ok(
							d >= 7,
							`${theme}, ${sight}: ${a.key} and ${b.key}: ${d.toFixed(1)}`,
						);
					}
	}));

test("dark and narrow: other colours, nothing sticks out", async (t) => {
	let light;
	await withPage(t, sample("--runs", "2"), {}, async (page) => {
		light = await pixels(page);
	});
	await withPage(t, sample("--runs", "2"), { colorScheme: "dark" }, async (page) => {
		assert.notStrictEqual((await pixels(page)).hash, light.hash);
	});
	for (const width of [1280, 768, 380])
		await withPage(
			t,
			sample("--runs", "2"),
			{ viewport: { width, height: 800 } },
			async (page) => {
				assert.ok(
					(await page.evaluate(
						() => document.documentElement.scrollWidth,
					)) <= width,
					`wider than ${width}`,
				);
			},
		);
});

test("a big machine shares squares and stays small", async (t) => {
	const s = sample("--frames", "1500000", "--events", "3000");
	assert.ok(s.size < 10 * 1024 * 1024, `${s.size} bytes`);
	await withPage(t, s, {}, async (page) => {
		assert.match(
			await text(page, "#map-scale"),
			/1,500,000 frames of 4 KiB, 2 to a square/,
		);
		await page.locator("#map").scrollIntoViewIfNeeded();
		const tip = await tipAt(page, 300, 200);
		assert.strictEqual(tip.pfn % 2, 0);
		assert.match(await text(page, "#tip b"), /0x[0-9a-f]+ – 0x[0-9a-f]+/);
	});
});
