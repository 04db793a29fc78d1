// The small window beside a point: colors that the model suggests there, or any other that its lightness allows.
import { json } from "./api.js";
import { bytes, called, hex, lab, linear, most, shown } from "./color.js";
import { $, attempt, button, dot, on, put, say } from "./elements.js";
import { clamp } from "./stage.js";

const SIDE = 168;

export class Picker {
	at = null; // which hint
	L = 50;
	turn = 0;

	constructor(album, stage, hints) {
		Object.assign(this, { album, stage, hints });
		$("picker-close").onclick = $("picker-done").onclick = () => this.close();
		$("picker-delete").onclick = () => { hints.remove(this.at); };
		$("picker").onkeydown = (event) => { if (event.key === "Escape") this.close(); };
		for (const dial of [$("hue"), $("chroma")]) on(dial, "input change", (event) => this.mix(event.type === "input"));
		const plane = $("plane");
		plane.onpointerdown = (event) => { plane.setPointerCapture(event.pointerId); this.point(event, true); };
		plane.onpointermove = (event) => { if (event.buttons) this.point(event, true); };
		plane.onpointerup = (event) => this.point(event, false);
		new ResizeObserver(() => this.put()).observe($("picker"));
		on(stage, "view", () => this.put());
	}

	async open(at, fresh = null) {
		this.close(true);
		if (at === null) return;
		this.hints.fresh = fresh;
		const { x, y } = this.hints.shown[at], item = this.album.current, turn = ++this.turn;
		this.at = this.hints.open = at;
		this.hints.draw();
		$("picker").hidden = false;
		$("swatches").replaceChildren();
		$("picker-said").textContent = "Looking at this place";
		$("picker-close").focus();
		const { model, style, sample } = this.album.options(item);
		const ask = () => json(this.album.path(item, "palette", { x, y, model, style, sample }));
		const answer = await attempt(() => this.album.with(item, ask));
		if (turn !== this.turn) return;
		if (!answer) { this.close(); return; }
		this.L = answer.lightness;
		$("picker-said").textContent = "Likely here, the best first:";
		$("swatches").replaceChildren(...answer.colors.map((one) => this.swatch(one)));
		this.start();
		$("picker").querySelector("details").open = answer.colors.length < 3;
		$("swatches").firstChild?.focus();
	}

	close(quietly) { // whether there was a hint without a color: it goes
		const { at, hints } = this, { fresh } = hints;
		this.at = hints.open = hints.fresh = null;
		this.turn++;
		$("picker").hidden = true;
		this.album.current?.end();
		hints.draw();
		if (!quietly) ($("points").children[at] ?? this.stage.root).focus();
		return Boolean(fresh);
	}

	swatch({ color, share }) {
		const percent = `${Math.round(100 * share)} %`, title = called(color);
		const one = button({ title, ariaLabel: `${title}, ${percent}` }, dot(color), percent);
		one.dataset.color = color;
		one.onclick = () => { this.take(color, false); this.start(); say(`Hint: ${title}`); };
		return one;
	}

	take(color, going) {
		if (this.at === null) return;
		this.hints.change(this.at, { color }, going);
		for (const one of $("swatches").children) one.ariaPressed = String(one.dataset.color === color);
	}

	// The dials and the plane, at the color of the hint.
	start() {
		const [, a, b] = lab(this.hints.shown[this.at].color || "#777777");
		const edge = Array.from({ length: 90 }, (_, i) => [i * Math.PI / 45, most(this.L, i * Math.PI / 45)]);
		const spans = [Math.cos, Math.sin].map((part) => edge.map(([hue, chroma]) => chroma * part(hue)).sort((p, q) => p - q));
		this.middle = spans.map((one) => (one[0] + one[89]) / 2);
		this.reach = Math.max(4, ...spans.map((one) => (one[89] - one[0]) / 2)) * 1.04;
		this.turnTo(a, b);
		const context = $("plane").getContext("2d"), image = context.createImageData(SIDE, SIDE);
		for (let at = 0; at < SIDE * SIDE; at++) {
			const [x, y] = this.ab(at % SIDE, Math.floor(at / SIDE));
			if (shown(linear(this.L, x, y))) image.data.set([...bytes(this.L, x, y), 255], 4 * at);
		}
		context.putImageData(image, 0, 0);
	}

	ab(left, top) { // of a place of the plane
		return [this.middle[0] + (left / SIDE * 2 - 1) * this.reach, this.middle[1] + (1 - top / SIDE * 2) * this.reach];
	}

	turnTo(a, b) {
		const hue = Math.atan2(b, a);
		$("hue").value = (hue * 180 / Math.PI + 360) % 360;
		$("chroma").value = 100 * Math.hypot(a, b) / (most(this.L, hue) || 1);
		this.mark();
	}

	mark() { // the chosen color, on plane and dials
		const hue = $("hue").value * Math.PI / 180, chroma = most(this.L, hue) * $("chroma").value / 100;
		const a = chroma * Math.cos(hue), b = chroma * Math.sin(hue), color = hex(this.L, a, b);
		const left = ((a - this.middle[0]) / this.reach + 1) * SIDE / 2, top = (1 - (b - this.middle[1]) / this.reach) * SIDE / 2;
		put($("mark"), { left, top });
		$("hue").ariaValueText = $("hue-said").value = called(color);
		$("chroma-said").value = `${$("chroma").value} %`;
		return color;
	}

	mix(going) { this.take(this.mark(), going); }

	point(event, going) {
		const frame = $("plane").getBoundingClientRect();
		this.turnTo(...this.ab(event.clientX - frame.left, event.clientY - frame.top));
		this.mix(going);
	}

	// Beside its point, inside of the stage; on a phone the style sheet has it at the bottom.
	put() {
		if (this.at === null) return;
		const { left, top } = this.stage.place(this.hints.shown[this.at]), { across, down } = this.stage.box;
		const { offsetWidth: width, offsetHeight: height } = $("picker");
		const beside = left + 30 + width < across ? left + 30 : left - 30 - width;
		put($("picker"), { left: clamp(8, beside, across - width - 8), top: Math.max(8, Math.min(top - height / 3, down - height - 8)) });
	}
}
