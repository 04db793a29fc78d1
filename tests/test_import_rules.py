"""Who may import whom (docs/architecture.md): sources are read, not run, so imports inside functions count as well."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "photochrom"

CARDS = {"card", "catalog"}

# Each room of the house and the rooms it may import. `errors` is open to all but `networks`, a room always to itself.
# A room is a folder, or a module NAME.py together with its parts NAME_*.py.
RULES: dict[str, set[str]] = {
    "errors": set(),
    "addresses": set(),
    "color": set(),
    "cores": set(),
    "resample": set(),
    "wire": set(),
    "kernel": set(),
    "photo": {"color", "cores", "kernel", "resample"},
    "listing": {"photo"},
    "card": set(),
    "catalog": {"card"},
    "representations": {"color"},
    "join": {"color", "resample"},
    "hints": {"color", "photo"},
    "propagation": set(),
    "prediction": {"color", "hints", "propagation", "representations", "resample"},
    "model": {"color", "cores", "hints", "prediction", "representations", "resample", "wire"} | CARDS,
    "colorizer": {"cores", "hints", "join", "model", "photo", "prediction", "rendering", "representations"} | CARDS,
    "rendering": {"color", "cores", "join", "kernel", "photo"},
    "archive": {"colorizer", "cores", "hints", "photo", "representations"} | CARDS,
    "networks": set(),
    "training": {"color", "cores", "listing", "networks", "photo", "representations", "wire"} | CARDS,
    "evaluation": {
        "color",
        "colorizer",
        "cores",
        "join",
        "listing",
        "model",
        "photo",
        "prediction",
        "representations",
        "resample",
    }
    | CARDS,
    "studies": {
        "addresses",
        "color",
        "colorizer",
        "evaluation",
        "listing",
        "model",
        "photo",
        "prediction",
        "representations",
        "resample",
    }
    | CARDS,
    "serve": {"addresses", "color", "colorizer", "cores", "hints", "model", "photo", "prediction", "representations"}
    | CARDS,
    "cli": {
        "addresses",
        "networks",  # their tables: models show
        "archive",
        "color",
        "colorizer",
        "evaluation",
        "hints",
        "model",
        "photo",
        "prediction",
        "representations",
        "serve",
        "studies",
        "training",
    }
    | CARDS,
    "__main__": {"cli"},
}

# Heavy or special packages, and the only rooms that may import them. What is not named here is free.
PACKAGES: dict[str, set[str]] = {
    "torch": {"networks", "training"},
    "h5py": {"training"},
    "lightning_fabric": {"training"},
    "webdataset": {"training"},
    "safetensors": {"training"},
    "matplotlib": {"evaluation", "studies", "training"},
    "onnx": {"training"},
    "onnxscript": {"training"},
    "efficientnet_lite_pytorch": {"training"},
    "onnxruntime": {"evaluation", "model", "studies", "training"},
    "pyvips": {"evaluation", "photo", "training"},
    "click": {"cli"},
    "rich": {"cli", "evaluation", "training"},
    "array_api_compat": {"color", "representations", "training"},
    "PIL": {"colorizer"},
    "fastapi": {"serve", "studies"},
    "prometheus_client": {"serve"},
    "pydantic": {"serve", "studies"},
    "python_multipart": {"serve"},
    "starlette": {"serve", "studies"},
    "uvicorn": {"serve", "studies"},
}

PUBLIC = {
    "Colorizer": "colorizer",
    "Hint": "hints",
    "Model": "model",
    "Photo": "photo",
    "PhotochromError": "errors",
    "Prediction": "prediction",
}


def room(module: str) -> str:
    """The room of a module that lies directly in the package: itself, or the one whose part it is."""
    return max((name for name in RULES if module == name or module.startswith(f"{name}_")), key=len, default=module)


def room_of(file: Path) -> str:
    return room(file.relative_to(SOURCE).parts[0].removesuffix(".py"))


def modules() -> list[Path]:
    return [file for file in sorted(SOURCE.rglob("*.py")) if file != SOURCE / "__init__.py"]


def imported(tree: ast.AST, package: str, top_only: bool = False) -> Iterator[str]:
    """Dotted names of everything that is imported; relative imports are resolved against `package`."""
    for node in ast.iter_child_nodes(tree) if top_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{source}.{alias.name}" for alias in node.names)


def imports_of(file: Path, top_only: bool = False) -> set[str]:
    package = ".".join(["photochrom", *file.relative_to(SOURCE).parts[:-1]])
    return set(imported(ast.parse(file.read_text(encoding="utf-8")), package, top_only))


def rooms_in(names: set[str]) -> set[str]:
    """The rooms of ours that these imports reach; `from photochrom import Photo` reaches the room of Photo."""
    ours = {name.split(".")[1] for name in names if name.startswith("photochrom.")}
    return {PUBLIC.get(name) or room(name) for name in ours} - {"__version__"}


def packages_in(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names} - {"photochrom"} - set(sys.stdlib_module_names)


def may_import(name: str) -> set[str]:
    return RULES[name] | {name} | (set() if name == "networks" else {"errors"})


def test_every_room_has_a_rule() -> None:
    assert {room_of(file) for file in modules()} <= set(RULES)


def test_no_room_calls_back() -> None:
    tuple(TopologicalSorter(RULES).static_order())  # raises CycleError


@pytest.mark.parametrize("file", modules(), ids=lambda file: str(file.relative_to(SOURCE)))
def test_a_module_imports_only_the_rooms_it_may(file: Path) -> None:
    assert rooms_in(imports_of(file)) <= may_import(room_of(file))


@pytest.mark.parametrize("file", modules(), ids=lambda file: str(file.relative_to(SOURCE)))
def test_a_module_imports_only_the_packages_it_may(file: Path) -> None:
    strangers = {
        name for name in packages_in(imports_of(file)) if room_of(file) not in PACKAGES.get(name, {room_of(file)})
    }
    assert strangers == set()


@pytest.mark.parametrize("file", sorted((SOURCE / "networks").glob("*.py")), ids=lambda file: file.name)
def test_networks_import_nothing_but_torch(file: Path) -> None:
    assert packages_in(imports_of(file)) <= {"torch"}


@pytest.mark.parametrize("file", sorted((SOURCE / "cli").glob("*.py")), ids=lambda file: file.name)
def test_a_command_imports_what_is_heavy_only_when_it_runs(file: Path) -> None:
    names = imports_of(file, top_only=True)
    assert packages_in(names) <= {"click"}
    assert rooms_in(names) <= {"cli", "errors"}


@pytest.mark.parametrize(
    ("line", "rooms", "packages"),
    [
        ("import torch.nn as nn", set(), {"torch"}),
        ("from torch import Tensor", set(), {"torch"}),
        ("def f():\n    import torch", set(), {"torch"}),
        ("from photochrom import Photo, __version__", {"photo"}, set()),
        ("from photochrom import color", {"color"}, set()),
        ("from photochrom.networks.vgg16 import VGG", {"networks"}, set()),
        ("from . import ab_bins\nfrom ..color import srgb_to_lab", {"color", "representations"}, set()),
        ("from photochrom.photo.codec import encode", {"photo"}, set()),
        ("import os.path", set(), set()),
    ],
)
def test_the_reader_of_imports_sees(line: str, rooms: set[str], packages: set[str]) -> None:
    names = set(imported(ast.parse(line), "photochrom.representations"))
    assert (rooms_in(names), packages_in(names)) == (rooms, packages)


WITHOUT_TORCH = """
import sys

class NoTorch:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"torch", "torchvision", "lightning_fabric"}:
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, NoTorch())
"""


def run(code: str) -> str:
    """Standard output of a fresh interpreter in which torch can't be imported."""
    done = subprocess.run([sys.executable, "-c", WITHOUT_TORCH + code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_package_alone_loads_nothing_but_itself() -> None:
    foreign = "{name.split('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)"
    assert run(f"before = set(sys.modules)\nimport photochrom\nprint({foreign})") == "{'photochrom'}\n"


def test_colorizer_needs_no_torch() -> None:
    assert run("import photochrom\nprint(photochrom.Colorizer.__name__)") == "Colorizer\n"


HELP = """
import contextlib
from photochrom.cli import main
sys.argv = ["photochrom", "--help"]
with contextlib.suppress(SystemExit):
    main()
print("loaded:", sorted({"numpy", "onnxruntime", "pyvips", "rich", "torch"} & set(sys.modules)))
"""


def test_help_needs_no_torch_and_loads_nothing_heavy() -> None:
    output = run(HELP)
    assert output.startswith("Usage: photochrom")
    assert output.endswith("loaded: []\n")
