/* SPDX-License-Identifier: MIT */
/*
 * map.js - the map of page frames: one cell per frame, one row per page block.
 *
 * World coordinates are cells. A zone is a band of rows below a gap for its
 * name; a row holds `columns` page blocks, each behind a bar in the colour of
 * the block's type. All of it is painted once per sample into an image of one
 * pixel per cell; the view only places and scales that image.
 *
 *	   gap: Node 0, zone DMA32
 *	|##cells of block 0###|##cells of block 1###|
 *	|##cells of block 2###|##cells of block 3###|
 *	^ type bar
 */

const AXIS = 86; /* pixels left of the map for frame numbers */
const ZONE_GAP = 22; /* pixels above a zone for its name */

function rgbOf(color) {
	const n = parseInt(color.slice(1), 16);
	return [(n >> 16) & 255, (n >> 8) & 255, n & 255];
}

const pack = ([r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
const blend = (a, b, t) => a.map((v, i) => Math.round(v + (b[i] - v) * t));

/* Which blocks each zone shows, and how many rows: pure geometry. */
class Layout {
	constructor(run, columns, gap) {
		this.run = run;
		this.columns = columns;
		this.gap = gap;
		this.width = 2 ** (run.block_order + run.block_shift - run.cell_shift);
		this.bar = Math.max(1, Math.round(this.width / 64));
		this.lead = this.bar + Math.max(1, Math.round(this.width / 256));
		this.pitch = this.lead + this.width + Math.max(1, Math.round(this.width / 128));
		this.perBlock = 2 ** (run.block_order + run.block_shift);
		this.bands = [];
		this.place();
	}

	place() {
		const run = this.run;
		const gap = this.gap;
		let next = 0,
			y = 0;
		for (const zone of run.zones) {
			const from = Math.max(
				next,
				Math.floor((zone.start - run.first_pfn) / this.perBlock),
			);
			const to = Math.min(
				run.nr_blocks,
				Math.ceil((zone.end - run.first_pfn) / this.perBlock),
			);
			if (to <= from) continue;
			y += gap;
			const height = Math.ceil((to - from) / this.columns);
			this.bands.push({ zone, from, to, y, height, gap });
			y += height;
			next = to;
		}
		this.w = this.columns * this.pitch;
		this.h = Math.max(1, y);
	}

	/* Top left of a block's first cell; null when no zone shows it. */
	blockAt(block) {
		const band = this.bands.find((b) => block >= b.from && block < b.to);
		if (!band) return null;
		const k = block - band.from;
		return {
			x: (k % this.columns) * this.pitch + this.lead,
			y: band.y + Math.floor(k / this.columns),
		};
	}

	cellAt(x, y) {
		const band = this.bands.find((b) => y >= b.y && y < b.y + b.height);
		if (!band || x < 0 || x >= this.w) return null;
		const column = Math.floor(x / this.pitch);
		const block = band.from + Math.floor(y - band.y) * this.columns + column;
		const inside = Math.floor(x - column * this.pitch) - this.lead;
		if (block >= band.to || inside >= this.width) return null;
		const cell = block * this.width + Math.max(0, inside);
		return cell < this.run.nr_cells ? { cell, block, band, onBar: inside < 0 } : null;
	}

	cellPlace(cell) {
		const at = this.blockAt(Math.floor(cell / this.width));
		return at && { x: at.x + (cell % this.width), y: at.y };
	}
}

/* The number of blocks per row with which the whole fits a view largest, and that scale. */
function bestLayout(run, w, h) {
	let best = null;
	for (
		let columns = 1;
		columns <= Math.max(1, run.nr_blocks);
		columns = Math.ceil(columns * 1.1 + 0.5)
	) {
		const bare = new Layout(run, columns, 0);
		/* As many rows for a zone's name as its letters need. */
		const gap = Math.ceil(
			ZONE_GAP /
				Math.min(
					w / bare.w,
					Math.max(1, h - bare.bands.length * ZONE_GAP) / bare.h,
				),
		);
		const layout = new Layout(run, columns, gap);
		const scale = Math.min(w / layout.w, h / layout.h);
		if (layout.w <= 16000 && layout.h <= 16000 && (!best || scale > best.scale))
			best = { layout, scale };
	}
	return best;
}

class FrameMap {
	constructor(canvas, hooks) {
		this.canvas = canvas;
		this.ctx = canvas.getContext("2d");
		this.hooks = hooks;
		this.only = new Set();
		this.against = null;
		this.pin = null;
		this.hover = null;
		this.image = document.createElement("canvas");
		this.listen();
	}

	show(cells) {
		const same =
			this.cells &&
			this.cells.run.nr_cells === cells.run.nr_cells &&
			this.cells.run.first_pfn === cells.run.first_pfn;
		this.cells = cells;
		if (!same || !this.layout) this.relayout();
		else this.layout = new Layout(cells.run, this.layout.columns, this.layout.gap);
		this.paint();
	}

	relayout() {
		const box = this.canvas.parentElement;
		const card = box.closest(".map-card");
		this.dpr = window.devicePixelRatio || 1;
		card.style.removeProperty("--map-width");
		const room = Math.max(50, box.clientWidth - AXIS);
		const tallest = Math.max(340, Math.min(innerHeight * 0.66, 760));
		const best = bestLayout(this.cells.run, room, tallest);
		this.layout = best.layout;
		this.vh = Math.max(200, Math.ceil(best.layout.h * best.scale));
		/* Width that the picture cannot use goes to the legend beside it. */
		const spare = room - Math.ceil(best.layout.w * best.scale);
		if (spare > 8)
			card.style.setProperty(
				"--map-width",
				box.parentElement.clientWidth - Math.min(spare, room - 500) + "px",
			);
		this.vw = Math.max(50, box.clientWidth - AXIS);
		box.style.height = this.vh + "px";
		this.canvas.width = Math.round(box.clientWidth * this.dpr);
		this.canvas.height = Math.round(this.vh * this.dpr);
		this.fit();
	}

	fit() {
		const fitting = Math.min(this.vw / this.layout.w, this.vh / this.layout.h);
		this.minScale = fitting;
		this.scale = fitting;
		this.x = 0;
		this.y = 0;
		this.draw();
	}

	/* A colour for each byte of a cell; all pale where @faded. */
	colours(faded) {
		const ground = rgbOf(css("--card"));
		const mixed = rgbOf(css("--mixed"));
		return Array.from({ length: 256 }, (_, byte) => {
			const state = byte & STATE_MASK,
				mix = byte >> MIX_SHIFT;
			if (state >= DATA.frames.length) return pack(ground);
			const c = blend(rgbOf(shade(DATA.frames[state])), mixed, mix * 0.22);
			const dim = faded || (this.only.size && !this.only.has(state));
			return pack(dim ? blend(c, ground, 0.88) : c);
		});
	}

	typeColours() {
		/* A block type wears the colour of its pages in use, or of their free state. */
		const keys = [
			"unmovable",
			"movable",
			"reclaimable",
			"free_highatomic",
			"free_cma",
			"free_isolate",
		];
		return this.cells.run.types.map((_, t) => {
			const entry = DATA.frames.find((f) => f.key === keys[t]) || DATA.frames[1];
			return pack(rgbOf(shade(entry)));
		});
	}

	/* The whole world into the image. */
	paint() {
		const { layout, cells, image } = this;
		image.width = layout.w;
		image.height = layout.h;
		const ctx = image.getContext("2d");
		const pixels = ctx.createImageData(layout.w, layout.h);
		const out = new Uint32Array(pixels.data.buffer);
		const palette = this.colours(false),
			pale = this.colours(true),
			types = this.typeColours();
		for (const band of layout.bands)
			for (let b = band.from; b < band.to; b++)
				this.paintBlock(out, b, layout.blockAt(b), {
					palette,
					pale,
					types,
				});
		ctx.putImageData(pixels, 0, 0);
		this.draw();
	}

	/* Beside another run, what is the same in both is pale. */
	paintBlock(out, block, at, { palette, pale, types }) {
		const { layout, cells } = this;
		const first = block * layout.width;
		const last = Math.min(first + layout.width, cells.run.nr_cells);
		let to = at.y * layout.w + at.x;
		for (let i = 0; i < layout.bar; i++)
			out[to - layout.lead + i] = types[cells.blocks[block]] || 0;
		const other = this.against && this.against.cells;
		for (let c = first; c < last; c++) {
			const byte = cells.cells[c];
			out[to++] = other && other[c] === byte ? pale[byte] : palette[byte];
		}
	}

	draw() {
		cancelAnimationFrame(this.frame);
		this.frame = requestAnimationFrame(() => this.drawNow());
	}

	drawNow() {
		const { ctx, layout, scale } = this;
		ctx.setTransform(this.dpr, 0, 0, this.dpr, 0, 0);
		ctx.clearRect(0, 0, this.vw + AXIS, this.vh);
		ctx.save();
		ctx.beginPath();
		ctx.rect(AXIS, 0, this.vw, this.vh);
		ctx.clip();
		ctx.imageSmoothingEnabled = scale * this.dpr < 1;
		ctx.imageSmoothingQuality = "high";
		ctx.drawImage(
			this.image,
			AXIS + this.sx(0),
			this.sy(0),
			layout.w * scale,
			layout.h * scale,
		);
		if (scale >= 5) this.drawGrid();
		this.drawZones();
		this.drawOutline(this.hover, css("--ink"), 1.5);
		this.drawOutline(this.pin, css("--pin"), 2.5);
		ctx.restore();
		this.drawAxis();
	}

	sx(x) {
		return (x - this.x) * this.scale;
	}
	sy(y) {
		return (y - this.y) * this.scale;
	}

	drawGrid() {
		const { ctx, scale } = this;
		ctx.fillStyle = css("--card");
		const wide = scale > 14 ? 1.5 : 1;
		const right = AXIS + Math.min(this.vw, this.sx(this.layout.w));
		const bottom = Math.min(this.vh, this.sy(this.layout.h));
		for (let x = Math.floor(this.x); this.sx(x) < right - AXIS; x++)
			ctx.fillRect(AXIS + this.sx(x) - wide / 2, 0, wide, bottom);
		for (let y = Math.floor(this.y); this.sy(y) < bottom; y++)
			ctx.fillRect(AXIS, this.sy(y) - wide / 2, right - AXIS, wide);
	}

	drawZones() {
		const { ctx } = this;
		ctx.font = "600 12px " + css("--sans");
		ctx.textBaseline = "middle";
		for (const band of this.layout.bands) {
			const top = this.sy(band.y - band.gap),
				bottom = this.sy(band.y);
			if (bottom < 0 || top > this.vh) continue;
			const zone = band.zone;
			const size = bytes((zone.end - zone.start) * this.cells.run.page_size);
			const text = `Node ${zone.nid}, zone ${zone.name}`;
			const y = bottom - Math.min(ZONE_GAP, bottom - top) / 2;
			ctx.fillStyle = css("--ink");
			ctx.fillText(text, AXIS + 2, y);
			const used = ctx.measureText(text + "  ").width;
			ctx.fillStyle = css("--muted");
			ctx.fillText(
				`${hex(zone.start)} – ${hex(zone.end - 1)}, ${size}`,
				AXIS + 2 + used,
				y,
			);
		}
	}

	drawAxis() {
		const { ctx, layout } = this;
		ctx.font = "11px " + css("--mono");
		ctx.textBaseline = "middle";
		ctx.textAlign = "right";
		ctx.fillStyle = css("--muted");
		const step = Math.max(1, Math.ceil(34 / this.scale));
		for (const band of layout.bands)
			for (let row = 0; row < band.height; row += step) {
				const y = this.sy(band.y + row + 0.5);
				if (y < 6 || y > this.vh - 6) continue;
				const pfn =
					this.cells.run.first_pfn +
					(band.from + row * layout.columns) * layout.perBlock;
				ctx.fillText(hex(pfn), AXIS - 10, y);
				ctx.fillRect(AXIS - 6, y - 0.5, 4, 1);
			}
		ctx.textAlign = "left";
	}

	drawOutline(cell, colour, width) {
		const at = cell === null ? null : this.layout.cellPlace(cell);
		if (!at) return;
		const { ctx, scale } = this;
		const size = Math.max(scale, 7),
			off = (scale - size) / 2;
		ctx.strokeStyle = css("--card");
		ctx.lineWidth = width + 2;
		ctx.strokeRect(AXIS + this.sx(at.x) + off, this.sy(at.y) + off, size, size);
		ctx.strokeStyle = colour;
		ctx.lineWidth = width;
		ctx.strokeRect(AXIS + this.sx(at.x) + off, this.sy(at.y) + off, size, size);
	}

	/* ---- moving about ---- */

	clamp() {
		const spanX = this.vw / this.scale,
			spanY = this.vh / this.scale;
		this.x = Math.min(Math.max(this.x, 0), Math.max(0, this.layout.w - spanX));
		this.y = Math.min(Math.max(this.y, 0), Math.max(0, this.layout.h - spanY));
	}

	zoom(factor, px = this.vw / 2, py = this.vh / 2) {
		const scale = Math.min(Math.max(this.scale * factor, this.minScale), 40);
		const wx = this.x + px / this.scale,
			wy = this.y + py / this.scale;
		this.scale = scale;
		this.x = wx - px / scale;
		this.y = wy - py / scale;
		this.clamp();
		this.draw();
		this.hooks.moved();
	}

	pan(dx, dy) {
		this.x -= dx / this.scale;
		this.y -= dy / this.scale;
		this.clamp();
		this.draw();
	}

	/* Bring a cell to the centre, near enough to see it. */
	reveal(cell, scale = 8) {
		const at = this.layout.cellPlace(cell);
		if (!at) return;
		this.scale = Math.max(this.scale, scale, this.minScale);
		this.x = at.x - this.vw / this.scale / 2;
		this.y = at.y - this.vh / this.scale / 2;
		this.clamp();
		this.draw();
		this.hooks.moved();
	}

	at(event) {
		const box = this.canvas.getBoundingClientRect();
		const px = event.clientX - box.left - AXIS,
			py = event.clientY - box.top;
		if (px < 0) return { px, py, hit: null };
		return {
			px,
			py,
			hit: this.layout.cellAt(this.x + px / this.scale, this.y + py / this.scale),
		};
	}

	listen() {
		const c = this.canvas;
		const fingers = new Map();
		let moved = 0,
			last = null,
			spread = 0;
		c.addEventListener(
			"wheel",
			(e) => {
				const { px, py } = this.at(e);
				const factor = Math.exp(-e.deltaY * (e.deltaMode ? 0.05 : 0.0018));
				/* At the whole picture, scrolling on moves the page. */
				if (factor < 1 && this.scale <= this.minScale * 1.0001) return;
				e.preventDefault();
				this.zoom(factor, px, py);
			},
			{ passive: false },
		);
		c.addEventListener("pointerdown", (e) => {
			fingers.set(e.pointerId, e);
			c.setPointerCapture(e.pointerId);
			moved = 0;
			last = e;
			spread = 0;
		});
		c.addEventListener("pointermove", (e) => {
			if (!fingers.has(e.pointerId)) {
				this.setHover(e);
				return;
			}
			fingers.set(e.pointerId, e);
			if (fingers.size === 2) {
				const [a, b] = [...fingers.values()];
				const now = Math.hypot(
					a.clientX - b.clientX,
					a.clientY - b.clientY,
				);
				const { px, py } = this.at({
					clientX: (a.clientX + b.clientX) / 2,
					clientY: (a.clientY + b.clientY) / 2,
				});
				if (spread) this.zoom(now / spread, px, py);
				spread = now;
				moved = 99;
				return;
			}
			moved +=
				Math.abs(e.clientX - last.clientX) +
				Math.abs(e.clientY - last.clientY);
			if (moved > 3) this.pan(e.clientX - last.clientX, e.clientY - last.clientY);
			last = e;
		});
		const up = (e) => {
			fingers.delete(e.pointerId);
			if (e.type === "pointerup" && moved <= 3) {
				const { hit } = this.at(e);
				this.hooks.pinned(hit && hit.cell !== this.pin ? hit.cell : null);
			}
		};
		c.addEventListener("pointerup", up);
		c.addEventListener("pointercancel", up);
		c.addEventListener("pointerleave", () => this.setHover(null));
		c.addEventListener("keydown", (e) => this.key(e));
	}

	setHover(e) {
		const { hit, px, py } = e ? this.at(e) : { hit: null };
		this.hover = hit ? hit.cell : null;
		this.hooks.hovered(hit, px + AXIS, py);
		this.draw();
	}

	key(e) {
		const steps = {
			ArrowLeft: [-1, 0],
			ArrowRight: [1, 0],
			ArrowUp: [0, -1],
			ArrowDown: [0, 1],
		};
		if (e.ctrlKey || e.metaKey || e.altKey) return;
		if (steps[e.key]) {
			const [dx, dy] = steps[e.key];
			if (e.shiftKey) this.movePin(dx, dy);
			else this.pan((-dx * this.vw) / 8, (-dy * this.vh) / 8);
		} else if (e.key === "+" || e.key === "=") {
			this.zoom(1.5);
		} else if (e.key === "-") {
			this.zoom(1 / 1.5);
		} else if (e.key === "0") {
			this.fit();
		} else if (e.key === "Enter") {
			const hit = this.layout.cellAt(
				this.x + this.vw / 2 / this.scale,
				this.y + this.vh / 2 / this.scale,
			);
			this.hooks.pinned(hit ? hit.cell : null);
		} else if (e.key === "Escape") {
			this.hooks.pinned(null);
		} else {
			return;
		}
		e.preventDefault();
	}

	movePin(dx, dy) {
		if (this.pin === null) return;
		const cell = this.pin + dx + dy * this.layout.width * this.layout.columns;
		if (cell < 0 || cell >= this.cells.run.nr_cells || !this.layout.cellPlace(cell))
			return;
		this.hooks.pinned(cell);
		const at = this.layout.cellPlace(cell);
		if (
			this.sx(at.x) < 0 ||
			this.sx(at.x) > this.vw ||
			this.sy(at.y) < 0 ||
			this.sy(at.y) > this.vh
		)
			this.reveal(cell);
	}
}
