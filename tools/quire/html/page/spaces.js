/* SPDX-License-Identifier: MIT */
/*
 * spaces.js - address spaces: a process's mappings side by side, gaps folded; resident memory by
 * process and faults by kind over time.
 *
 * A mapping is [start, pages, kind, permissions, name, resident, shared, anonymous, swapped]. Mappings
 * are known at some moments only; the last one before the event that the map shows is drawn.
 */

const [V_START, V_PAGES, V_KIND, V_MODE, V_NAME, V_RESIDENT, V_SHARED, V_ANON, V_SWAPPED] = [
	0, 1, 2, 3, 4, 5, 6, 7, 8,
];
/* By the order of the file's kinds: file, anon, heap, stack, shared, special. */
const KIND_COLOURS = ["#0072b2", "#d55e00", "#e69f00", "#009e73", "#cc79a7", "#8a8f9c"];
const KIND_WORDS = {
	file: "file, private",
	anon: "anonymous",
	heap: "heap",
	stack: "stack",
	shared: "shared",
	special: "special",
};
const SPACE_LINES = 7; /* processes with a line of their own */

const spacesOf = () => {
	const s = DATA.report.spaces_page;
	return s && s.event && s.event.length ? s : null;
};
const address = (n) => n.toString(16).padStart(8, "0");
const processName = (p) => `${p.pid} ${p.name || "?"}`;
const residentOf = (p) => p.file.map((n, i) => n + p.anon[i] + p.shmem[i]);

/* The mappings known last before @event, or the first ones there are. */
function momentAt(spaces, event) {
	let found = spaces.moments[0];
	for (const m of spaces.moments) if (spaces.event[m.sample] <= event) found = m;
	return found;
}

/* --- over time -------------------------------------------------------------------------- */

function stackedChart(app, grid, title, note, spaces, lines) {
	const event = app.run().samples.event;
	const values = lines.map(([, v]) => resample(spaces.event, v, event));
	const sums = [];
	values.forEach((v, k) => sums.push(v.map((n, i) => n + (k ? sums[k - 1][i] : 0))));
	const order = lines.map((_, k) => lines.length - 1 - k);
	chartCard(app, grid, title, note, [], (box) =>
		plot(app, box, {
			data: [event, ...order.map((k) => sums[k])],
			series: order.map((k) => ({
				label: lines[k][0],
				stroke: category(k),
				fill: category(k),
				width: 0,
				points: { show: false },
				value: (u, v, si, i) =>
					i === null || i === undefined ? "–" : short(values[k][i]),
			})),
			bands: order.slice(1).map((_, k) => ({ series: [k + 1, k + 2] })),
			scaleY: { range: (u, min, max) => [0, Math.max(1, max)] },
		}),
	);
}

function spacesCharts(app, grid) {
	const spaces = spacesOf();
	if (!spaces) return;
	const all = [...spaces.processes].sort((a, b) => b.peak - a.peak || a.pid - b.pid);
	const lines = all.slice(0, SPACE_LINES).map((p) => [processName(p), residentOf(p)]);
	const rest = all.slice(SPACE_LINES).map(residentOf);
	if (rest.length)
		lines.push([
			`${num(rest.length)} others`,
			spaces.event.map((_, i) => rest.reduce((sum, v) => sum + v[i], 0)),
		]);
	stackedChart(app, grid, "Resident memory by process", "Pages mapped, shared ones each time", spaces, lines);
	const faults = spaces.faults.filter((f) => f.count[f.count.length - 1]);
	stackedChart(
		app,
		grid,
		"Page faults by kind",
		"Since the beginning, in the replay",
		spaces,
		faults.map((f) => [f.name, f.count]),
	);
}

/* --- one process ------------------------------------------------------------------------- */

/* Where nothing is mapped: folded to the same width, whatever it is. */
function gap(bytesFree) {
	const words = `gap of ${bytes(bytesFree)}`;
	return el("span", { class: "gap", role: "listitem", "aria-label": words, title: words }, "⋯");
}

function vmaWords(v, page) {
	return (
		`${address(v[V_START])}-${address(v[V_START] + v[V_PAGES] * page)} ${v[V_MODE]} ` +
		`${v[V_NAME] || "anonymous"}: ${bytes(v[V_PAGES] * page)}, ` +
		`${bytes(v[V_RESIDENT] * page)} resident, ${bytes(v[V_SHARED] * page)} of it shared, ` +
		`${bytes(v[V_SWAPPED] * page)} swapped`
	);
}

