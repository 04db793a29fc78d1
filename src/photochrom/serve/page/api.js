// The server, as the page knows it: what it refuses comes as an error with its sentence and status.
import { make } from "./elements.js";

// A server that has too much to do is asked again, for half a minute.
export async function call(path, options) {
	for (let tries = 0; ; tries++) {
		const answer = await fetch(path, options).catch((error) => {
			throw error.name === "AbortError" ? error : new Error("The server does not answer. Is photochrom serve still running?");
		});
		if (answer.ok) return answer;
		const { status, headers } = answer;
		if (tries > 20 || status !== 429 && status !== 503) {
			const { detail } = await answer.json().catch(() => ({}));
			throw Object.assign(new Error(detail ?? `The server answers ${status}.`), { status });
		}
		await new Promise((done) => setTimeout(done, 1000 * Math.min(headers.get("Retry-After") || 1, 5)));
	}
}

export const json = async (path, options) => (await call(path, options)).json();

export function upload(source) {
	const body = new FormData();
	if (typeof source === "string") body.set("example", source); else body.set("file", source, source.name || "photograph");
	return json("/v1/photos", { method: "POST", body });
}

// A picture that is decoded already, so that it can be shown without a flash.
export async function picture(path, signal) {
	const answer = await call(path, { signal }), src = URL.createObjectURL(await answer.blob());
	const image = make("img", { alt: "", src, notes: JSON.parse(answer.headers.get("Photochrom-Notes") ?? "[]") });
	await image.decode();
	return image;
}

export function keep(blob, download) {
	const href = URL.createObjectURL(blob);
	make("a", { href, download }).click();
	setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

export async function keepAnswer(answer) {
	const [, name] = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get("Content-Disposition"));
	keep(await answer.blob(), decodeURIComponent(name));
}
