"""Mean, annealed mean, mode: one prediction read off at several temperatures (Zhang 2016, section 2.3 and Fig. 4)."""

from collections.abc import Sequence
from typing import Any

from photochrom.colorizer import Colorizer
from photochrom.evaluation.measures import PhotoSums, measure
from photochrom.representations import Readout
from photochrom.studies.comparison import compared, comparison_table, legend, told_of_color
from photochrom.studies.figures import MUTED, SERIES, Cell, faint_grid, panel, picture_grid, plots
from photochrom.studies.folder import Findings, Folder
from photochrom.studies.photographs import Gathering

TEMPERATURES = (1.0, 0.77, 0.58, 0.38, 0.29, 0.14, 0.0)
MEASURED = ("auc", "auc_bins", "psnr", "colorful", "colorful_truth", "chroma_w1")


def study(
    photographs: Gathering, colorizer: Colorizer, folder: Folder, temperatures: Sequence[float], show: int
) -> Findings:
    """Read every photograph's one prediction at every temperature: a row of pictures each, and curves of measures."""
    at = sorted(set(temperatures), reverse=True)
    rows: dict[float, list[PhotoSums]] = {one: [] for one in at}
    colored: list[bool] = []
    cells: list[list[Cell]] = []
    names: list[str] = []
    for subject in photographs:
        photo = subject.photo
        prediction = colorizer.predict(photo)
        results = {one: colorizer.render(photo, prediction, Readout("annealed", one)).pixels for one in at}
        for one, result in results.items():
            rows[one].append(measure(subject.pixels, result, subject.name))
        colored.append(subject.is_colored)
        if len(cells) < show:
            cells.append([Cell(result) for result in results.values()])
            names.append(subject.stem)
    folder.draw(picture_grid(cells, [label(one) for one in at], names), "temperature-pictures")
    figures = _measured(rows, colored)
    _curves(figures, colorizer.model.readout, folder)
    measures = MEASURED if any(colored) else ("colorful",)
    return Findings(
        {"photographs": len(colored), "in_color": sum(colored), "temperatures": figures, "measures": legend(measures)},
        comparison_table("temperature", {label(one): figures[one] for one in at}, measures),
        [*photographs.notes, *told_of_color(sum(colored), len(colored))],
    )


def label(temperature: float) -> str:
    """How the paper heads its columns."""
    ends = {1.0: "mean, T = 1", 0.0: "mode, T → 0"}
    return ends.get(temperature, f"T = {temperature:.2g}")


def _measured(rows: dict[float, list[PhotoSums]], colored: Sequence[bool]) -> dict[float, Any]:
    """Of the photographs in color if there are any; of gray ones how colorful they come out is all there is."""
    if not any(colored):
        return dict(zip(rows, compared({str(one): kept for one, kept in rows.items()}, ("colorful",)).values(),
                        strict=True))  # fmt: skip
    kept = {str(one): [sums for sums, use in zip(of, colored, strict=True) if use] for one, of in rows.items()}
    return dict(zip(rows, compared(kept, MEASURED).values(), strict=True))


def _curves(figures: dict[float, Any], own: Readout, folder: Folder) -> None:
    """AuC and colorfulness against T, with 95 % intervals over photographs."""
    at = sorted(figures)
    truth = "auc" in figures[at[0]]
    wanted = ["auc", "auc_bins", "colorful"] if truth else ["colorful"]
    wanted = [key for key in wanted if figures[at[0]][key]["value"] == figures[at[0]][key]["value"]]  # not NaN
    titles = {"auc": "AuC, %", "auc_bins": "AuC, mean over colors, %", "colorful": "colorfulness"}
    figure, panels = plots(len(wanted), width=7.0 * len(wanted) / 3 if len(wanted) < 3 else 7.0, height=2.1)
    for axes, letter, key in zip(panels, "abc", wanted, strict=False):
        low, high = ([figures[one][key]["interval"][end] for one in at] for end in (0, 1))
        axes.fill_between(at, low, high, color=SERIES[0], alpha=0.15, linewidth=0)
        axes.plot(at, [figures[one][key]["value"] for one in at], "o-", color=SERIES[0])
        if key == "colorful" and truth:
            level = figures[at[0]]["colorful_truth"]["value"]
            axes.axhline(level, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
            axes.text(0.99, level, "the originals", transform=axes.get_yaxis_transform(), ha="right", va="bottom",
                      fontsize=6.5, color=MUTED)  # fmt: skip
        if own.kind == "annealed":
            axes.axvline(own.temperature, color=SERIES[1], linewidth=0.8, linestyle=(0, (1, 1.5)))
            axes.text(own.temperature + 0.015, 1.0, "the model's own", transform=axes.get_xaxis_transform(), va="top",
                      fontsize=6.5, color=SERIES[1])  # fmt: skip
        panel(axes, letter, titles[key])
        faint_grid(axes)
        axes.set_xlabel("temperature T")
    folder.draw(figure, "temperature-curves")
