"""Draws docs/images/examples.jpg: every photograph of examples/, in gray and as the shipped model colors it.

python docs/make_images.py
"""

from pathlib import Path

import numpy as np
import pyvips

from photochrom import Colorizer, Photo

ROOT = Path(__file__).resolve().parents[1]
HEIGHT, GAP, ROW = 260, 6, 3  # pixels a picture, pixels between two, pairs a row


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
    pairs = [pair(path, colorizer) for path in sorted((ROOT / "examples").glob("*.jpg"))]
    pairs.sort(key=lambda picture: picture.width)
    rows = [pyvips.Image.arrayjoin(pairs[i::2], across=1, shim=GAP, background=[255]) for i in range(2)]
    sheet = rows[0].join(rows[1], "horizontal", shim=3 * GAP, background=[255])
    sheet.write_to_file(str(ROOT / "docs" / "images" / "examples.jpg"), Q=88, keep="none")


if __name__ == "__main__":
    main()
