"""Draws the pictures of the pages, as the shipped model colors them.

    python docs/make_images.py

docs/images/examples.jpg           every photograph of examples/, in gray and in color (README)
docs/images/hints.jpg              three as colored, and with the hints of HINTS, drawn as squares (docs/hints.md)
docs/images/gallery/NAME.jpg       one photograph: gray, colored, and the original where there is one (docs/gallery.md)

All sources are in the public domain or CC0; docs/gallery.md names them. `skimage.data` comes with the extra `dev`.
"""

from pathlib import Path

import numpy as np
import pyvips
import skimage

from photochrom import Colorizer, Hint, Photo

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
HEIGHT, GAP = 260, 6  # pixels a picture, pixels between two
ROWS = (("lake-sherburne", "citrus", "grace-hopper"), ("osprey", "raccoon", "eileen-collins"))  # of about one width
FREE = ("astronaut", "brick", "camera", "chelsea", "coffee", "grass", "retina", "rocket")  # files of skimage.data
HINTS = {
    "eileen-collins": ("256,320,#e0662e",),
    "grace-hopper": ("430,80,#7d7672",),
    "citrus": ("210,640,#93a53c", "1010,80,#93a53c", "662,300,#93a53c", "1180,430,#93a53c"),
}
MARK = 0.02  # of the longer side: half a drawn hint
LARGER = 300  # pixels a picture of the gallery is high


def gray_of(photo: Photo) -> Photo:
    """The photograph's lightness as a photograph of its own: sRGB gray of the same L*."""
    neutral = Colorizer().render(photo, Colorizer().predict(photo), saturation=0)
    return Photo.from_array(neutral.pixels[..., :1])


def row(pictures: list[np.ndarray], height: int) -> pyvips.Image:
    """Pictures of one size side by side, at a height."""
    small = [pyvips.Image.new_from_array(pixels).thumbnail_image(10**5, height=height) for pixels in pictures]
    joined = small[0]
    for other in small[1:]:
        joined = joined.join(other, "horizontal", shim=2, background=[255])
    return joined


def as_rgb(photo: Photo) -> np.ndarray:
    """Three channels, also of a gray photograph."""
    return np.repeat(photo.pixels, 3, axis=2) if photo.is_gray else photo.pixels


def examples(colorizer: Colorizer) -> None:
    """The sheet of the README."""
    rows = []
    for names in ROWS:
        photos = [Photo.read(ROOT / "examples" / f"{name}.jpg") for name in names]
        pairs = [row([as_rgb(photo), colorizer(photo).pixels], HEIGHT) for photo in photos]
        line = pairs[0]
        for other in pairs[1:]:
            line = line.join(other, "horizontal", shim=2 * GAP, background=[255], expand=True)
        rows.append(line)
    sheet = rows[0].join(rows[1], "vertical", shim=GAP, background=[255], expand=True)
    sheet.write_to_file(str(IMAGES / "examples.jpg"), Q=88, keep="none")


def hints(colorizer: Colorizer) -> None:
    """What a few hints change."""
    sheet = None
    for name, words in HINTS.items():
        photo = Photo.read(ROOT / "examples" / f"{name}.jpg")
        prediction = colorizer.predict(photo)
        chosen = [Hint.parse(word) for word in words]
        hinted = colorizer.render(photo, prediction.hinted(chosen)).pixels.copy()
        half = round(MARK * max(photo.size))
        for hint in chosen:
            for reach, color in ((half, (255, 255, 255)), (half - 3, hint.color)):
                rows = slice(max(0, int(hint.y) - reach), int(hint.y) + reach)
                hinted[rows, max(0, int(hint.x) - reach) : int(hint.x) + reach] = color
        pair = row([colorizer.render(photo, prediction).pixels, hinted], HEIGHT)
        sheet = pair if sheet is None else sheet.join(pair, "horizontal", shim=2 * GAP, background=[255], expand=True)
    assert sheet is not None
    sheet.write_to_file(str(IMAGES / "hints.jpg"), Q=88, keep="none")


def gallery(colorizer: Colorizer) -> None:
    """A picture for each photograph of the gallery."""
    folder = IMAGES / "gallery"
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted((ROOT / "examples").glob("*.jpg")):
        photo = Photo.read(path)
        show(folder / f"{path.stem}.jpg", [as_rgb(photo), colorizer(photo).pixels])
    data = Path(skimage.__file__).parent / "data"
    for name in FREE:
        photo = Photo.read(next(data.glob(f"{name}.*")))
        gray = gray_of(photo)
        shown = [as_rgb(gray), colorizer(gray).pixels]
        show(folder / f"{name}.jpg", [*shown, *([photo.pixels] if not photo.is_gray else [])])


def show(path: Path, pictures: list[np.ndarray]) -> None:
    """Write pictures side by side."""
    row(pictures, LARGER).write_to_file(str(path), Q=85, keep="none")


def main() -> None:
    """Draw all of them."""
    colorizer = Colorizer()
    examples(colorizer)
    hints(colorizer)
    gallery(colorizer)


if __name__ == "__main__":
    main()
