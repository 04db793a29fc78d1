// Elements: to find one, to make one, and to tell the person something.

export const $ = (id) => document.getElementById(id);
export const on = (target, names, work, options) => { for (const name of names.split(" ")) target.addEventListener(name, work, options); };

export function make(tag, set = {}, ...inside) {
	const one = Object.assign(document.createElement(tag), set);
	one.append(...inside);
	return one;
}
export const button = (set, ...inside) => make("button", set, ...inside);
export const cross = (ariaLabel, onclick, className = "icon") => button({ ariaLabel, onclick, className }, "×");

export const put = (one, places) => { for (const name in places) one.style[name] = `${places[name]}px`; };

export function dot(background) {
	const one = make("i");
	one.style.background = background;
	return one;
}

export function say(text) { // for screen readers
	$("said").textContent = "";
	setTimeout(() => { $("said").textContent = text; }, 50);
}

export function complain(sentence) {
	for (const old of $("problems").children) if (old.firstChild.textContent === sentence) old.remove();
	const box = make("div", {}, make("p", {}, sentence), cross("Close this message", () => box.remove()));
	$("problems").append(box);
}

// Whatever is refused is told, and the page goes on.
export async function attempt(work) {
	try {
		return await work();
	} catch (error) {
		if (error.name !== "AbortError") complain(error.message);
	}
}
