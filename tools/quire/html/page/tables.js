/* SPDX-License-Identifier: MIT */
/*
 * tables.js - the fidelity tables: what the report's JSON says, beside each other per run.
 */

const CHECKS = [
	["boot_alloc", "Boot allocations", [["same", "total", "same address"]]],
	[
		"page_alloc",
		"Page allocations",
		[
			["same_pfn", "total", "same page frame"],
			["same_pageblock", "total", "same page block"],
			["same_zone", "total", "same zone"],
		],
	],
	["refill", "Per-CPU refills", [["predicted", "recorded", "predicted"]]],
	["drain", "Per-CPU drains", [["predicted", "recorded", "predicted"]]],
	[
		"extfrag",
		"Fallbacks (extfrag)",
		[
			["predicted", "recorded", "predicted"],
			["same", "recorded", "same block"],
		],
	],
	[
		"slab",
		"Objects",
		[
			["bytes_alloc_same", "bytes_alloc_total", "slot and class"],
			["same_slab", "same_slab_total", "same slab"],
			["active_objs_within_2_percent", "caches", "caches, active objects near"],
			["num_slabs_within_2_percent", "caches", "caches, slabs near"],
		],
	],
	["exact_prefix", "Exact prefix", [["events", "of", "checks before the first difference"]]],
];

const isNumber = (v) => typeof v === "number" && Number.isFinite(v);

function shareCell(part, all) {
	const share = all ? Math.min(1, part / all) : 0;
	const full = all > 0 && part === all;
	return el(
		"td",
		{ class: "share" },
		el(
			"div",
			{ class: "share-row" },
			el(
				"span",
				{ class: "bar" + (full ? " full" : ""), "aria-hidden": "true" },
				el("i", { style: { width: 100 * share + "%" } }),
			),
			el("b", {}, percent(part, all)),
		),
		el("span", { class: "of" }, `${num(part)} of ${num(all)}`),
	);
}

function head(title, columns, align) {
	return el(
		"thead",
		{},
		el(
			"tr",
			{},
			el("th", { scope: "col" }, title),
			...columns.map((c) => el("th", { scope: "col", class: align || null }, c)),
		),
	);
}

const runNames = (reports) =>
	reports.map((r, i) => (DATA.runs[i] ? DATA.runs[i].name : r.name || "run " + (i + 1)));

/* Only runs that were compared have a column: a what-if has no recording to be held against. */
function checksTable(table, all) {
	const names = runNames(all).filter((_, i) => all[i].fidelity);
	const reports = all.filter((r) => r.fidelity);
	const body = el("tbody", {});
	for (const [key, title, lines] of CHECKS) {
		const groups = reports.map((r) => r.fidelity[key]);
		if (!groups.some((g) => g)) continue;
		lines.forEach(([part, whole, words], i) => {
			const cells = groups.map((g) =>
				g && isNumber(g[part]) && isNumber(g[whole])
					? shareCell(g[part], g[whole])
					: el("td", { class: "share none" }, "–"),
			);
			body.append(
				el(
					"tr",
					{
						class: i ? "more" : "first",
						"data-check": `${key}.${part}`,
					},
					el(
						"th",
						{ scope: "row" },
						i ? null : title,
						el("span", { class: "of" }, words),
					),
					...cells,
				),
			);
		});
	}
	if (!body.children.length)
		body.append(
			el(
				"tr",
				{},
				el(
					"td",
					{ class: "muted", colspan: reports.length + 1 },
					"This report compares nothing with a recording.",
				),
			),
		);
	table.replaceChildren(el("caption", {}, "Choices compared"), head("Check", names), body);
}

function snapshotsTable(card, table, reports) {
	const list = (reports[0].fidelity || {}).snapshots;
	card.hidden = !Array.isArray(list) || !list.length;
	if (card.hidden) return;
	table.replaceChildren(
		el("caption", {}, "Snapshots: cells of /proc files"),
		head("Snapshot", ["File", "Equal", "Within 2 %"]),
		el(
			"tbody",
			{},
			...list.map((s) =>
				el(
					"tr",
					{},
					el("th", { scope: "row" }, String(s.name)),
					el("td", { class: "mono" }, String(s.file)),
					shareCell(s.equal, s.cells),
					shareCell(s.within_2_percent, s.cells),
				),
			),
		),
	);
}

function framesTable(card, table, reports) {
	const list = (reports[0].fidelity || {}).frames;
	card.hidden = !Array.isArray(list) || !list.length;
	if (card.hidden) return;
	table.replaceChildren(
		el("caption", {}, "Every page frame, against kpageflags"),
		head("Snapshot", ["Free in both, or in neither"]),
		el(
			"tbody",
			{},
			...list.map((s) =>
				el(
					"tr",
					{},
					el("th", { scope: "row" }, String(s.name)),
					shareCell(s.same_free, s.total),
				),
			),
		),
	);
}

