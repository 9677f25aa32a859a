/* SPDX-License-Identifier: MIT */
/*
 * main.js - one app object: which run, which sample, and everything that follows from them.
 */

const app = {
	cells: [],
	nr: 0,
	sample: 0,
	plots: [],
	chartPlots: [],
	marksPlot: null,
	zooming: false,
	timer: null,
	view: { free: { zone: -1, log: true }, unusable: { order: null } },
	run() {
		return DATA.runs[this.nr];
	},
	event() {
		return this.run().samples.event[this.sample];
	},
};

const byId = (id) => document.getElementById(id);

app.jump = (sample) => {
	const last = app.run().samples.event.length - 1;
	app.sample = Math.min(Math.max(0, sample), last);
	app.cells[app.nr].seek(app.sample);
	app.compare.seek();
	app.map.paint();
	app.refresh();
};

/* The sample that shows an event: the first one taken at or after it. */
app.jumpToEvent = (event, after) => {
	const events = app.run().samples.event;
	let i = events.findIndex((e) => e >= event);
	if (i < 0) i = events.length - 1;
	if (!after && i > 0 && event - events[i - 1] < events[i] - event) i--;
	app.jump(i);
};

app.jumpToMark = ([first, , , pfn]) => {
	const run = app.run();
	app.jumpToEvent(first, true);
	if (pfn >= run.first_pfn && pfn < run.first_pfn + run.nr_frames)
		app.setPin(Math.floor((pfn - run.first_pfn) / 2 ** run.cell_shift));
};

/* What must be said again after the sample, the pin or the run changed. */
app.refresh = () => {
	const run = app.run(),
		s = app.sample,
		samples = run.samples;
	const label = samples.labels.find(([i]) => i === s);
	byId("slider").max = samples.event.length - 1;
	byId("slider").value = s;
	byId("slider").setAttribute("aria-valuetext", `event ${num(samples.event[s])}`);
	byId("when").replaceChildren(
		...[
			el("b", {}, "event " + num(samples.event[s])),
			el("span", { class: "muted" }, time(samples.time_ns[s])),
			el(
				"span",
				{ class: "muted" },
				`sample ${s + 1} of ${samples.event.length}`,
			),
			label ? el("span", { class: "chip" }, label[1]) : null,
			app.map.against ? el("span", { class: "chip" }, app.compare.words()) : null,
		].filter((e) => e),
	);
	fillLegend(byId("legend"), run, s, app.map.only);
	fillInspect(byId("inspect"), app.cells[app.nr], app.map.layout, app.map.pin, s, app.jump);
	drawSpace(app, false);
	for (const u of app.plots) {
		u.redraw(false, false);
		if (u.cursor.left < 0 && u !== app.marksPlot) u.setLegend({ idx: s });
	}
};

app.setPin = (cell) => {
	app.map.pin = cell;
	app.map.draw();
	app.refresh();
};

app.play = (on) => {
	const last = app.run().samples.event.length - 1;
	clearInterval(app.timer);
	app.timer = null;
	if (on) {
		if (app.sample >= last) app.jump(0);
		app.timer = setInterval(
			() => (app.sample >= last ? app.play(false) : app.jump(app.sample + 1)),
			120,
		);
	}
	byId("play-icon").setAttribute("d", on ? "M3 2h4v12H3zM9 2h4v12H9z" : "M3 1.5v13l11-6.5z");
	byId("play").setAttribute("aria-label", on ? "Pause" : "Play");
};

app.showRun = async (nr) => {
	const event = app.map.layout ? app.event() : null;
	app.play(false);
	if (!app.cells[nr]) app.cells[nr] = await loadCells(nr);
	app.nr = nr;
	await app.compare.aim();
	app.sample = 0;
	app.map.pin = app.map.pin !== null && app.map.pin < app.run().nr_cells ? app.map.pin : null;
	app.cells[nr].seek(0);
	app.map.show(app.cells[nr]);
	app.rebuild();
	if (event !== null) app.jumpToEvent(event);
	else app.jump(app.run().samples.event.length - 1);
};

/* How to read the map, in one line. */
function scaleWords(run, layout) {
	const per = 2 ** run.cell_shift;
	const squares = per === 1 ? "one square each" : `${num(per)} to a square`;
	const blocks = layout.columns === 1 ? "one page block" : `${layout.columns} page blocks`;
	const size = bytes(run.page_size * layout.perBlock);
	return (
		`${num(run.nr_frames)} frames of ${bytes(run.page_size)}, ${squares}; a row is ` +
		`${blocks} of ${size}, after a bar in its migrate type's colour`
	);
}

