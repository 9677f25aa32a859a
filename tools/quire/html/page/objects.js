/* SPDX-License-Identifier: MIT */
/*
 * objects.js - caches by memory, over time and at the end, and how full their slabs are.
 */

const FILLS = ["empty", ...Array.from({ length: 9 }, (_, i) => `up to ${i + 1}/9`), "full"];

/* The objects of the run shown; null: the recording has no events of objects. */
function objectsOf(app) {
	const runs = DATA.report.objects_page;
	return Array.isArray(runs) && runs.length ? runs[Math.min(app.nr, runs.length - 1)] : null;
}

/* @values, taken at events @from, as they were at events @to. */
function resample(from, values, to) {
	let i = -1;
	return to.map((event) => {
		while (i + 1 < from.length && from[i + 1] <= event) i++;
		return i < 0 ? 0 : values[i];
	});
}

/* Caches on top of each other, the largest at the bottom; what is left is in others and large requests. */
function objectsChart(app, grid) {
	const objects = objectsOf(app);
	if (!objects || !objects.event.length) return;
	const event = app.run().samples.event;
	const at = (values) => resample(objects.event, values, event);
	const total = at(objects.pages);
	const lines = objects.series.map((s) => [s.name, at(s.pages)]);
	const named = event.map((_, i) => lines.reduce((sum, [, v]) => sum + v[i], 0));
	lines.push(["all others", total.map((n, i) => Math.max(0, n - named[i]))]);
	const sums = [];
	lines.forEach(([, v], k) => sums.push(v.map((n, i) => n + (k ? sums[k - 1][i] : 0))));
	const order = lines.map((_, k) => lines.length - 1 - k);
	chartCard(app, grid, "Memory of objects", `Pages by cache, ${objects.backend}`, [], (box) =>
		plot(app, box, {
			data: [event, ...order.map((k) => sums[k])],
			series: order.map((k) => ({
				label: lines[k][0],
				stroke: category(k),
				fill: category(k),
				width: 0,
				points: { show: false },
				value: (u, v, si, i) =>
					i === null || i === undefined ? "–" : short(lines[k][1][i]),
			})),
			bands: order.slice(1).map((_, k) => ({ series: [k + 1, k + 2] })),
			scaleY: { range: (u, min, max) => [0, Math.max(1, max)] },
		}),
	);
}

/* A bar of slabs, from empty to full. */
function fillBar(occupancy) {
	const all = occupancy.reduce((a, b) => a + b, 0);
	const words = FILLS.map((f, i) => [f, occupancy[i]])
		.filter(([, n]) => n)
		.map(([f, n]) => `${num(n)} ${f}`)
		.join(", ");
	return el(
		"div",
		{ class: "fill", role: "img", "aria-label": words || "no slabs", title: words },
		...occupancy.map((n, i) =>
			n
				? el("i", {
						style: {
							width: (100 * n) / all + "%",
							background: i ? ramp(i - 1, FILLS.length - 1) : "var(--grid)",
						},
					})
				: null,
		),
	);
}

function objectsRow(cache, page) {
	const held = cache.pages * page;
	const value = (text) => el("td", { class: "value" }, text);
	return el(
		"tr",
		{ "data-cache": cache.name },
		el("th", { scope: "row", class: "mono" }, cache.name),
		value(num(cache.slot)),
		value(num(cache.slabs)),
		value(bytes(held)),
		value(num(cache.live)),
		value(held ? percent(cache.asked, held) : "–"),
		el("td", {}, cache.occupancy.some((n) => n) ? fillBar(cache.occupancy) : "–"),
	);
}

/* The table of the run shown; caches by memory. */
function buildObjects(app) {
	const objects = objectsOf(app);
	byId("objects").hidden = byId("nav-objects").hidden = !objects;
	if (!objects) return;
	const page = app.run().page_size;
	const caches = [...objects.caches].sort((a, b) => b.pages - a.pages || b.asked - a.asked);
	const last = objects.pages.length - 1;
	byId("objects-words").textContent =
		`At the end: ${bytes((objects.pages[last] || 0) * page)} held by ${objects.backend}, ` +
		`${bytes(objects.asked[last] || 0)} of it asked for, in ${num(caches.length)} caches` +
		(objects.has_slabs ? "" : "; SLOB has no slabs of a cache's own");
	byId("t-objects").replaceChildren(
		el("caption", {}, "Caches by memory; slabs by how full they are, from empty to full"),
		head("Cache", ["Slot, bytes", "Slabs", "Memory", "Objects", "Asked for", "Slabs by fill"]),
		el("tbody", {}, ...caches.map((c) => objectsRow(c, page))),
	);
}
