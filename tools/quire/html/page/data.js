/* SPDX-License-Identifier: MIT */
/*
 * data.js - what the file carries: the JSON part, and the packed cells of each run.
 *
 * The format of the cells is described in history_internal.h: per sample two
 * planes of XOR runs, one zlib stream per run. Applying a sample's runs steps
 * forward from the sample before it; applying them again steps back.
 */

const DATA = JSON.parse(document.getElementById("meta").textContent);
const STATE_MASK = 0x1f,
	MIX_SHIFT = 5;

/* One report object per run: report.runs, or the report and its what_if. */
function reportsOf(report, nr) {
	if (Array.isArray(report.runs)) return report.runs;
	const list = [report];
	if (Array.isArray(report.what_if)) list.push(...report.what_if);
	else if (report.what_if && typeof report.what_if === "object") list.push(report.what_if);
	return list.slice(0, Math.max(nr, list.length));
}

async function inflate(base64) {
	const text = atob(base64);
	const bytes = new Uint8Array(text.length);
	for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
	const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
	return new Uint8Array(await new Response(stream).arrayBuffer());
}

/* The frames of one run, at one sample at a time. */
class Cells {
	constructor(run, deltas) {
		this.run = run;
		this.deltas = deltas;
		this.cells = new Uint8Array(run.nr_cells);
		this.blocks = new Uint8Array(run.nr_blocks);
		this.at = -1;
		this.nr = run.samples.event.length;
		this.index();
	}

	/* Walk one plane's runs from @pos; visit(start, length, xor). Returns where the plane ends. */
	walk(pos, n, visit) {
		const d = this.deltas;
		for (let i = 0; i < n;) {
			let v = 0,
				mul = 1,
				byte;
			do {
				byte = d[pos++];
				v += (byte & 0x7f) * mul;
				mul *= 128;
			} while (byte & 0x80);
			const len = Math.floor(v / 2);
			if (!len || i + len > n || pos > d.length)
				throw new Error("the file's frame data is damaged");
			if (v & 1) visit(i, len, d[pos++]);
			i += len;
		}
		return pos;
	}

	/* Where each sample's two planes begin. */
	index() {
		const none = () => {};
		this.cellsAt = [];
		this.blocksAt = [];
		let pos = 0;
		for (let s = 0; s < this.nr; s++) {
			this.cellsAt.push(pos);
			pos = this.walk(pos, this.run.nr_cells, none);
			this.blocksAt.push(pos);
			pos = this.walk(pos, this.run.nr_blocks, none);
		}
	}

	toggle(s) {
		const flip = (plane) => (start, len, xor) => {
			for (let i = start; i < start + len; i++) plane[i] ^= xor;
		};
		this.walk(this.cellsAt[s], this.run.nr_cells, flip(this.cells));
		this.walk(this.blocksAt[s], this.run.nr_blocks, flip(this.blocks));
	}

	seek(s) {
		while (this.at < s) this.toggle(++this.at);
		while (this.at > s) this.toggle(this.at--);
	}

	/* One cell's byte, or one block's type, at every sample. */
	history(starts, n, which) {
		const out = new Uint8Array(this.nr);
		let now = 0;
		for (let s = 0; s < this.nr; s++) {
			this.walk(starts[s], n, (start, len, xor) => {
				if (which >= start && which < start + len) now ^= xor;
			});
			out[s] = now;
		}
		return out;
	}

	cellHistory(cell) {
		return this.history(this.cellsAt, this.run.nr_cells, cell);
	}
	blockHistory(block) {
		return this.history(this.blocksAt, this.run.nr_blocks, block);
	}
}

async function loadCells(nr) {
	const element = document.getElementById("cells-" + nr);
	const deltas = await inflate(element.textContent.trim());
	element.textContent = "";
	return new Cells(DATA.runs[nr], deltas);
}

/* ---- words and numbers ---- */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const num = (n) => whole.format(n);
const hex = (n) => "0x" + n.toString(16);

function percent(part, all) {
	if (!all) return "–";
	const share = (100 * part) / all;
	if (!part) return "0 %";
	if (part === all) return "100 %";
	/* Never round a miss up to 100, nor something down to 0. */
	const digits = share > 99 || share < 1 ? 3 : 2;
	const text = share.toFixed(digits);
	if (part < all && Number(text) >= 100) return "> 99.999 %";
	return (Number(text) === 0 ? "< 0.001" : text) + " %";
}

function bytes(n) {
	const units = ["B", "KiB", "MiB", "GiB", "TiB"];
	let u = 0;
	while (n >= 1024 && u < units.length - 1) {
		n /= 1024;
		u++;
	}
	return (n >= 100 || Number.isInteger(n) ? n.toFixed(0) : n.toFixed(1)) + " " + units[u];
}

function time(ns) {
	if (!ns) return "";
	return (ns / 1e9).toFixed(3) + " s";
}

const isDark = () => matchMedia("(prefers-color-scheme: dark)").matches;
const shade = (entry) => (isDark() ? entry.dark : entry.light);

function css(name) {
	return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/* An element with attributes and children; text is always text, never markup. */
function el(tag, attrs, ...children) {
	const e = document.createElement(tag);
	for (const [k, v] of Object.entries(attrs || {})) {
		if (k === "style") Object.assign(e.style, v);
		else if (k.startsWith("on")) e.addEventListener(k.slice(2), v);
		else if (v !== null && v !== false) e.setAttribute(k, v === true ? "" : v);
	}
	e.append(...children.filter((c) => c !== null && c !== undefined));
	return e;
}