/* To scale in width; from below: resident of its own, shared, swapped out. */
function vmaBar(app, v, i, page) {
	const part = (name, pages) =>
		el("i", { class: name, style: { height: (100 * pages) / Math.max(1, v[V_PAGES]) + "%" } });
	const bar = el(
		"button",
		{
			type: "button",
			class: "vma",
			role: "listitem",
			"data-vma": i,
			"aria-pressed": String(app.view.vma === v[V_START]),
			"aria-label": vmaWords(v, page),
			title: vmaWords(v, page),
			style: { flexGrow: v[V_PAGES] },
			onclick: () => {
				app.view.vma = app.view.vma === v[V_START] ? null : v[V_START];
				drawSpace(app, true);
			},
		},
		part("swapped", v[V_SWAPPED]),
		part("shared", v[V_SHARED]),
		part("own", v[V_RESIDENT] - v[V_SHARED]),
	);
	bar.style.setProperty("--kind", KIND_COLOURS[v[V_KIND]]);
	return bar;
}

function spaceStrip(app, vmas, page) {
	const cells = [];
	vmas.forEach((v, i) => {
		const before = i ? vmas[i - 1][V_START] + vmas[i - 1][V_PAGES] * page : v[V_START];
		if (v[V_START] > before) cells.push(gap(v[V_START] - before));
		cells.push(vmaBar(app, v, i, page));
	});
	return cells;
}

function vmaRow(app, v, i, page) {
	const value = (pages) => el("td", { class: "value" }, pages ? bytes(pages * page) : "–");
	return el(
		"tr",
		{ "data-vma": i, class: app.view.vma === v[V_START] ? "chosen" : "" },
		el("th", { scope: "row", class: "mono" }, address(v[V_START])),
		el("td", { class: "mono" }, v[V_MODE]),
		value(v[V_PAGES]),
		value(v[V_RESIDENT]),
		value(v[V_SHARED]),
		value(v[V_ANON]),
		value(v[V_SWAPPED]),
		el(
			"td",
			{},
			el("i", { class: "key", style: { background: KIND_COLOURS[v[V_KIND]] } }),
			v[V_NAME] || "anonymous",
		),
	);
}

function spaceWords(spaces, p, m, vmas, page) {
	const sum = (k) => vmas.reduce((all, v) => all + v[k], 0);
	return (
		`${processName(p)} at event ${num(spaces.event[m.sample])}: ${num(vmas.length)} mappings, ` +
		`${bytes(sum(V_PAGES) * page)}, ${bytes(sum(V_RESIDENT) * page)} resident, ` +
		`${bytes(sum(V_SHARED) * page)} of it shared, ${bytes(sum(V_SWAPPED) * page)} swapped`
	);
}

/* The processes of a moment, those with most mapped pages first; keeps the chosen one. */
function chooseProcess(app, spaces, m) {
	const box = byId("space-process");
	const there = m.spaces
		.map((s) => [s.process, s.vmas.reduce((n, v) => n + v[V_RESIDENT], 0)])
		.sort((a, b) => b[1] - a[1] || a[0] - b[0]);
	if (!there.some(([p]) => p === app.view.process))
		app.view.process = there.length ? there[0][0] : null;
	box.replaceChildren(
		...there.map(([p]) =>
			el(
				"option",
				{ value: p, selected: p === app.view.process },
				processName(spaces.processes[p]),
			),
		),
	);
	box.onchange = () => {
		app.view.process = Number(box.value);
		app.view.vma = null;
		drawSpace(app, true);
	};
}

/* Again only when the moment or what is chosen changed. */
function drawSpace(app, anew) {
	const spaces = spacesOf();
	if (!spaces) return;
	const m = momentAt(spaces, app.event());
	if (!anew && m === app.view.moment) return;
	app.view.moment = m;
	chooseProcess(app, spaces, m);
	const page = app.run().page_size;
	const space = m.spaces.find((s) => s.process === app.view.process);
	const vmas = space ? space.vmas : [];
	byId("space-words").textContent = space
		? spaceWords(spaces, spaces.processes[space.process], m, vmas, page)
		: `At event ${num(spaces.event[m.sample])} no process had an address space.`;
	byId("space-strip").replaceChildren(...spaceStrip(app, vmas, page));
	byId("t-space").replaceChildren(
		el("caption", {}, "Mappings by address"),
		head("Address", ["Access", "Size", "Resident", "Shared", "Anonymous", "Swapped", "What"]),
		el("tbody", {}, ...vmas.map((v, i) => vmaRow(app, v, i, page))),
	);
}

function buildSpaces(app) {
	const spaces = spacesOf();
	byId("spaces").hidden = byId("nav-spaces").hidden = !spaces;
	if (!spaces) return;
	byId("space-legend").replaceChildren(
		...spaces.kinds.map((kind, k) =>
			el(
				"span",
				{},
				el("i", { class: "key", style: { background: KIND_COLOURS[k] } }),
				KIND_WORDS[kind],
			),
		),
		el("span", {}, el("i", { class: "key shared" }), "shared with others"),
		el("span", {}, el("i", { class: "key swapped" }), "swapped out"),
	);
	drawSpace(app, true);
}
