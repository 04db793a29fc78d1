// The photographs on the page, and the settings of each with their past and future: undo and redo.
import { upload } from "./api.js";

export const PLAIN = {
	temperature: null, saturation: 1, strength: 1, model: null, style: null, sample: null, hints: [],
};
let count = 0;

export class Item {
	state = "waiting"; // working, ready
	info = null; // what the server says of it
	settings = PLAIN;
	past = [];
	future = [];
	held = null; // the settings before a change that still goes on, like a slider that is dragged

	constructor(source, name) {
		Object.assign(this, { source, name, key: ++count });
	}

	set(part, going = false) {
		this.held ??= this.settings;
		this.settings = { ...this.settings, ...part };
		if (!going) this.end();
	}

	end() {
		if (this.held && JSON.stringify(this.held) !== JSON.stringify(this.settings)) {
			this.past.push(this.held);
			this.future = [];
		}
		this.held = null;
	}

	step(from, to) {
		this.end();
		if (!this[from].length) return false;
		this[to].push(this.settings);
		this.settings = this[from].pop();
		return true;
	}
}

export class Album extends EventTarget {
	items = [];
	current = null;

	say(what) { this.dispatchEvent(new Event(what)); } // "list", "current", "change", "shown"

	add(item) {
		this.items.push(item);
		this.say("list");
	}

	remove(item) {
		const place = this.items.indexOf(item);
		this.items.splice(place, 1);
		if (item.info) fetch(`/v1/photos/${item.info.id}`, { method: "DELETE" }).catch(() => {}); // it forgets it anyway
		if (item === this.current) this.select(this.items[Math.min(place, this.items.length - 1)] ?? null);
		this.say("list");
	}

	select(item) {
		this.current?.end();
		this.current = item;
		this.say("current");
	}

	change(part, going) {
		this.current?.set(part, going);
		this.say("change");
	}

	styleOf(item) { return this.items.find((one) => one.key === item.settings.style && one.info); }

	// Ask about photographs. Those that the server has forgotten meanwhile are brought again: the browser still has them.
	async with(items, ask, tries = 2) {
		try {
			return await ask();
		} catch (error) {
			if (error.status !== 404 || !tries) throw error;
			const all = [items].flat();
			for (const one of new Set([...all, ...all.map((item) => this.styleOf(item))])) if (one) one.info = await upload(one.source);
			return this.with(items, ask, tries - 1);
		}
	}

	// The settings in the words of the API; what is as always is left out.
	options(item, other = {}) {
		const { hints, ...all } = { ...item.settings, style: this.styleOf(item)?.info.id ?? null, ...other };
		for (const name in all) if (all[name] === PLAIN[name]) delete all[name];
		return hints.length ? { ...all, hint: hints.map(({ x, y, color }) => `${x},${y},${color}`) } : all;
	}

	path(item, what, query = {}) {
		const words = new URLSearchParams();
		for (const [name, value] of Object.entries(query)) for (const one of [value ?? []].flat()) words.append(name, one);
		return `/v1/photos/${item.info.id}/${what}?${words}`;
	}

	color(item, width, other) { return this.path(item, "color", { ...this.options(item, other), width }); }
}