/* What the replay was told beyond the machine: strings, or objects with words and a count. */
function toldCard(card, reports) {
	const report = reports[0],
		fidelity = report.fidelity || {};
	const told =
		[fidelity.told, report.told, report.inputs, report.told_inputs].find(
			Array.isArray,
		) || [];
	const counts =
		!told.length && report.inputs && typeof report.inputs === "object"
			? Object.entries(report.inputs).filter(
					([k, v]) => isNumber(v) && v && k !== "inferred_bulk_pages",
				)
			: [];
	const items = counts
		.map(([k, v]) => `${k.replaceAll("_", " ")}: ${num(v)}`)
		.concat(
			told.map((t) =>
				typeof t === "object" && t !== null
					? Object.entries(t)
							.map(([k, v]) => `${k}: ${v}`)
							.join(", ")
					: String(t),
			),
		);
	if (isNumber(fidelity.inferred_bulk_pages))
		items.push(
			fidelity.inferred_bulk_pages
				? `bulk allocations: ${num(fidelity.inferred_bulk_pages)} pages inferred, not recorded`
				: "no bulk allocation had to be inferred",
		);
	card.hidden = !items.length;
	card.replaceChildren(
		el("h3", {}, "Told to the replay"),
		el("ul", { class: "plain" }, ...items.map((i) => el("li", {}, i))),
	);
}

/* Everything else that is a number or a word, by its path. */
function flatten(value, path, out) {
	if (Array.isArray(value)) return;
	if (value && typeof value === "object") {
		for (const [k, v] of Object.entries(value))
			if (
				!(path === "" && /^(what_if|runs|slab|objects_page)$/.test(k)) &&
				!(path === "fidelity" && CHECKS.some((c) => c[0] === k)) &&
				!(path === "" && k === "inputs")
			)
				flatten(v, path ? path + "." + k : k, out);
	} else if (value !== null && path !== "fidelity.inferred_bulk_pages") {
		out.set(path, value);
	}
}

function metricsTable(card, table, reports) {
	const flat = reports.map((r) => {
		const out = new Map();
		flatten(r, "", out);
		return out;
	});
	/* A run's own state says something beside another run's only, and only where they differ. */
	const differs = (k) => flat.some((m) => m.get(k) !== flat[0].get(k));
	const dull = (k) =>
		k.startsWith("metrics.") && !/^metrics\.(requests|failed)$/.test(k)
			? flat.length < 2 || !differs(k)
			: k.startsWith("metrics.")
				? flat.length < 2
				: /^(trouble|run)\./.test(k) && flat.every((m) => !m.get(k));
	const keys = [...new Set(flat.flatMap((m) => [...m.keys()]))].filter((k) => !dull(k));
	card.hidden = !keys.length;
	const cell = (v) =>
		el(
			"td",
			{ class: "value" },
			v === undefined
				? "–"
				: isNumber(v)
					? Number.isInteger(v)
						? num(v)
						: String(+v.toPrecision(6))
					: String(v),
		);
	table.replaceChildren(
		el("caption", {}, flat.length > 1 ? "Measures, where the runs differ" : "Measures"),
		head("Measure", runNames(reports)),
		el(
			"tbody",
			{},
			...keys.map((k) =>
				el(
					"tr",
					{ "data-metric": k },
					el("th", { scope: "row", class: "mono" }, k),
					...flat.map((m) => cell(m.get(k))),
				),
			),
		),
	);
}

function tile(title, value, words, good) {
	return el(
		"div",
		{ class: "tile" + (good ? " good" : "") },
		el("span", { class: "tile-title" }, title),
		el("b", {}, value),
		el("span", { class: "of" }, words),
	);
}

function buildTiles(box, report) {
	const f = report.fidelity || {};
	const share = (title, g, part, all, words) => {
		if (g && isNumber(g[part]) && isNumber(g[all]))
			box.append(
				tile(
					title,
					percent(g[part], g[all]),
					`${num(g[part])} of ${num(g[all])} ${words}`,
					g[all] > 0 && g[part] === g[all],
				),
			);
	};
	box.replaceChildren();
	share("Same page frame", f.page_alloc, "same_pfn", "total", "allocations");
	share("Exact prefix", f.exact_prefix, "events", "of", "checks");
	if (Array.isArray(f.snapshots) && f.snapshots.length) {
		const equal = f.snapshots.reduce((n, s) => n + s.equal, 0),
			cells = f.snapshots.reduce((n, s) => n + s.cells, 0);
		box.append(
			tile(
				"Snapshot cells equal",
				percent(equal, cells),
				`${num(equal)} of ${num(cells)} cells`,
				equal === cells,
			),
		);
	}
	share("Boot allocations", f.boot_alloc, "same", "total", "same address");
	if (isNumber(report.events))
		box.append(
			tile(
				"Events replayed",
				num(report.events),
				isNumber(report.events_per_second)
					? `${short(report.events_per_second)} per second`
					: "",
				false,
			),
		);
}

function buildTables(reports) {
	const by = (id) => document.getElementById(id);
	buildTiles(by("tiles"), reports[0]);
	checksTable(by("t-checks"), reports);
	snapshotsTable(by("c-snapshots"), by("t-snapshots"), reports);
	framesTable(by("c-frames"), by("t-frames"), reports);
	toldCard(by("c-told"), reports);
	metricsTable(by("c-metrics"), by("t-metrics"), reports);
}
