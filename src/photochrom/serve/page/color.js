// sRGB and CIELAB (D65), what of a plane of lightness can be shown, and names for colors. As photochrom/color.py.

const LINEAR = [[3.2404813, -1.5371515, -0.4985363], [-0.969255, 1.875990, 0.0415559], [0.0556466, -0.2040413, 1.0573111]];
const XYZ = [[0.412453, 0.35758, 0.180423], [0.212671, 0.71516, 0.072169], [0.019334, 0.119193, 0.950227]];
const WHITE = [0.95047, 1, 1.08883];
const mix = (matrix, v) => matrix.map((row) => row[0] * v[0] + row[1] * v[1] + row[2] * v[2]);

export function linear(L, a, b) {
	const y = (L + 16) / 116;
	return mix(LINEAR, [y + a / 500, y, y - b / 200].map((t, i) => WHITE[i] * (t > 0.2068966 ? t ** 3 : (t - 16 / 116) / 7.787)));
}
export const shown = (rgb) => rgb.every((value) => value > -0.0005 && value < 1.0005);
const encode = (value) => Math.round(255 * Math.min(1, Math.max(0, value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055)));
export const bytes = (L, a, b) => linear(L, a, b).map(encode);
export const hex = (L, a, b) => `#${bytes(L, a, b).map((value) => value.toString(16).padStart(2, "0")).join("")}`;

export function lab(color) {
	const rgb = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255);
	const xyz = mix(XYZ, rgb.map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)));
	const [x, y, z] = xyz.map((value, i) => value / WHITE[i]).map((t) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116));
	return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

// The most chroma that can be shown at a lightness and a hue (radians).
export function most(L, hue) {
	let low = 0, high = 140;
	while (high - low > 0.1) {
		const middle = (low + high) / 2;
		if (shown(linear(L, middle * Math.cos(hue), middle * Math.sin(hue)))) low = middle; else high = middle;
	}
	return low;
}

const HUES = [[20, "pink"], [47, "red"], [80, "orange"], [113, "yellow"], [165, "green"], [215, "turquoise"], [298, "blue"], [325, "purple"], [361, "pink"]];

export function called(color) {
	if (!color) return "no color yet";
	const [L, a, b] = lab(color);
	const chroma = Math.hypot(a, b), hue = (Math.atan2(b, a) * 180 / Math.PI + 360) % 360;
	if (chroma < 7) return L < 12 ? "black" : L > 95 ? "white" : `${L < 40 ? "dark " : L > 72 ? "light " : ""}gray`;
	let name = HUES.find(([end]) => hue < end)[1];
	if (name === "orange" && chroma < 55 && L < 68) name = "brown";
	if ((name === "orange" || name === "yellow") && chroma < 32 && L >= 68) name = "beige";
	if (name === "yellow" && L < 55) name = "olive";
	return `${L < 32 ? "dark " : L > 80 && name !== "yellow" ? "light " : ""}${chroma < 18 && name !== "beige" ? "grayish " : ""}${name}`;
}
