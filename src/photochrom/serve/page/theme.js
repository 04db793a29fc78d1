// Light or dark as the system says, until the switch is used. Loaded before the page is drawn, so that nothing flashes.
"use strict";
{
	const style = document.documentElement.style, system = matchMedia("(prefers-color-scheme: dark)");
	const show = () => {
		try { style.colorScheme = localStorage.theme ?? ""; } catch { /* a browser that keeps nothing */ }
		const dark = style.colorScheme ? style.colorScheme === "dark" : system.matches;
		document.getElementById("theme")?.setAttribute("aria-pressed", dark);
		return dark;
	};
	show();
	addEventListener("DOMContentLoaded", () => {
		show();
		document.getElementById("theme").onclick = () => {
			style.colorScheme = show() ? "light" : "dark";
			try { localStorage.theme = style.colorScheme; } catch { /* for this page alone */ }
			show();
		};
	});
}
