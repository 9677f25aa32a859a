/* SPDX-License-Identifier: MIT */
/*
 * charts.js - lines over time, all drawn by uPlot, all sharing one axis of events.
 */

const SYNC = uPlot.sync("quire");
/* Eleven steps of viridis, dark to light; the ends that vanish into the page are left out. */
const VIRIDIS = [
	"#440154",
	"#482475",
	"#414487",
	"#355f8d",
	"#2a788e",
	"#21918c",
	"#22a884",
	"#44bf70",
	"#7ad151",
	"#bddf26",
	"#fde725",
];
const CATEGORIES = [
	"#0072b2",
	"#d55e00",
	"#009e73",
	"#cc79a7",
	"#e69f00",
	"#56b4e9",
	"#7b4f9d",
	"#8a8f9c",
];

/* Step @i of @n along the ramp; low orders dark on a light page, light on a dark one. */
function ramp(i, n) {
	const t = n > 1 ? i / (n - 1) : 0;
	const from = isDark() ? 10 : 0,
		to = isDark() ? 2 : 9;
	const at = from + (to - from) * t;
	const k = Math.min(VIRIDIS.length - 2, Math.floor(at));
	const c = blend(rgbOf(VIRIDIS[k]), rgbOf(VIRIDIS[k + 1]), at - k);
	return `rgb(${c.join(",")})`;
}

const category = (i) => CATEGORIES[i % CATEGORIES.length];

function short(n) {
	if (n === null || n === undefined) return "";
	const a = Math.abs(n);
	if (a >= 1e9) return +(n / 1e9).toFixed(1) + "G";
	if (a >= 1e6) return +(n / 1e6).toFixed(a < 1e7 ? 2 : 1) + "M";
	if (a >= 1e4) return +(n / 1e3).toFixed(1) + "k";
	return String(+n.toFixed(3));
}

/* 0, 1, 10, 100 ...: where an asinh axis is marked. */
function decades(u, axis, min, max) {
	const list = [0];
	for (let n = 1; n <= max; n *= 10) list.push(n);
	return list;
}

function axes(format, splitsY) {
	const common = {
		stroke: css("--muted"),
		font: "11px " + css("--sans"),
		grid: { stroke: css("--grid"), width: 1 },
		ticks: { stroke: css("--line"), width: 1, size: 4 },
	};
	return [
		{ ...common, size: 34, values: (u, v) => v.map(short), space: 70 },
		{
			...common,
			size: 56,
			values: (u, v) => v.map(format || short),
			...(splitsY ? { splits: splitsY } : {}),
		},
	];
}

/* A line at the event the map shows. */
function nowLine(app) {
	return (u) => {
		const x = u.valToPos(app.event(), "x", true);
		if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) return;
		u.ctx.save();
		u.ctx.strokeStyle = css("--pin");
		u.ctx.lineWidth = 2 * devicePixelRatio;
		u.ctx.beginPath();
		u.ctx.moveTo(x, u.bbox.top);
		u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
		u.ctx.stroke();
		u.ctx.restore();
	};
}

/* Every chart shows the same stretch of events. */
function sharedZoom(app) {
	return (u, key) => {
		if (key !== "x" || app.zooming) return;
		app.zooming = true;
		const { min, max } = u.scales.x;
		for (const other of app.plots)
			if (
				other !== u &&
				(other.scales.x.min !== min || other.scales.x.max !== max)
			)
				other.setScale("x", { min, max });
		app.zooming = false;
	};
}

/* Without a pointer over it, the legend tells the moment the map shows. */
function idleLegend(app) {
	return (u) => {
		if (u.cursor.left < 0) u.setLegend({ idx: app.sample });
	};
}

/* A click that is no drag moves the map there. */
function clickJumps(app) {
	return (u) => {
		let down = 0;
		u.over.addEventListener("mousedown", (e) => {
			down = e.clientX;
		});
		u.over.addEventListener("click", (e) => {
			if (Math.abs(e.clientX - down) < 4)
				app.jumpToEvent(
					u.posToVal(
						e.clientX - u.over.getBoundingClientRect().left,
						"x",
					),
				);
		});
	};
}