/* All that wears colours or sizes. */
app.rebuild = () => {
	const run = app.run();
	buildLegend(byId("legend"), run, app.map, () => {
		app.map.paint();
		app.refresh();
	});
	buildCharts(app);
	buildObjects(app);
	buildSpaces(app);
	buildMarks(app);
	byId("map-scale").textContent = scaleWords(run, app.map.layout);
	for (const button of byId("run-switch").children)
		button.setAttribute("aria-checked", String(Number(button.dataset.run) === app.nr));
};

function gotoFrame(text) {
	const run = app.run();
	const pfn = Number(text.trim());
	const known =
		text.trim() !== "" &&
		Number.isInteger(pfn) &&
		pfn >= run.first_pfn &&
		pfn < run.first_pfn + run.nr_frames;
	const cell = known ? Math.floor((pfn - run.first_pfn) / 2 ** run.cell_shift) : -1;
	const shown = known && app.map.layout.cellPlace(cell);
	byId("goto").setCustomValidity(
		shown
			? ""
			: `A page frame number from ${hex(run.first_pfn)} to ${hex(run.first_pfn + run.nr_frames - 1)}`,
	);
	byId("goto").reportValidity();
	if (shown) {
		app.setPin(cell);
		app.map.reveal(cell);
	}
}

function listen() {
	byId("zoom-in").onclick = () => app.map.zoom(1.6);
	byId("zoom-out").onclick = () => app.map.zoom(1 / 1.6);
	byId("zoom-fit").onclick = () => app.map.fit();
	byId("slider").oninput = (e) => app.jump(Number(e.target.value));
	byId("play").onclick = () => app.play(!app.timer);
	byId("step-back").onclick = () => app.jump(app.sample - 1);
	byId("step-on").onclick = () => app.jump(app.sample + 1);
	byId("goto").onkeydown = (e) => {
		if (e.key === "Enter") gotoFrame(e.target.value);
	};
	byId("goto").oninput = (e) => e.target.setCustomValidity("");
	byId("map").addEventListener("keydown", (e) => {
		if (e.key === "[" || e.key === "]") app.jump(app.sample + (e.key === "]" ? 1 : -1));
		if (e.key === " ") {
			e.preventDefault();
			app.play(!app.timer);
		}
	});
	const again = () => {
		app.map.relayout();
		app.map.paint();
		app.rebuild();
		app.refresh();
	};
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
	let width = innerWidth,
		wait = null;
	addEventListener("resize", () => {
		if (innerWidth === width) return;
		width = innerWidth;
		clearTimeout(wait);
		wait = setTimeout(again, 120);
	});
}

function buildSwitch() {
	const box = byId("run-switch");
	box.hidden = DATA.runs.length < 2;
	byId("hint").hidden = !box.hidden;
	DATA.runs.forEach((run, i) =>
		box.append(
			el(
				"button",
				{
					type: "button",
					role: "radio",
					"data-run": i,
					onclick: () => app.showRun(i),
				},
				el("b", {}, String.fromCharCode(65 + i)),
				" " + run.name,
			),
		),
	);
}

async function start() {
	byId("title").textContent = DATA.title;
	byId("subtitle").textContent = DATA.subtitle;
	const { objects_page: _, spaces_page: __, ...report } = DATA.report;
	byId("raw").textContent = JSON.stringify(report, null, 2);
	buildTables(reportsOf(DATA.report, DATA.runs.length));
	buildSwitch();
	app.compare = new Compare(app);
	app.map = new FrameMap(byId("map"), {
		hovered: (hit, x, y) => fillTip(byId("tip"), app.map, hit, x, y),
		pinned: app.setPin,
		moved: () => {
			byId("tip").hidden = true;
		},
	});
	await app.showRun(0);
	listen();
	document.documentElement.dataset.ready = "yes";
}

start().catch((error) => {
	byId("notice").hidden = false;
	byId("notice").textContent =
		"This report could not be drawn: " +
		error.message +
		(typeof DecompressionStream === "undefined"
			? " (the browser has no DecompressionStream; use one of 2023 or later)"
			: "");
	throw error;
});
