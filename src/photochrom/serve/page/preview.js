// What is on the stage: while somebody steers a small picture, soon after one as sharp as the screen shows it.
import { picture } from "./api.js";
import { $, attempt, on } from "./elements.js";

const QUICK = 640, STEP = 256, MOST = 2048; // pixels of the longer side

export class Preview {
	wanted = 0; // counts changes; one picture is on its way at a time, and then the newest change is next
	shown = 0;
	stop = new AbortController();

	constructor(album, stage) {
		Object.assign(this, { album, stage });
		on(stage, "view", () => this.later());
	}

	begin(item) { // another photograph
		this.stop.abort();
		Object.assign(this, { item, stop: new AbortController(), running: false, sharp: 0, before: 0 });
		for (const half of ["before", "after"]) this.stage.put(half, new Image());
		this.stage.root.ariaBusy = String(Boolean(item));
		if (!item?.info) return;
		this.stage.show(item.info);
		this.original(QUICK);
		this.ask();
	}

	ask() {
		this.wanted++;
		this.stage.root.ariaBusy = "true";
		this.since ??= performance.now();
		if (!this.running && this.item?.info) this.run();
	}

	async run() {
		const { item } = this;
		this.running = true;
		while (this.shown !== this.wanted && item === this.item) {
			const { wanted, since } = this;
			this.since = null;
			const image = await this.get(() => this.album.color(item, QUICK));
			if (image) {
				this.stage.put("after", image);
				$("notes").textContent = [...new Set([...item.info.notes, ...image.notes])].join(" ");
				performance.measure("preview", { start: since });
			}
			this.shown = wanted;
		}
		if (item !== this.item) return;
		this.stage.root.ariaBusy = "false";
		this.running = false;
		this.sharp = QUICK;
		this.later();
		this.album.say("shown");
	}

	// A picture of this photograph; nothing if it was refused, or if another photograph is on the stage by then.
	async get(path) {
		const { item, stop } = this;
		const image = await attempt(() => this.album.with(item, () => picture(path(), stop.signal)));
		return item === this.item ? image : undefined;
	}

	async original(width) {
		const { item } = this;
		const image = await this.get(() => this.album.path(item, "original", { width }));
		if (image) this.stage.put("before", image);
	}

	later() {
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.sharpen(), 250);
	}

	async sharpen() {
		const { item, wanted } = this;
		if (this.running || !item?.info) return;
		const { width, height } = this.stage.box, longest = Math.max(item.info.width, item.info.height);
		const pixels = Math.min(Math.ceil(Math.max(width, height) * devicePixelRatio / STEP) * STEP, MOST, longest);
		if (pixels <= this.sharp) return;
		this.sharp = pixels;
		const image = await this.get(() => this.album.color(item, pixels));
		if (!image || this.wanted !== wanted) return;
		this.stage.put("after", image);
		if (pixels > this.before) this.original(this.before = pixels);
	}
}
