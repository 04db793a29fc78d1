// Hints: places of the photograph with their colors. As points to drag, as a list, and as a JSON file.
import { keep } from "./api.js";
import { called } from "./color.js";
import { $, button, complain, cross, dot, make, on, put, say } from "./elements.js";
import { ARROWS, clamp } from "./stage.js";

export class Hints {
	open = null; // which one's color is being chosen
	fresh = null; // the last one while it has no color yet; it is not among the settings

	constructor(album, stage, choose) {
		Object.assign(this, { album, stage, choose });
		on(stage, "view", () => this.place());
		$("save").onclick = () => this.save();
		$("load").onclick = () => $("hint-file").click();
		$("hint-file").onchange = () => { this.load($("hint-file").files[0]); $("hint-file").value = ""; };
	}

	get all() { return this.album.current?.settings.hints ?? []; }
	get shown() { return this.fresh ? [...this.all, this.fresh] : this.all; }
	set(hints, going) { this.album.change({ hints }, going); }

	change(at, part, going) {
		const changed = { ...this.shown[at], ...part }, { all } = this;
		if (at < all.length || changed.color) {
			if (at === all.length) this.fresh = null;
			this.set([...all.slice(0, at), changed, ...all.slice(at + 1)], going);
		} else {
			this.fresh = changed;
			this.draw();
		}
	}

	remove(at) {
		this.choose(null);
		if (at < this.all.length) this.set(this.all.filter((_, i) => i !== at));
		say("Hint deleted");
		($("points").children[Math.min(at, this.all.length - 1)] ?? this.stage.root).focus();
	}

	within({ x, y }) { // whole pixels of the photograph
		const { width, height } = this.stage.size;
		return { x: clamp(0, Math.floor(x), width - 1), y: clamp(0, Math.floor(y), height - 1) };
	}

	// Points that are there stay, so that focus and dragging stay too.
	draw() {
		const points = $("points");
		while (points.children.length > this.shown.length) points.lastChild.remove();
		while (points.children.length < this.shown.length) points.append(this.point(points.children.length));
		this.shown.forEach(({ x, y, color }, at) => {
			const point = points.children[at];
			point.firstChild.style.background = color;
			point.ariaLabel = `Hint ${at + 1}: ${called(color)}, ${x} from the left, ${y} from the top`;
			point.classList.toggle("open", at === this.open);
		});
		$("hints").replaceChildren(...this.shown.map(({ color }, at) => make("li", { className: "row" },
			button({ className: "name", onclick: () => this.choose(at) }, dot(color), called(color)),
			cross(`Delete hint ${at + 1}`, () => this.remove(at)))));
		$("save").disabled = !this.all.length;
		this.place();
	}

	place() {
		this.shown.forEach((hint, at) => {
			const point = $("points").children[at];
			if (point) put(point, this.stage.place(hint));
		});
	}

	point(at) {
		const { stage } = this, point = button({ className: "point" }, dot());
		let from = null, moved = false;
		point.onpointerdown = (event) => {
			point.setPointerCapture(event.pointerId);
			[from, moved] = [stage.where(event), false];
		};
		point.onpointermove = (event) => {
			const now = stage.where(event);
			if (!from || !(moved ||= Math.hypot(now.left - from.left, now.top - from.top) > 4)) return;
			this.change(at, this.within(stage.find(now)), true);
		};
		on(point, "pointerup pointercancel", () => {
			from = null;
			if (moved) this.album.current.end();
		});
		point.onclick = () => { if (!moved) this.choose(at); moved = false; };
		point.onkeydown = (event) => {
			const way = ARROWS[event.key], { x, y } = this.shown[at], { width, height } = stage.size;
			const step = Math.ceil(Math.max(width, height) * (event.shiftKey ? 0.05 : 0.01));
			if (event.key === "Delete" || event.key === "Backspace") this.remove(at);
			else if (way) this.change(at, this.within({ x: x + way[0] * step, y: y + way[1] * step }));
			else return;
			event.preventDefault();
		};
		return point;
	}

	save() {
		const { name, info } = this.album.current;
		const text = JSON.stringify({ photochrom_hints: 1, size: [info.width, info.height], hints: this.all }, null, 1);
		keep(new Blob([text], { type: "application/json" }), `${name.replace(/\.[^.]*$/, "")}.hints.json`);
	}

	async load(file) {
		const { info } = this.album.current ?? {};
		if (!file || !info) return;
		try {
			const { photochrom_hints: version, size: [width, height], hints } = JSON.parse(await file.text());
			const sound = ({ x, y, color }) => Number.isFinite(x) && Number.isFinite(y) && /^#[0-9a-f]{6}$/i.test(color);
			if (version !== 1 || !(width > 0 && height > 0) || !hints.every(sound)) throw new Error();
			const across = info.width / width, down = info.height / height;
			if (Math.abs(across / down - 1) > 0.02) {
				complain(`${file.name} is for a photograph of ${width} × ${height}, and this one has another shape.`);
				return;
			}
			this.set(hints.map(({ x, y, color }) => ({ ...this.within({ x: x * across, y: y * down }), color })));
			say("Hints loaded");
		} catch {
			complain(`${file.name} is not a file of hints, as this page and photochrom write them.`);
		}
	}
}