function plot(app, box, { data, series, bands, scaleY, format, splitsY }) {
	const opts = {
		width: Math.max(200, box.clientWidth),
		height: 220,
		cursor: {
			sync: { key: SYNC.key, setSeries: false },
			drag: { x: true, y: false },
			points: { size: 6 },
		},
		legend: { live: true },
		scales: { x: { time: false, range: (u, min, max) => [min, max] }, y: scaleY || {} },
		axes: axes(format, splitsY),
		series: [
			{ label: "event", value: (u, v) => (v === null ? "–" : num(v)) },
			...series,
		],
		bands,
		hooks: {
			setCursor: [idleLegend(app)],
			draw: [nowLine(app)],
			setScale: [sharedZoom(app)],
			ready: [clickJumps(app)],
		},
	};
	const u = new uPlot(opts, data, box);
	app.plots.push(u);
	return u;
}

function dropPlot(app, u) {
	app.plots = app.plots.filter((p) => p !== u);
	u.destroy();
}

/* A card with a title, controls at its right, and a chart that draw() makes anew. */
function chartCard(app, grid, title, note, controls, draw) {
	const box = el("div", { class: "chart" });
	const card = el(
		"figure",
		{ class: "card chart-card" },
		el(
			"figcaption",
			{},
			el("div", {}, el("h3", {}, title), el("p", { class: "muted small" }, note)),
			el("div", { class: "controls" }, ...controls),
		),
		box,
	);
	grid.append(card);
	let u = null;
	const redraw = () => {
		const x = u && { min: u.scales.x.min, max: u.scales.x.max };
		if (u) dropPlot(app, u);
		u = draw(box);
		if (x) u.setScale("x", x);
	};
	redraw();
	return redraw;
}

function select(label, options, value, changed) {
	const s = el(
		"select",
		{ "aria-label": label, onchange: () => changed(Number(s.value)) },
		...options.map(([v, text]) =>
			el("option", { value: v, selected: v === value }, text),
		),
	);
	return el("label", { class: "pick" }, label + " ", s);
}

function check(label, on, changed) {
	const c = el("input", {
		type: "checkbox",
		checked: on,
		onchange: () => changed(c.checked),
	});
	return el("label", { class: "pick" }, c, " " + label);
}

const zoneName = (z) => `Node ${z.nid} ${z.name}`;

/* Zones that ever had a free block; the others have no line worth a colour. */
function liveZones(run) {
	return run.zones
		.map((z, i) => [i, zoneName(z)])
		.filter(([i]) => run.samples.free[i].some((order) => order.some((n) => n)));
}

function freeOf(run, zone) {
	const free = run.samples.free;
	if (zone >= 0) return free[zone];
	return free[0].map((_, o) =>
		free[0][o].map((__, s) => free.reduce((sum, z) => sum + z[o][s], 0)),
	);
}

function freeBlocksChart(app, grid) {
	const run = app.run();
	const zones = liveZones(run);
	const view = app.view.free;
	if (!zones.some(([i]) => i === view.zone)) view.zone = -1;
	let redraw = null;
	const controls = [
		select("Zone", [[-1, "all zones"], ...zones], view.zone, (v) => {
			view.zone = v;
			redraw();
		}),
		check("log", view.log, (on) => {
			view.log = on;
			redraw();
		}),
	];
	redraw = chartCard(
		app,
		grid,
		"Free blocks per order",
		"As /proc/buddyinfo counts them",
		controls,
		(box) =>
			plot(app, box, {
				data: [run.samples.event, ...freeOf(run, view.zone)],
				series: freeOf(run, view.zone).map((_, o) => ({
					label: "2^" + o,
					stroke: ramp(o, run.nr_orders),
					width: 1.5,
					points: { show: false },
					value: (u, v) => short(v),
				})),
				splitsY: view.log ? decades : null,
				scaleY: view.log
					? {
							distr: 4,
							asinh: 1,
							range: (u, min, max) => [
								0,
								Math.max(10, max * 1.3),
							],
						}
					: { range: (u, min, max) => [0, Math.max(1, max * 1.05)] },
			}),
	);
}

