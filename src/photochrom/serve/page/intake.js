// How photographs come in: dropped, pasted, chosen, from the examples. Two at a time are on their way.
import { json, picture, upload } from "./api.js";
import { Item } from "./album.js";
import { $, attempt, button, complain, make, on, say } from "./elements.js";

const AT_ONCE = 2;

export class Intake {
	queue = [];
	busy = 0;
	done = 0;

	constructor(album, hints) {
		Object.assign(this, { album, hints });
		$("choose").onclick = $("add").onclick = () => $("files").click();
		$("files").onchange = () => { this.take([...$("files").files]); $("files").value = ""; };
		on(document, "paste", (event) => this.take([...event.clipboardData?.files ?? []]));
		let depth = 0; // entered elements less those that were left
		on(document, "dragenter dragleave dragover drop", (event) => {
			if (!event.dataTransfer?.types.includes("Files")) return;
			if (event.type.startsWith("drag")) event.preventDefault();
			depth = { dragenter: depth + 1, dragleave: depth - 1, dragover: depth, drop: 0 }[event.type];
			document.body.classList.toggle("drop", depth > 0);
			if (event.type !== "drop") return;
			event.preventDefault();
			this.take([...event.dataTransfer.files]);
		});
		attempt(() => this.examples());
	}

	async examples() {
		const { examples } = await json("/v1/examples");
		$("examples").hidden = !examples.length;
		$("examples").querySelector("ul").replaceChildren(...examples.map(({ name, title, source, url }) => make("li", {},
			button({ title: `${title} (${source})`, onclick: () => this.put([new Item(name, name)]) }, make("img", { src: url, alt: title })))));
	}

	take(files) {
		const isHints = (file) => /\.json$/i.test(file.name);
		this.hints.load(files.find(isHints));
		this.put(files.filter((file) => !isHints(file)).map((file) => new Item(file, file.name || "photograph")));
	}

	put(items) {
		for (const item of items) this.album.add(item);
		this.queue.push(...items);
		if (!this.album.current && items.length) this.album.select(items[0]);
		while (this.busy < AT_ONCE && this.queue.length) this.work();
	}

	async work() {
		this.busy++;
		while (this.queue.length) {
			const item = this.queue.shift();
			if (this.album.items.includes(item)) await this.bring(item);
			this.done++;
		}
		if (--this.busy === 0) this.done = 0;
		this.album.say("list");
	}

	async bring(item) {
		const { album } = this;
		item.state = "working";
		album.say("list");
		try {
			item.info = await upload(item.source);
			item.gray = (await picture(album.path(item, "original", { width: 160 }))).src;
			item.state = "ready";
			if (item === album.current) album.say("current");
			else item.thumb = (await picture(album.color(item, 160))).src;
			say(`${item.name} is colored`);
		} catch (error) {
			complain(error.message.includes(item.name) ? error.message : `${item.name}: ${error.message}`);
			if (album.items.includes(item)) album.remove(item);
		}
		album.say("list");
	}

	get progress() {
		const left = this.queue.length + this.busy;
		return left && this.album.items.length > 1 ? `${this.done} of ${this.done + left} colored` : "";
	}
}
