"""Draws docs/images/examples.jpg: every photograph of examples/, in gray and as the shipped model colors it.

python docs/make_images.py
"""

from pathlib import Path

import numpy as np
import pyvips

from photochrom import Colorizer, Photo

ROOT = Path(__file__).resolve().parents[1]
HEIGHT, GAP = 260, 6  # pixels a picture, pixels between two
ROWS = (("lake-sherburne", "citrus", "grace-hopper"), ("osprey", "raccoon", "eileen-collins"))  # of about one width


def pair(path: Path, colorizer: Colorizer) -> pyvips.Image:
    """Gray beside color, at HEIGHT."""
    photo = Photo.read(path)
    gray = np.repeat(photo.pixels[..., :1], 3, axis=2)
    both = [pyvips.Image.new_from_array(pixels) for pixels in (gray, colorizer(photo).pixels)]
    small = [picture.thumbnail_image(10**5, height=HEIGHT) for picture in both]
    return small[0].join(small[1], "horizontal", shim=2, background=[255])


def main() -> None:
    """Write the sheet."""
    colorizer = Colorizer()
    rows = []
    for names in ROWS:
        pairs = [pair(ROOT / "examples" / f"{name}.jpg", colorizer) for name in names]
        row = pairs[0]
        for other in pairs[1:]:
            row = row.join(other, "horizontal", shim=2 * GAP, background=[255], expand=True)
        rows.append(row)
    sheet = rows[0].join(rows[1], "vertical", shim=GAP, background=[255], expand=True)
    sheet.write_to_file(str(ROOT / "docs" / "images" / "examples.jpg"), Q=88, keep="none")


if __name__ == "__main__":
    main()
