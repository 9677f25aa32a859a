/* SPDX-License-Identifier: MIT */
/*
 * inspect.js - words about frames: the tip at the pointer, the legend, the pinned frame.
 */

function stateOf(byte) {
	return DATA.frames[byte & STATE_MASK] || DATA.frames[0];
}

/* What a cell is, as [name, value] lines. */
function describe(cells, layout, cell) {
	const run = cells.run;
	const per = 2 ** run.cell_shift;
	const pfn = run.first_pfn + cell * per;
	const block = Math.floor(cell / layout.width);
	const band = layout.bands.find((b) => block >= b.from && block < b.to);
	const zone = run.zones.find((z) => pfn >= z.start && pfn < z.end) || (band && band.zone);
	const mix = cells.cells[cell] >> MIX_SHIFT;
	const last = Math.min(pfn + per, run.first_pfn + run.nr_frames) - 1;
	return {
		pfn,
		last,
		block,
		mix,
		frame: per === 1 ? `${hex(pfn)} (${num(pfn)})` : `${hex(pfn)} – ${hex(last)}`,
		state: stateOf(cells.cells[cell]),
		zone: zone ? `Node ${zone.nid}, ${zone.name}` : "none",
		type: run.types[cells.blocks[block]] || "unknown",
		address: hex(pfn * run.page_size),
	};
}

function swatch(entry) {
	return el("i", { class: "swatch", style: { background: shade(entry) } });
}

function stateWords(about) {
	return ["", "mostly ", "partly ", "in part "][about.mix] + about.state.text;
}

function fillTip(tip, map, hit, x, y) {
	const { cells, layout, against } = map;
	if (!hit) {
		tip.hidden = true;
		return;
	}
	const about = describe(cells, layout, hit.cell);
	tip.replaceChildren(
		el("b", { class: "mono" }, about.frame),
		el("span", {}, swatch(about.state), stateWords(about)),
		el("span", { class: "muted" }, about.zone),
		el("span", { class: "muted" }, "page block: " + about.type),
	);
	if (against) {
		const there = stateOf(against.cells[hit.cell]);
		tip.append(
			el("span", { class: "muted" }, swatch(there), "other run: " + there.text),
		);
	}
	tip.hidden = false;
	const box = tip.parentElement.getBoundingClientRect();
	const left = x + 16 + tip.offsetWidth > box.width ? x - 12 - tip.offsetWidth : x + 16;
	const top = y + 16 + tip.offsetHeight > box.height ? y - 12 - tip.offsetHeight : y + 16;
	tip.style.left = Math.max(0, left) + "px";
	tip.style.top = Math.max(0, top) + "px";
}

/* Only states that occur in the run; a click shows it alone. */
function buildLegend(table, run, map, changed) {
	table.replaceChildren(el("caption", {}, "Frames by state"));
	const body = el("tbody", {});
	table.append(body);
	DATA.frames.forEach((entry, s) => {
		if (!run.samples.counts[s].some((n) => n)) return;
		const toggle = () => {
			if (!map.only.delete(s)) map.only.add(s);
			changed();
		};
		const button = el(
			"button",
			{
				type: "button",
				"aria-pressed": String(map.only.has(s)),
				onclick: toggle,
			},
			swatch(entry),
			entry.text,
		);
		body.append(
			el(
				"tr",
				{ "data-state": s },
				el("td", {}, button),
				el("td", { class: "n" }),
				el("td", { class: "p" }),
			),
		);
	});
}

function fillLegend(table, run, sample, only) {
	for (const row of table.querySelectorAll("tr")) {
		const s = Number(row.dataset.state);
		const n = run.samples.counts[s][sample];
		row.children[1].textContent = num(n);
		row.children[2].textContent = percent(n, run.nr_frames);
		row.classList.toggle("zero", !n);
		row.classList.toggle("dim", only.size > 0 && !only.has(s));
		row.querySelector("button").setAttribute("aria-pressed", String(only.has(s)));
	}
}

/* The history of a cell as a band of colours, a slice per sample. */
function historyBand(run, bytes_, sample, jump) {
	const canvas = el("canvas", {
		class: "band",
		width: 480,
		height: 22,
		title: "State at each sample; click to go there",
	});
	const ctx = canvas.getContext("2d");
	const w = canvas.width / bytes_.length;
	bytes_.forEach((b, i) => {
		ctx.fillStyle = shade(stateOf(b));
		ctx.fillRect(i * w, 0, w + 0.5, 18);
	});
	ctx.fillStyle = css("--pin");
	ctx.fillRect(Math.max(0, (sample + 0.5) * w - 2), 18, 4, 4);
	canvas.addEventListener("click", (e) => {
		const box = canvas.getBoundingClientRect();
		jump(
			Math.min(
				bytes_.length - 1,
				Math.floor(((e.clientX - box.left) / box.width) * bytes_.length),
			),
		);
	});
	return canvas;
}

function changeList(run, bytes_, jump) {
	const list = el("ol", { class: "changes" });
	let before = -1;
	bytes_.forEach((b, i) => {
		if ((b & STATE_MASK) === before) return;
		before = b & STATE_MASK;
		const entry = stateOf(b);
		list.append(
			el(
				"li",
				{},
				el(
					"button",
					{ type: "button", onclick: () => jump(i) },
					el("span", { class: "mono" }, num(run.samples.event[i])),
					swatch(entry),
					entry.text,
				),
			),
		);
	});
	return list;
}

function fillInspect(box, cells, layout, cell, sample, jump) {
	if (cell === null) {
		box.replaceChildren(
			el("h3", {}, "Pinned frame"),
			el(
				"p",
				{ class: "muted" },
				"Click a frame on the map to see what became of it during the run.",
			),
		);
		return;
	}
	const about = describe(cells, layout, cell);
	const history = cells.cellHistory(cell);
	const types = cells.blockHistory(about.block);
	const seen = [...new Set(types)].map((t) => cells.run.types[t] || "unknown");
	box.replaceChildren(
		el("h3", {}, "Pinned frame"),
		el(
			"dl",
			{},
			el("dt", {}, "Frame"),
			el("dd", { class: "mono" }, about.frame),
			el("dt", {}, "Address"),
			el("dd", { class: "mono" }, about.address),
			el("dt", {}, "State"),
			el("dd", {}, swatch(about.state), stateWords(about)),
			el("dt", {}, "Zone"),
			el("dd", {}, about.zone),
			el("dt", {}, "Page block"),
			el(
				"dd",
				{},
				about.type +
					(seen.length > 1
						? " (over time: " + seen.join(", ") + ")"
						: ""),
			),
		),
		historyBand(cells.run, history, sample, jump),
		el("p", { class: "muted small" }, "Changes between samples, by event"),
		changeList(cells.run, history, jump),
	);
}