/* Gorman and Whitcroft: the share of free memory in blocks too small for the order. */
function unusable(run, zone, order) {
	const free = freeOf(run, zone);
	return run.samples.event.map((_, s) => {
		let all = 0,
			usable = 0;
		free.forEach((counts, o) => {
			all += counts[s] * 2 ** o;
			usable += o >= order ? counts[s] * 2 ** o : 0;
		});
		return all ? (all - usable) / all : 0;
	});
}

function unusableChart(app, grid) {
	const run = app.run();
	const zones = liveZones(run);
	const orders = Array.from({ length: run.nr_orders }, (_, o) => [o, String(o)]).slice(1);
	const view = app.view.unusable;
	if (view.order === null) view.order = Math.min(run.block_order, run.nr_orders - 1);
	let redraw = null;
	const controls = [
		select("Order", orders, view.order, (v) => {
			view.order = v;
			redraw();
		}),
	];
	redraw = chartCard(
		app,
		grid,
		"Unusable free space index",
		"Share of free memory in blocks too small for the order",
		controls,
		(box) =>
			plot(app, box, {
				data: [
					run.samples.event,
					...zones.map(([i]) => unusable(run, i, view.order)),
				],
				series: zones.map(([, name], k) => ({
					label: name,
					stroke: category(k),
					width: 1.75,
					points: { show: false },
					value: (u, v) => (v === null ? "–" : v.toFixed(3)),
				})),
				scaleY: { range: [0, 1] },
			}),
	);
}

/* States on top of each other; a band between each sum and the one below. */
function statesChart(app, grid) {
	const run = app.run();
	const shown = DATA.frames
		.map((f, s) => s)
		.filter(
			(s) =>
				DATA.frames[s].key !== "hole" &&
				run.samples.counts[s].some((n) => n),
		);
	const sums = [];
	shown.forEach((s, k) =>
		sums.push(run.samples.counts[s].map((n, i) => n + (k ? sums[k - 1][i] : 0))),
	);
	const order = shown.map((_, k) => shown.length - 1 - k);
	chartCard(app, grid, "Memory by state", "Frames, on top of each other", [], (box) =>
		plot(app, box, {
			data: [run.samples.event, ...order.map((k) => sums[k])],
			series: order.map((k) => ({
				label: DATA.frames[shown[k]].text,
				stroke: shade(DATA.frames[shown[k]]),
				fill: shade(DATA.frames[shown[k]]),
				width: 0,
				points: { show: false },
				value: (u, v, si, i) =>
					i === null || i === undefined
						? "–"
						: short(run.samples.counts[shown[k]][i]),
			})),
			bands: order.slice(1).map((_, k) => ({ series: [k + 1, k + 2] })),
			scaleY: { range: (u, min, max) => [0, max] },
		}),
	);
}

function counterCharts(app, grid) {
	const run = app.run();
	const titles = [...new Set(run.samples.counters.map((c) => c.chart))];
	for (const title of titles) {
		const lines = run.samples.counters.filter((c) => c.chart === title);
		const units = [...new Set(lines.map((c) => c.unit))].join(", ");
		chartCard(app, grid, title, units, [], (box) =>
			plot(app, box, {
				data: [run.samples.event, ...lines.map((c) => c.values)],
				series: lines.map((c, k) => ({
					label: c.name,
					stroke: category(k),
					width: 1.75,
					points: { show: false },
					value: (u, v) => short(v),
				})),
				scaleY: { range: (u, min, max) => [0, Math.max(1, max * 1.05)] },
			}),
		);
	}
}

function buildCharts(app) {
	const grid = document.getElementById("chart-grid");
	for (const u of app.chartPlots) dropPlot(app, u);
	const before = app.plots.length;
	grid.replaceChildren();
	statesChart(app, grid);
	freeBlocksChart(app, grid);
	unusableChart(app, grid);
	counterCharts(app, grid);
	objectsChart(app, grid);
	spacesCharts(app, grid);
	app.chartPlots = app.plots.slice(before);
}
