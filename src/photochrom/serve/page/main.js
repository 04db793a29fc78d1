// The page's parts, tied together.
import { call, keepAnswer, picture } from "./api.js";
import { Album } from "./album.js";
import { $, attempt, button, cross, make, on, say } from "./elements.js";
import { Hints } from "./hints.js";
import { Intake } from "./intake.js";
import { Picker } from "./picker.js";
import { Preview } from "./preview.js";
import { Stage } from "./stage.js";
import { Steering } from "./steering.js";

const album = new Album(), stage = new Stage();
const hints = new Hints(album, stage, (at) => picker.open(at));
const picker = new Picker(album, stage, hints);
const preview = new Preview(album, stage);
const steering = new Steering(album);
const intake = new Intake(album, hints);

function draw() {
	const { current, items } = album;
	$("undo").disabled = !current?.past.length && !current?.held;
	$("redo").disabled = !current?.future.length;
	for (const id of ["download", "vary", "hint", "load"]) $(id).disabled = !current?.info;
	$("all").hidden = items.length < 2;
	$("all").disabled = items.some((item) => !item.info);
	steering.draw();
	hints.draw();
}

function drawStrip() {
	const focused = document.activeElement?.closest?.("#strip li")?.dataset.key;
	$("strip").firstChild.replaceChildren(...album.items.map((item) => {
		const one = button({ ariaLabel: item.name, title: item.name, onclick: () => album.select(item) });
		if (item.gray) one.append(make("img", { src: item.thumb ?? item.gray, alt: "" }));
		if (item === album.current) one.ariaCurrent = "true";
		const line = make("li", { className: item.state }, one, cross(`Remove ${item.name}`, () => album.remove(item), "remove"));
		line.dataset.key = item.key;
		return line;
	}));
	if (focused) $("strip").querySelector(`[data-key="${focused}"] button`)?.focus();
	$("progress").textContent = intake.progress;
	$("progress").hidden = !intake.progress;
}

on(album, "list", () => {
	$("welcome").hidden = album.items.length;
	$("work").hidden = $("add").hidden = !album.items.length;
	drawStrip();
	draw();
});

on(album, "current", () => {
	picker.close(true);
	const { current } = album;
	document.title = $("title").textContent = current?.name ?? "photochrom";
	preview.begin(current);
	draw();
	drawStrip();
});

on(album, "change", () => {
	draw();
	preview.ask();
});

const thumb = (item) => attempt(async () => {
	const { settings } = item, { src } = await album.with(item, () => picture(album.color(item, 160)));
	if (settings !== item.settings) return;
	item.thumb = src;
	drawStrip();
});
let later;
on(album, "shown", () => {
	clearTimeout(later);
	later = setTimeout(() => { if (album.current?.info) thumb(album.current); }, 300);
});
on(album, "all", () => {
	for (const item of album.items) if (item.info && item !== album.current) thumb(item);
});

on(stage, "pick", (event) => {
	if (album.current?.info) picker.open(hints.all.length, { ...hints.within(event.detail), color: "" });
});
$("hint").onclick = () => stage.pick(stage.center);
$("in").onclick = () => stage.zoomBy(1.5);
$("out").onclick = () => stage.zoomBy(1 / 1.5);
$("fit").onclick = () => stage.show(stage.size);

function travel(from, to) {
	if (picker.close(true) || !album.current?.step(from, to)) return; // a hint without a color is all that is undone
	album.say("change");
	say(from === "past" ? "Undone" : "Done again");
}
$("undo").onclick = () => travel("past", "future");
$("redo").onclick = () => travel("future", "past");
on(document, "keydown", (event) => {
	const key = event.key.toLowerCase();
	if (!(event.ctrlKey || event.metaKey) || event.altKey || key !== "z" && key !== "y") return;
	event.preventDefault();
	$(key === "y" || event.shiftKey ? "redo" : "undo").click();
});

// A button that says that it works while it does.
function slowly(one, work) {
	one.onclick = () => attempt(async () => {
		const words = one.textContent;
		one.disabled = true;
		one.textContent = "Preparing";
		try {
			await work();
			say("The download is ready");
		} finally {
			one.textContent = words;
			one.disabled = false;
		}
	});
}
slowly($("download"), async () => {
	const item = album.current, format = $("format").value || null;
	await keepAnswer(await album.with(item, () => call(album.path(item, "color", { ...album.options(item), format }))));
});
slowly($("all"), async () => {
	const headers = { "Content-Type": "application/json" };
	const photos = () => album.items.map((item) => ({ id: item.info.id, options: album.options(item) }));
	const ask = () => call("/v1/zip", { method: "POST", headers, body: JSON.stringify({ photos: photos() }) });
	await keepAnswer(await album.with(album.items, ask));
});

for (const dialog of document.querySelectorAll("dialog")) {
	dialog.querySelector(".close").onclick = () => dialog.close();
	dialog.onclick = (event) => { if (event.target === dialog) dialog.close(); };
}
$("help").onclick = () => $("about").showModal();

const { style } = document.documentElement, system = matchMedia("(prefers-color-scheme: dark)");
const dark = () => (style.colorScheme ? style.colorScheme === "dark" : system.matches);
$("theme").ariaPressed = String(dark());
$("theme").onclick = () => {
	style.colorScheme = dark() ? "light" : "dark";
	$("theme").ariaPressed = String(dark());
	try { localStorage.theme = style.colorScheme; } catch { /* for this page alone */ }
};
