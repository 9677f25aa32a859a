/* SPDX-License-Identifier: MIT */
/*
 * marks.js - the time line of what happened: a lane per kind of mark, in uPlot.
 *
 * Data of lane k: y = k where a mark of that kind begins. uPlot brings the axis,
 * the cursor and the zoom; a hook of its own draws each mark as a stroke that is
 * wider and stronger where many marks merged.
 */

function laneList(run) {
	return DATA.marks
		.map((kind, k) => ({ kind, marks: run.marks[k].marks, total: run.marks[k].total }))
		.filter((lane) => lane.marks.length);
}

function drawLanes(lanes) {
	return (u) => {
		const { ctx, bbox } = u;
		const px = devicePixelRatio;
		ctx.save();
		ctx.beginPath();
		ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
		ctx.clip();
		lanes.forEach((lane, k) => {
			const y = u.valToPos(k, "y", true);
			const half = Math.min(9 * px, (bbox.height / lanes.length) * 0.36);
			ctx.fillStyle = css("--grid");
			ctx.fillRect(bbox.left, y - px / 2, bbox.width, px);
			ctx.fillStyle = shade(lane.kind);
			const most = Math.log(1 + Math.max(...lane.marks.map((m) => m[4])));
			for (const [first, last, , , count] of lane.marks) {
				ctx.globalAlpha = 0.4 + (0.6 * Math.log(1 + count)) / most;
				const x = u.valToPos(first, "x", true);
				const w = Math.max(2 * px, u.valToPos(last, "x", true) - x);
				ctx.fillRect(x - px, y - half, w, 2 * half);
			}
			ctx.globalAlpha = 1;
		});
		ctx.restore();
	};
}

/* The mark nearest to a point of the strip, within 8 pixels of its lane. */
function nearestMark(u, lanes, px, py) {
	const k = Math.round(u.posToVal(py, "y"));
	if (!lanes[k]) return null;
	let best = null;
	for (const mark of lanes[k].marks) {
		const x0 = u.valToPos(mark[0], "x"),
			x1 = u.valToPos(mark[1], "x");
		const d = px < x0 ? x0 - px : Math.max(0, px - x1);
		if (d <= 8 && (!best || d < best.d)) best = { d, mark, lane: lanes[k] };
	}
	return best;
}

function markWords({ mark, lane }) {
	const [first, last, ns, pfn, count, text] = mark;
	const when = first === last ? `event ${num(first)}` : `events ${num(first)} – ${num(last)}`;
	const parts = [
		lane.kind.text + (count > 1 ? ` ×${num(count)}` : ""),
		when + (ns ? `, ${time(ns)}` : ""),
	];
	if (pfn >= 0) parts.push("frame " + hex(pfn));
	if (text) parts.push((count > 1 ? "first: " : "") + text);
	return parts.join(" · ");
}

function buildMarks(app) {
	const box = document.getElementById("marks");
	const words = document.getElementById("mark-text");
	const run = app.run();
	const lanes = laneList(run);
	if (app.marksPlot) dropPlot(app, app.marksPlot);
	app.marksPlot = null;
	box.replaceChildren();
	const idle = lanes.length ? "Click a mark to go to its moment." : "No marks in this run.";
	words.textContent = idle;
	if (!lanes.length) return;

	const events = run.samples.event;
	const xs = [events[0], events[events.length - 1]];
	const base = axes();
	base[1].size = AXIS_LANES;
	base[1].grid = { show: false };
	base[1].ticks = { show: false };
	base[1].splits = () => lanes.map((_, k) => k);
	base[1].values = () => lanes.map((l) => `${l.kind.key} ${short(l.total)}`);
	const u = new uPlot(
		{
			width: Math.max(200, box.clientWidth),
			height: 44 + lanes.length * 24,
			cursor: {
				sync: { key: SYNC.key, setSeries: false },
				y: false,
				drag: { x: true, y: false },
				points: { show: false },
			},
			legend: { show: false },
			scales: {
				x: { time: false, range: (v, min, max) => [min, max] },
				y: { dir: -1, range: [-0.5, lanes.length - 0.5] },
			},
			axes: base,
			series: [
				{},
				...lanes.map((l) => ({
					label: l.kind.text,
					points: { show: false },
				})),
			],
			hooks: {
				draw: [drawLanes(lanes), nowLine(app)],
				setScale: [sharedZoom(app)],
			},
		},
		[xs, ...lanes.map((_, k) => [k, k])],
		box,
	);
	app.plots.push(u);
	app.marksPlot = u;

	const find = (e) => {
		const r = u.over.getBoundingClientRect();
		return nearestMark(u, lanes, e.clientX - r.left, e.clientY - r.top);
	};
	let down = 0;
	u.over.addEventListener("mousedown", (e) => {
		down = e.clientX;
	});
	u.over.addEventListener("mousemove", (e) => {
		const hit = find(e);
		u.over.style.cursor = hit ? "pointer" : "default";
		words.textContent = hit ? markWords(hit) : idle;
	});
	u.over.addEventListener("click", (e) => {
		if (Math.abs(e.clientX - down) >= 4) return;
		const hit = find(e);
		if (hit) app.jumpToMark(hit.mark);
		else
			app.jumpToEvent(
				u.posToVal(e.clientX - u.over.getBoundingClientRect().left, "x"),
			);
	});
}

const AXIS_LANES = 128;
