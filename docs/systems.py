"""The rows of the table of the systems of 2016 in models.md, and the claims of their papers that it tells about."""

from dataclasses import dataclass

from photochrom.representations import Readout


@dataclass(frozen=True)
class Row:
    """A recipe, what of it is changed beside the budget, where it starts, and other read-outs to measure."""

    recipe: str
    about: str
    init: str | None = None
    initialize: str | None = None
    rebalance: float | None = None
    joint: bool = False
    readouts: tuple[Readout, ...] = ()


SCALES = (Readout("mean"), Readout("median"), Readout("mode"))
ROWS = {
    "photochrom": Row("photochrom", "313 bins, lambda 0.75", readouts=(Readout("mean"), Readout("mode"))),
    "photochrom-class": Row("photochrom", "313 bins, lambda 1", rebalance=1.0),
    "photochrom-l2": Row("photochrom-l2", "L2"),
    "photochrom-l2-ft": Row("photochrom-l2", "L2, from the run of `photochrom`", init="photochrom"),
    "photochrom-l2-again": Row("photochrom-l2", "L2, from the run of `photochrom-l2`", init="photochrom-l2"),
    "photochrom-quantiles": Row("photochrom-quantiles", "a and b in 32 quantiles each", readouts=SCALES[1:]),
    "photochrom-quantiles-joint": Row(
        "photochrom-quantiles", "16 x 16 quantiles of (a, b)", joint=True, readouts=(Readout("mode"),)
    ),
    "photochrom-hue-chroma": Row(
        "photochrom-hue-chroma",
        "hue and chroma",
        readouts=(Readout("mean"), Readout("median", fading=False)),
    ),
    "zhang2016-full": Row("zhang2016-full-small", "313 bins, lambda 0.5", initialize="kmeans"),
    "zhang2016-class": Row("zhang2016-class-small", "313 bins, lambda 1", initialize="kmeans"),
    "zhang2016-l2": Row("zhang2016-l2-small", "L2", initialize="kmeans"),
    "zhang2016-l2-ft": Row("zhang2016-l2-ft-small", "L2, from the run of `zhang2016-full`", init="zhang2016-full"),
    "iizuka2016": Row("iizuka2016-small", "ab by a sigmoid, classes beside it"),
    "iizuka2016-local": Row("iizuka2016-local-small", "the same without the global branch"),
    "iizuka2016-rgb": Row("iizuka2016-rgb-small", "RGB"),
    "iizuka2016-yuv": Row("iizuka2016-yuv-small", "YUV"),
    "larsson2016": Row(
        "larsson2016-small", "hue and chroma", readouts=(Readout("mean"), Readout("median", fading=False))
    ),
    "larsson2016-lab": Row("larsson2016-lab-small", "a and b in 32 quantiles each", readouts=SCALES[1:]),
    "larsson2016-lab-joint": Row(
        "larsson2016-lab-joint-small", "16 x 16 quantiles of (a, b)", readouts=(Readout("mode"),)
    ),
    "larsson2016-l2": Row("larsson2016-l2-small", "L2"),
    "zhang2017": Row("zhang2017-small", "ab by a tanh; no hints given", initialize="kmeans"),
}

PLAIN, ONCE = ("auc", "auc_bins", "psnr"), ("rmse_alpha_beta", "psnr", "auc_bins")  # of Zhang's and Larsson's papers

# What the papers say: first against second, on these measures
CLAIMS = (
    ("rebalancing, lambda 0.75 against 1", "photochrom", "photochrom-class", PLAIN[:2]),
    ("rebalancing, lambda 0.5 against 1", "zhang2016-full", "zhang2016-class", PLAIN[:2]),
    ("classification against L2", "photochrom-class", "photochrom-l2", PLAIN),
    ("the same, rebalanced", "photochrom", "photochrom-l2", PLAIN),
    ("classification against L2", "zhang2016-class", "zhang2016-l2", PLAIN),
    ("the same, rebalanced", "zhang2016-full", "zhang2016-l2", PLAIN),
    ("L2 from classification against L2", "photochrom-l2-ft", "photochrom-l2", PLAIN),
    ("the same against L2 for as long", "photochrom-l2-ft", "photochrom-l2-again", PLAIN),
    ("L2 for twice as long", "photochrom-l2-again", "photochrom-l2", PLAIN),
    ("L2 from classification against L2", "zhang2016-l2-ft", "zhang2016-l2", PLAIN),
    ("without hints against classification", "zhang2017", "zhang2016-class", PLAIN),
    ("the same against L2", "zhang2017", "zhang2016-l2", PLAIN),
    ("global features", "iizuka2016", "iizuka2016-local", PLAIN),
    ("Lab against RGB", "iizuka2016", "iizuka2016-rgb", PLAIN),
    ("Lab against YUV", "iizuka2016", "iizuka2016-yuv", PLAIN),
    ("YUV against RGB", "iizuka2016-yuv", "iizuka2016-rgb", PLAIN),
    *(
        (title, f"{one}{first}", f"{one}{second}", ONCE)
        for one in ("photochrom-quantiles", "larsson2016-lab")
        for title, first, second in (
            ("Lab: expectation against median", "", " median"),
            ("Lab: expectation against mode", "", " mode"),
            ("16 x 16: expectation against mode", "-joint", "-joint mode"),
            ("Lab: 32 quantiles each against 16 x 16", "", "-joint"),
        )
    ),
    *(
        (title, one, f"{one}{other}", ONCE)
        for one in ("photochrom-hue-chroma", "larsson2016")
        for title, other in (
            ("chroma: median against expectation", " mean"),
            ("chromatic fading against none", " median, no fading"),
        )
    ),
    *(
        (title, first, second, ONCE)
        for hue, lab, l2 in (
            ("photochrom-hue-chroma", "photochrom-quantiles", "photochrom-l2"),
            ("larsson2016", "larsson2016-lab", "larsson2016-l2"),
        )
        for title, first, second in (
            ("Lab quantiles against L2", lab, l2),
            ("16 x 16 quantiles against L2", f"{lab}-joint", l2),
            ("hue and chroma against L2", hue, l2),
            ("hue and chroma against Lab quantiles", hue, lab),
            ("the same without fading", f"{hue} median, no fading", lab),
            ("hue and chroma against 16 x 16 quantiles", hue, f"{lab}-joint"),
        )
    ),
)
