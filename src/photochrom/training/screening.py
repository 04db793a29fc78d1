"""Which pictures teach nothing about color, or the wrong thing: gray ones, and black-and-white ones that were toned.

Two rules:

    near-gray   the mean chroma is below 3: a black-and-white photograph, its scan, a drawing
    tinted      color is a function of lightness: sepia, cyanotype, duotone, one-color graphics
"""

import numpy as np

from photochrom.color import srgb_to_lab

MIN_CHROMA = 3.0  # black-and-white scans with a cast stay below, the palest color photographs above

# A photograph that was toned has one color at each lightness, so a smooth curve through (L*, ab) leaves nothing but the
# noise of JPEG; where grass, skin and sky share a lightness, much is left. Measured as the root mean square that a
# polynomial of degree 5 leaves, on 1135 color photographs that had been screened before, and on 190 of them toned in
# six ways (matrix sepia; fixed ab strong, weak and cyan; three-color curve; blue-orange duotone), saved as JPEG 75 with
# halved chroma. Toned ones leave more the more chroma they have, up to a point. At these numbers 78 % of matrix sepia,
# 93 % of the duotones, 100 % of the others and 0.4 % of the photographs are dropped, of which by eye most were toned
# indeed. The usual rule, a small spread across the main axis of ab and a mean far from gray, drops 5 to 8 % of the
# photographs when it catches 63 to 83 % of matrix sepia, and hardly any duotone.
TONED_REST, TONED_SLOPE, TONED_MOST = 1.4, 0.08, 3.4
_DEGREE = 5


def screen(srgb: np.ndarray) -> tuple[str | None, float]:
    """Why to drop a picture ("gray", "tinted" or None), and its mean chroma.

    `srgb` is uint8 H x W x 3 and small (about 64 pixels): averaging takes the chroma noise of JPEG and sensors away.
    """
    lab = srgb_to_lab(srgb.astype(np.float32) / 255).reshape(-1, 3).astype(np.float64)
    chroma = float(np.hypot(lab[:, 1], lab[:, 2]).mean())
    if chroma < MIN_CHROMA:
        return "gray", chroma
    if color_beyond_lightness(lab) < min(TONED_REST + TONED_SLOPE * chroma, TONED_MOST):
        return "tinted", chroma
    return None, chroma


def color_beyond_lightness(lab: np.ndarray) -> float:
    """How far ab strays from the best polynomial in L*, root mean square over the pixels (N x 3) of a picture."""
    powers = np.polynomial.chebyshev.chebvander(lab[:, 0] / 50 - 1, _DEGREE)
    ab = lab[:, 1:]
    # The normal equations: 6 x 6, a twentieth of the time, and least squares of them copes with a single lightness too.
    rest = ab - powers @ np.linalg.lstsq(powers.T @ powers, powers.T @ ab, rcond=None)[0]
    return float(np.sqrt((rest**2).sum(axis=1).mean()))
