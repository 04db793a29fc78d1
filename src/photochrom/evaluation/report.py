"""report.html: one self-contained page, readable without scripts, in light and dark and on paper."""

from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from photochrom.evaluation import figures
from photochrom.evaluation.gallery import Row
from photochrom.evaluation.report_tables import all_measures, comparisons, definitions, facts, main_table
from photochrom.evaluation.results import write_whole
from photochrom.evaluation.tables import interval, number, victories

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

Gallery = Mapping[str, Mapping[str, Sequence[Row]]]


def write_report(path: Path, results: Mapping[str, Any], gallery: Gallery) -> None:
    """Write the page, whole or not at all."""
    write_whole(path, page(results, gallery).encode("utf-8", "xmlcharrefreplace"))


def page(results: Mapping[str, Any], gallery: Gallery) -> str:
    """The whole page."""
    style = files("photochrom.evaluation").joinpath("report.css").read_text(encoding="utf-8")
    title = _title(results)
    parts = [_head(results, title), *_sections(results, gallery)]
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(parts)
        + f"\n{_foot(results)}\n</main>\n</body>\n</html>\n"
    )


def _sections(results: Mapping[str, Any], gallery: Gallery) -> list[str]:
    """The numbered parts; figures and tables are numbered through."""
    systems, count = results["systems"], _Numbers()
    parts = [
        ("Figures", count.table(main_table(results)) + count.figure(figures.at_a_glance(results), _GLANCE)),
        ("Where the errors lie", count.figure(figures.error_curves(systems), _CURVES)
         + count.figure(figures.error_maps(systems), _MAPS)),
        ("Which colors there are", count.figure(figures.ab_histograms(systems), _HISTOGRAMS)
         + count.figure(figures.chroma_curves(systems), _CHROMA)),
    ]  # fmt: skip
    if results["paired"]:
        said = "".join(f"<li>{escape(one)}</li>" for one in victories(results))
        parts.insert(1, ("Who is better", f"{count.table(comparisons(results))}<ul>{said}</ul>"))
    if gallery:
        parts.append(("Photographs", "".join(_photographs(name, kinds) for name, kinds in gallery.items())))
    every = count.table(all_measures(results))
    if results["paired"]:
        every += count.table(comparisons(results, short=False))
    parts.append(("Every measure", every + definitions(results)))
    parts.append(("How to get the same again", facts(results)))
    return [
        f"<section><h2><span>{number}</span>{name}</h2>{text}</section>"
        for number, (name, text) in enumerate(parts, start=1)
    ]


class _Numbers:
    """Counts tables and figures as they come."""

    def __init__(self) -> None:
        self.tables = self.figures = 0

    def table(self, table: str) -> str:
        self.tables += 1
        return table.replace('<p class="caption">', f'<p class="caption"><b>Table {self.tables}.</b> ', 1)

    def figure(self, svg: str, caption: str) -> str:
        self.figures += 1
        return f"<figure>{svg}<figcaption><b>Figure {self.figures}.</b> {caption}</figcaption></figure>"


_GLANCE = (
    "Measures of Table 1 at a glance, with 95 % bootstrap intervals over the photographs. An arrow shows where better "
    "lies, a line the best value. The originals themselves are left out."
)
_CURVES = (
    "Cumulative error: the share of pixels whose distance in ab from the original is at most t, photographs counting "
    "alike. The area under the curve up to t = 150 is the AuC. On the right the same less gray: above zero a system "
    "has more pixels that near than no color at all has."
)
_MAPS = (
    "Mean ab error by the color of the original, for cells of 10 x 10 that hold 0.002 % of all pixels or more. "
    "auc_bins counts each of these cells alike."
)
_HISTOGRAMS = (
    "The ab plane of the originals and of the results: each cell in its own color at L* 68, opaque at 1 % of all "
    "pixels and gone below 0.001 %, logarithmic in between."
)
_CHROMA = (
    "Share of pixels with a chroma of c or more, logarithmic. A curve below that of the originals is a paler system."
)
_KINDS = {"best": "Best", "middle": "In the middle", "worst": "Worst"}


def _title(results: Mapping[str, Any]) -> str:
    tested = [name for name, one in results["systems"].items() if one["kind"] != "baseline"] or list(results["systems"])
    names = tested[0] if len(tested) == 1 else f"{', '.join(tested[:-1])} and {tested[-1]}"
    return f"How well {names} {'color' if len(tested) > 1 else 'colors'}"


def _head(results: Mapping[str, Any], title: str) -> str:
    protocol = results["protocol"]
    told = (
        f"<p>{protocol['photographs']:,} photographs, protocol <b>{escape(protocol['name'])}</b>: "
        f"{escape(protocol['geometry'])}</p><p>photochrom {escape(results['versions']['photochrom'])}, "
        f"{escape(results['made'][:10])}</p>"
    )
    sentences = [_summary(name, one) for name, one in results["systems"].items() if one["kind"] != "baseline"]
    body = "".join(f"<p>{escape(one)}</p>" for one in sentences)
    notes = "".join(f'<div class="note">{escape(one)}</div>' for one in results["warnings"])
    return f'<header><h1>{escape(title)}</h1>{told}</header>\n<div class="abstract">{body}{notes}</div>'


def _summary(name: str, system: Mapping[str, Any]) -> str:
    def told(measure: str) -> str:
        figure = system["figures"][measure]
        return f"{number(figure['value'], measure)} {interval(figure, measure)}"

    return (
        f"{name} reaches an AuC of {told('auc')} %, by color bins {told('auc_bins')} %, at "
        f"{told('colorful_ratio')} of the originals' colorfulness; PSNR {told('psnr')} dB, "
        f"CIEDE2000 {told('ciede2000')}."
    )


def _photographs(name: str, kinds: Mapping[str, Sequence[Row]]) -> str:
    parts = [f"<h3>{escape(name)}, by AuC of the photograph</h3>"]
    for kind, rows in kinds.items():
        wide = " wide" if rows and len(rows[0].pictures) > 4 else ""
        strips = "".join(_strip(row) for row in rows)
        parts.append(f'<p><i>{_KINDS[kind]}</i></p><div class="gallery{wide}">{strips}</div>')
    return "".join(parts)


def _strip(row: Row) -> str:
    cells = []
    for one in row.pictures:
        seen = f'<img src="{one.source}" alt="{escape(one.title)}">' if one.source else '<div class="lost"></div>'
        cells.append(f"<div>{seen}<p>{escape(one.title)} <b>{escape(one.note)}</b></p></div>")
    return f'<figure class="strip"><div class="pictures">{"".join(cells)}</div><p>{escape(row.name)}</p></figure>'


def _foot(results: Mapping[str, Any]) -> str:
    return (
        f"<footer>Made by photochrom evaluate, {escape(results['made'])}. Every figure of this page stands in "
        "results.json beside it, those of each photograph in photographs.csv.</footer>"
    )
