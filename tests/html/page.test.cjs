/*
 * page.test.cjs - the report page in a real browser: see the tests' own names.
 */
"use strict";
const test = require("node:test");
const assert = require("node:assert");
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const CHROMIUM = process.env.CHROMIUM || "/usr/bin/chromium";

test("Chromium is there", () => {
	assert.ok(fs.existsSync(CHROMIUM), `${CHROMIUM} is missing: apt-get install chromium (or set CHROMIUM=)`);
});

test("the page draws itself without a word on the console", async () => {
	const { chromium } = require("playwright-core");
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), "quire-html-"));
	const html = path.join(dir, "page.html");
	execFileSync(process.env.MAKE_SAMPLE, [html, path.join(dir, "truth.json")]);
	const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
	const page = await browser.newPage();
	const words = [];
	page.on("console", m => words.push(m.text()));
	page.on("pageerror", e => words.push(String(e)));
	await page.goto("file://" + html);
	await page.waitForSelector("html[data-ready=yes]");
	assert.deepStrictEqual(words, []);
	await browser.close();
	fs.rmSync(dir, { recursive: true });
});
