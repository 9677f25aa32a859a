/* SPDX-License-Identifier: MIT */
/*
 * compare.js - what differs on the map between the run shown and another one.
 *
 * Runs replay the same trace, so an event is the same moment in both: the other
 * run is taken at its last sample at or before the event shown. Run A is beside
 * every other, and B beside A. Only runs of one geometry can be laid over each
 * other; the button is not there for others.
 */

class Compare {
	constructor(app) {
		this.app = app;
		this.button = byId("differences");
		this.button.onclick = () => this.toggle();
	}

	other() {
		const { runs } = DATA,
			nr = this.app.nr === 0 ? 1 : 0;
		const a = this.app.run(),
			b = runs[nr];
		const alike =
			b &&
			a.nr_cells === b.nr_cells &&
			a.first_pfn === b.first_pfn &&
			a.cell_shift === b.cell_shift;
		return alike ? nr : -1;
	}

	/* After another run is shown: lay the right one over it, or none. */
	async aim() {
		const { app } = this,
			nr = this.other();
		const on = nr >= 0 && this.button.getAttribute("aria-pressed") === "true";
		this.button.hidden = nr < 0;
		if (on && !app.cells[nr]) app.cells[nr] = await loadCells(nr);
		app.map.against = on ? app.cells[nr] : null;
	}

	seek() {
		const { against } = this.app.map;
		if (!against) return;
		const events = against.run.samples.event,
			event = this.app.event();
		let i = 0;
		while (i + 1 < events.length && events[i + 1] <= event) i++;
		against.seek(i);
	}

	async toggle() {
		const on = this.button.getAttribute("aria-pressed") !== "true";
		this.button.setAttribute("aria-pressed", String(on));
		await this.aim();
		this.app.jump(this.app.sample);
	}

	/* How many squares differ, in words; "" when nothing is laid over. */
	words() {
		const { against, cells } = this.app.map;
		if (!against) return "";
		let n = 0;
		for (let i = 0; i < cells.cells.length; i++)
			n += cells.cells[i] !== against.cells[i];
		return `${num(n)} squares differ (${percent(n, cells.cells.length)})`;
	}
}
