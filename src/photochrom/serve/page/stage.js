// The photograph before and after, one over the other: the line between them, zoom and pan for both at once.
import { $, on, put } from "./elements.js";

const MOST = 4; // screen pixels of a photograph's pixel
const NEAR = 22; // screen pixels that still mean the line
export const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
export const clamp = (low, value, high) => Math.min(high, Math.max(low, value));

export class Stage extends EventTarget {
	size = { width: 1, height: 1 }; // of the photograph
	zoom = 1; // 1: all of it in sight
	middle = { x: 0.5, y: 0.5 }; // of what is in sight
	pointers = new Map();
	root = $("stage");
	line = $("split"); // percent of what is in sight that is shown as before

	constructor() {
		super();
		new ResizeObserver(() => this.draw()).observe(this.root);
		on(this.root, "wheel pointerdown pointermove pointerup pointercancel keydown", this, { passive: false });
		on(this.line, "input", () => this.draw());
	}
	handleEvent(event) { this[event.type]?.(event); }

	show(size) {
		Object.assign(this, { size, zoom: 1, middle: { x: 0.5, y: 0.5 } });
		this.draw();
	}

	put(half, image) {
		const old = $(half).firstChild;
		image.alt = half === "before" ? "The photograph as it came" : "The photograph in color";
		old.replaceWith(image);
		URL.revokeObjectURL(old.src);
		this.draw();
	}

	// Where the photograph lies on the stage, `across` wide and `down` high; from..to is in sight.
	get box() {
		const { clientWidth: across, clientHeight: down } = this.root;
		const scale = Math.min(across / this.size.width, down / this.size.height) * this.zoom;
		const width = this.size.width * scale, height = this.size.height * scale;
		const place = (room, length, part) => (length <= room ? (room - length) / 2 : clamp(room - length, room / 2 - part * length, 0));
		const left = place(across, width, this.middle.x), top = place(down, height, this.middle.y);
		return { left, top, width, height, across, down, from: Math.max(0, left), to: Math.min(across, left + width) };
	}
	get at() { // of the line
		const { from, to } = this.box;
		return from + (to - from) * this.line.value / 100;
	}

	draw() {
		const box = this.box, at = this.at;
		const { left, top, width, height } = box;
		for (const half of ["before", "after"]) put($(half).firstChild, { left, top, width, height });
		put(this.line.nextElementSibling, { left: at });
		$("before").style.clipPath = `inset(0 ${box.across - at}px 0 0)`;
		$("after").style.clipPath = `inset(0 0 0 ${at}px)`;
		this.line.ariaValueText = `${this.line.value} percent before, the rest after`;
		this.dispatchEvent(new Event("view"));
	}

	// A place of the stage in pixels of the photograph, and back.
	find({ left, top }) {
		const box = this.box;
		return { x: (left - box.left) / box.width * this.size.width, y: (top - box.top) / box.height * this.size.height };
	}
	place({ x, y }) {
		const box = this.box;
		return { left: box.left + x / this.size.width * box.width, top: box.top + y / this.size.height * box.height };
	}
	where(event) {
		const frame = this.root.getBoundingClientRect();
		return { left: event.clientX - frame.left, top: event.clientY - frame.top };
	}
	get center() { return { left: this.root.clientWidth / 2, top: this.root.clientHeight / 2 }; }

	zoomBy(factor, around = this.center) {
		const held = this.find(around), most = MOST * this.size.width * this.zoom / this.box.width;
		this.zoom = clamp(1, this.zoom * factor, Math.max(2, most));
		this.hold(held, around);
	}

	// Move so that a place of the photograph lies at a place of the stage.
	hold({ x, y }, { left, top }) {
		const { width, height, across, down } = this.box;
		const within = (part, edge) => clamp(Math.min(edge, 0.5), part, Math.max(1 - edge, 0.5));
		this.middle = {
			x: within(x / this.size.width + (across / 2 - left) / width, across / width / 2),
			y: within(y / this.size.height + (down / 2 - top) / height, down / height / 2),
		};
		this.draw();
	}

	splitTo(percent) {
		this.line.value = percent;
		this.draw();
	}

	wheel(event) {
		event.preventDefault();
		this.zoomBy(Math.exp(-event.deltaY * (event.deltaMode ? 30 : 1) * (event.ctrlKey ? 0.01 : 0.0018)), this.where(event));
	}

	pointerdown(event) {
		if (event.button || event.target.closest(".point")) return;
		this.root.setPointerCapture(event.pointerId);
		const now = this.where(event);
		this.pointers.set(event.pointerId, now);
		this.far = this.pointers.size > 1 || Boolean(event.target.closest("b")); // this is no click
		this.onLine = Math.abs(now.left - this.at) < NEAR;
		this.start = { now, held: this.find(now) };
	}

	pointermove(event) {
		if (!this.pointers.has(event.pointerId)) return;
		const now = this.where(event), before = [...this.pointers.values()];
		this.pointers.set(event.pointerId, now);
		if (before.length > 1) this.pinch(before, [...this.pointers.values()]);
		else if (this.far ||= Math.hypot(now.left - this.start.now.left, now.top - this.start.now.top) > 5) {
			const { from, to } = this.box;
			if (this.onLine || this.zoom === 1) this.splitTo(100 * (now.left - from) / (to - from));
			else this.hold(this.start.held, now);
		}
	}

	pinch(before, after) {
		const middle = ([p, q]) => ({ left: (p.left + q.left) / 2, top: (p.top + q.top) / 2 });
		const apart = ([p, q]) => Math.hypot(p.left - q.left, p.top - q.top) || 1;
		const held = this.find(middle(before));
		this.zoomBy(apart(after) / apart(before), middle(before));
		this.hold(held, middle(after));
	}

	pointercancel(event) {
		this.pointers.delete(event.pointerId);
		for (const now of this.pointers.values()) this.start = { now, held: this.find(now) };
	}
	pointerup(event) {
		if (this.pointers.has(event.pointerId) && !this.far) this.pick(this.where(event));
		this.pointercancel(event);
	}

	pick(place) {
		const detail = this.find(place), { width, height } = this.size;
		if (detail.x >= 0 && detail.y >= 0 && detail.x < width && detail.y < height) this.dispatchEvent(new CustomEvent("pick", { detail }));
	}

	keydown(event) {
		if (event.target.closest(".point") || event.ctrlKey || event.metaKey || event.altKey) return;
		const way = event.target === this.root && ARROWS[event.key], { left, top } = this.center;
		if (event.key === "+" || event.key === "=") this.zoomBy(1.25);
		else if (event.key === "-") this.zoomBy(0.8);
		else if (event.key === "0") this.show(this.size);
		else if (event.key.toLowerCase() === "h") this.pick(this.center);
		else if (way) this.hold(this.find(this.center), { left: left - way[0] * 60, top: top - way[1] * 60 });
		else return;
		event.preventDefault();
	}
}
