// The panel: sliders, style, model, variants.
import { json, picture } from "./api.js";
import { PLAIN } from "./album.js";
import { $, attempt, button, make, on, say } from "./elements.js";

const DIALS = ["temperature", "saturation", "strength"];

export class Steering {
	models = [];
	seed = 1; // of the first variant that is shown

	constructor(album) {
		this.album = album;
		for (const name of DIALS) {
			// To the right is vivid, and there the temperature is low.
			const read = () => Number((name === "temperature" ? 1 - $(name).value : $(name).value * 1).toFixed(2));
			on($(name), "input change", (event) => album.change({ [name]: read() }, event.type === "input"));
		}
		$("reset").onclick = () => album.change({ temperature: null, saturation: 1, strength: 1 });
		$("same").onclick = () => {
			const { temperature, saturation, strength, model } = album.current.settings;
			for (const item of album.items) if (item !== album.current) item.set({ temperature, saturation, strength, model });
			album.say("all");
			say("All photographs have these settings now");
		};
		$("model").onchange = () => album.change({ model: $("model").value });
		$("vary").onclick = () => { $("variants").showModal(); this.vary(); };
		$("more").onclick = () => { this.seed += 5; this.vary(); };
		attempt(async () => {
			this.models = (await json("/v1/models")).models;
			$("model").replaceChildren(...this.models.map(({ name }) => make("option", {}, name)));
			$("model-section").hidden = this.models.length < 2;
			this.draw();
		});
	}

	draw() {
		const { current } = this.album;
		if (!current) return;
		const { settings } = current, name = settings.model ?? current.info?.model;
		const model = this.models.find((one) => one.name === name), own = model?.temperature ?? 0.38;
		$("style-section").hidden = !model?.style;
		for (const dial of DIALS) {
			const value = settings[dial] ?? own;
			$(dial).value = dial === "temperature" ? 1 - value : value;
			$(dial).ariaValueText = $(`${dial}-said`).value = value.toFixed(2);
		}
		$("reset").disabled = DIALS.every((dial) => settings[dial] === PLAIN[dial]);
		$("same").hidden = this.album.items.length < 2;
		$("model").value = name ?? "";
		this.styles(settings.style);
	}

	styles(chosen) {
		const others = this.album.items.filter((item) => item.gray && item !== this.album.current);
		const shown = others.map((item) => item.key + item.gray).join();
		if ($("styles").dataset.shown !== shown) {
			$("styles").dataset.shown = shown;
			$("styles").replaceChildren(...[null, ...others].map((item) => {
				const input = make("input", { type: "radio", name: "style", value: item?.key ?? "" });
				input.onchange = () => this.album.change({ style: item?.key ?? null });
				return make("label", { title: item?.name ?? "" }, input, item ? make("img", { src: item.gray, alt: item.name }) : make("span", {}, "None"));
			}));
		}
		$("styles").hidden = !others.length;
		$("styles-how").hidden = others.length;
		for (const input of $("styles").querySelectorAll("input")) input.checked = input.value === String(chosen ?? "");
	}

	// Several answers side by side; the first is the model's own.
	vary() {
		const { current } = this.album, { width, height } = current.info;
		const seeds = [null, ...Array.from({ length: 5 }, (_, i) => this.seed + i)];
		$("variants").querySelector("ul").replaceChildren(...seeds.map((sample) => {
			const image = make("img", { alt: "", width, height });
			const name = sample === null ? "The model's own" : `Variant ${sample}`;
			const one = button({ ariaPressed: String(current.settings.sample === sample) }, image, make("span", {}, name));
			one.onclick = () => { this.album.change({ sample }); $("variants").close(); };
			attempt(async () => { image.src = (await this.album.with(current, () => picture(this.album.color(current, 480, { sample })))).src; });
			return make("li", {}, one);
		}));
	}
}
