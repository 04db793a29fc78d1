"""What a network predicts, compared: bins of ab, quantiles of Lab, hue and chroma, regression.

Larsson 2016 tells representations apart by RMSE and PSNR, Iizuka 2016 compares Lab, YUV and RGB. The models, trained
alike but for their representation, are given; what each predicts stands in its card.
"""

import json
from collections.abc import Mapping

from photochrom.colorizer import Colorizer
from photochrom.representations import Readout
from photochrom.studies.comparison import COLUMNS, against_first, compared, legend, told_of_color
from photochrom.studies.folder import Findings, Folder, Table
from photochrom.studies.gallery import Way, means, visit
from photochrom.studies.photographs import Gathering


def study(photographs: Gathering, colorizers: Mapping[str, Colorizer], folder: Folder, show: int) -> Findings:
    """Color every photograph by every model; pictures, and a table with what each model predicts."""
    found = visit(photographs, {name: _way(one) for name, one in colorizers.items()}, show)
    found.draw(folder, "colorspace-pictures")
    figures = compared(found.measured)
    predicts = {name: representation(one) for name, one in colorizers.items()}
    vivid = means(found.vivid)
    if figures:
        rows = tuple((name, predicts[name], *(one[key]["value"] for key in COLUMNS)) for name, one in figures.items())
        table = Table(("model", "predicts", *COLUMNS), rows)
    else:
        table = Table(
            ("model", "predicts", "colorful"), tuple((name, predicts[name], vivid[name]) for name in predicts)
        )
    result = {
        "photographs": found.seen,
        "in_color": found.in_color,
        "predicts": predicts,
        "colorful": vivid,
        "measures": figures,
        "against_the_first": against_first(found.measured) if len(colorizers) > 1 else {},
        "legend": legend(),
    }
    return Findings(result, table, [*photographs.notes, *told_of_color(found.in_color, found.seen)])


def representation(colorizer: Colorizer) -> str:
    """What a model predicts and how it is read, as its card says: "ab_bins, annealed 0.38"; "ab_quantiles, mean"."""
    card = colorizer.model.card
    named = dict(card.representation)
    settings = {key: value for key, value in named.items() if key != "name"}
    readout = Readout.from_card(card.readout)
    read = f"{readout.kind} {readout.temperature}" if readout.kind == "annealed" else readout.kind
    more = f" {json.dumps(settings)}" if settings and named["name"] != "ab_bins" else ""
    return f"{named['name']}{more}, {read}{'' if readout.fading else ' without fading'}"


def _way(colorizer: Colorizer) -> Way:
    return lambda subject: colorizer(subject.photo).pixels
