"""A photograph is brought once and steered as often as one likes; its file is the one that the command line writes."""

import asyncio
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from photochrom.cli import main
from photochrom.photo import Photo
from pictures import exif, opened, saved, smooth
from serving import GRAY, Client, problem, serving


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(opened(data).convert("RGB")).astype(int)


def colorfulness(data: bytes) -> float:
    return float(np.ptp(pixels(data), axis=2).mean())


def test_a_photograph_is_brought_told_of_and_removed(client: Client) -> None:
    response = client.upload(saved(smooth(60, 80).astype(np.uint16) * 257, "png"), "attic/\u202eold.png")
    told = response.json()
    assert response.status_code == 201
    assert response.headers["location"] == f"/v1/photos/{told['id']}"
    expected = {"name": "\\u202eold.png", "width": 80, "height": 60, "format": "png", "depth": 16, "colored": False}
    assert {key: told[key] for key in expected} == expected
    assert (told["model"], told["notes"], told["expires_s"]) == ("tiny", [], 3600)
    assert client.get(response.headers["location"]).json() == told
    assert client.ask("DELETE", response.headers["location"]).status_code == 204
    assert problem(client.get(response.headers["location"]))[0] == 404
    assert len(client.studio.photographs) == 0
    assert client.studio.memory.used == 0


def test_previews_are_small_jpegs(client: Client) -> None:
    address = client.bring(saved(smooth(300, 400, 3), "png"))
    color, gray, original = (client.get(f"{address}/{kind}", width=100) for kind in ("color", "gray", "original"))
    for response in (color, gray, original):
        assert response.headers["content-type"] == "image/jpeg"
        assert response.headers["cache-control"] == "no-store"
        assert opened(response.content).size == (100, 75)
    assert opened(gray.content).mode == "L"
    assert np.abs(pixels(original.content) - pixels(saved(smooth(300, 400, 3)[2::4, 2::4], "png"))).mean() < 4
    assert "content-disposition" not in color.headers


def test_a_preview_shows_what_the_file_will_be(client: Client) -> None:
    address = client.bring(saved(smooth(300, 400), "png"))
    options = {"temperature": 0.6, "saturation": 1.3, "hint": "100,100,#20a040"}
    small = pixels(client.get(f"{address}/color", width=200, **options).content)
    full = pixels(client.get(f"{address}/color", **options).content)
    assert np.abs(full.reshape(150, 2, 200, 2, 3).mean(axis=(1, 3)) - small).mean() < 3


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, []),
        ({"temperature": 0.8, "saturation": 1.5}, ["--temperature", "0.8", "--saturation", "1.5"]),
        ({"strength": 0.4, "format": "png"}, ["--strength", "0.4", "--format", "png"]),
        ({"strip_gps": "true", "no_disclose": "true", "quality": 80},
         ["--strip-gps", "--no-disclose", "--quality", "80"]),
        ({"hint": ["20,30,#c02020", "50,70,#2020c0"]}, ["--hint", "20,30,#c02020", "--hint", "50,70,#2020c0"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("format", ["jpeg", "tiff"])
def test_a_file_is_the_one_that_the_command_line_writes(
    client: Client, tiny: Path, tmp_path: Path, format: str, asked: dict[str, Any], words: list[str]
) -> None:
    data = saved(smooth(60, 80), format, exif=exif(6).tobytes())
    (tmp_path / "old.x").write_bytes(data)
    response = client.get(f"{client.bring(data)}/color", **asked)
    command = ["colorize", str(tmp_path / "old.x"), "-o", "-", "--model", str(tiny), *words]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.stderr
    assert response.content == done.stdout_bytes
    ending = {"jpeg": "jpg", "tiff": "tif"}[format] if "format" not in asked else "png"
    assert response.headers["content-disposition"].startswith(f'attachment; filename="old-color.{ending}"')


def test_size_contrast_and_style_are_as_on_the_command_line(client: Client, tiny: Path, tmp_path: Path) -> None:
    faded, white = saved(smooth(200, 260) // 4 + 90, "png"), saved(np.full((30, 30), 255, np.uint8), "png")
    for name, data in (("old.png", faded), ("white.png", white)):
        (tmp_path / name).write_bytes(data)
    style = client.bring(white).split("/")[-1]
    address = client.bring(faded, size="96", contrast="true")
    response = client.get(f"{address}/color", style=style)
    words = ["--size", "96", "--contrast", "--style", str(tmp_path / "white.png"), "--model", str(tiny), "-o", "-"]
    done = CliRunner().invoke(main, ["colorize", str(tmp_path / "old.png"), *words])
    assert response.content == done.stdout_bytes
    assert response.content != client.get(f"{address}/color").content


def test_steering_runs_no_network(client: Client) -> None:
    address = client.bring()
    before = client.studio.network.done
    answers = [
        client.get(f"{address}/color", width=64, **steered).content
        for steered in (
            {},
            {"temperature": 1},
            {"saturation": 0},
            {"sample": 1},
            {"sample": 2},
            {"hint": "5,5,#ff0000"},
        )
    ]
    assert len(set(answers)) == len(answers)
    assert colorfulness(answers[2]) < 2
    assert client.get(f"{address}/palette", x=3, y=4).status_code == 200
    assert client.studio.network.done == before


def test_a_style_runs_the_network_once_and_the_result_is_kept(client: Client) -> None:
    address, style = client.bring(), client.bring(saved(np.full((20, 20), 255, np.uint8), "png")).split("/")[-1]
    before = client.studio.network.done

    async def thrice() -> list[bytes]:
        asked = [client.web.get(f"{address}/color", params={"style": style, "width": 32}) for _ in range(3)]
        return [response.content for response in await asyncio.gather(*asked)]

    assert len(set(client.run(thrice()))) == 1
    assert client.studio.network.done == before + 1


def test_hints_go_through_a_network_that_takes_them(hinted: Path) -> None:
    with serving({"hinted": hinted}) as client:
        address = client.bring()
        before = client.studio.network.done
        for _ in range(2):
            assert client.get(f"{address}/color", width=64, hint="5,5,#ff0000").status_code == 200
        assert client.studio.network.done == before + 1
        assert client.get("/v1/models").json()["models"][0]["hints"] is True


def test_another_model_may_be_asked_for(tiny: Path, hinted: Path) -> None:
    with serving({"tiny": tiny, "hinted": hinted}) as client:
        models = client.get("/v1/models").json()["models"]
        assert [(one["name"], one["default"], one["style"]) for one in models] == [
            ("tiny", True, True),
            ("hinted", False, False),
        ]
        address = client.bring(model="hinted")
        assert client.get(address).json()["model"] == "hinted"
        assert client.get(f"{address}/color", width=32, model="tiny").status_code == 200
        assert problem(client.get(f"{address}/color", width=32, style=address.split("/")[-1]))[0] == 422


def test_what_became_of_a_hint_is_told(client: Client) -> None:
    response = client.get(f"{client.bring()}/color", width=64, hint="20,20,#0000ff")
    assert "#0000ff" in response.headers["photochrom-notes"]


def test_a_palette_is_what_the_prediction_says(client: Client) -> None:
    told = client.get(f"{client.bring()}/palette", x=10.5, y=7, n=3).json()
    assert (told["x"], told["y"]) == (10.5, 7)
    assert 1 <= len(told["colors"]) <= 3
    for color in told["colors"]:
        assert color["color"].startswith("#")
        assert color["lab"][0] == pytest.approx(told["lightness"])
    assert sum(color["share"] for color in told["colors"]) == pytest.approx(1, abs=1e-3)


def test_a_large_photograph_keeps_its_transparency_in_the_file(client: Client) -> None:
    clear = np.dstack([smooth(40, 50), np.full((40, 50), 128, np.uint8)])
    address = client.bring(saved(clear, "png"), "clear.png")
    assert opened(client.get(f"{address}/color").content).mode == "RGBA"
    assert opened(client.get(f"{address}/color", width=32).content).mode == "RGB"


def test_forgotten_results_are_made_anew(client: Client) -> None:
    address = client.bring()
    first = client.get(f"{address}/color", width=64).content
    client.studio.memory.forget(address.split("/")[-1])
    assert client.get(f"{address}/color", width=64).content == first


def test_what_is_made_of_a_photograph_that_is_removed_meanwhile_is_not_kept(client: Client) -> None:
    before = client.studio.memory.used
    address = client.bring()
    client.studio.memory.forget(address.split("/")[-1])

    async def story() -> int:
        asked = asyncio.create_task(client.web.get(f"{address}/color", params={"width": 64}))
        while not client.studio.network.running:
            await asyncio.sleep(0)
        await client.web.delete(address)
        return (await asked).status_code

    assert client.run(story()) == 200
    assert client.studio.memory.used == before


def test_examples_are_photographs_of_the_package(client: Client) -> None:
    for told in client.get("/v1/examples").json()["examples"]:
        data = client.get(told["url"]).content
        assert len(data) < 60_000
        assert Photo.from_bytes(data).is_gray
        response = client.ask("POST", "/v1/photos", data={"example": told["name"]})
        assert response.json()["name"] == told["name"]


@pytest.mark.parametrize(
    ("accept", "format"),
    [("*/*", "JPEG"), ("image/png", "PNG"), ("image/*;q=0.5, image/webp", "WEBP"), ("text/html, */*;q=0.1", "JPEG")],
)
def test_a_file_goes_in_and_a_file_comes_out(client: Client, accept: str, format: str) -> None:
    response = client.ask("POST", "/v1/colorize", files={"file": ("a.jpg", GRAY)}, headers={"Accept": accept})
    assert opened(response.content).format == format
    assert response.headers["content-type"] == f"image/{format.lower()}"


def test_the_form_takes_the_options_of_the_command_line(client: Client, tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(GRAY)
    fields = {"temperature": "0.7", "size": "48", "contrast": "true", "hint": "5,5,#aa3030", "model": ""}
    response = client.ask("POST", "/v1/colorize", files={"file": ("a.jpg", GRAY)}, data=fields)
    words = ["--temperature", "0.7", "--size", "48", "--contrast", "--hint", "5,5,#aa3030", "--model", str(tiny)]
    done = CliRunner().invoke(main, ["colorize", str(tmp_path / "a.jpg"), "-o", "-", *words])
    assert response.content == done.stdout_bytes


def test_a_zip_holds_each_result_under_its_own_name(client: Client) -> None:
    addresses = [client.bring(name="a.jpg"), client.bring(name="a.jpg"), client.bring(name="b.jpg")]
    photos = [{"id": address.split("/")[-1], "options": {"saturation": 0.5}} for address in addresses]
    response = client.ask("POST", "/v1/zip", json={"photos": photos})
    assert response.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert archive.namelist() == ["a-color.jpg", "a-color-2.jpg", "b-color.jpg"]
        assert archive.read("b-color.jpg") == client.get(f"{addresses[2]}/color", saturation=0.5).content


def test_what_fails_on_the_way_stands_in_the_zip(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = client.bring(name="good.jpg"), client.bring(name="bad.jpg")
    kept = client.studio.photographs.find(bad.split("/")[-1])
    monkeypatch.setattr(kept, "data", kept.data[:400])
    response = client.ask("POST", "/v1/zip", json={"photos": [{"id": one.split("/")[-1]} for one in (bad, good)]})
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert archive.namelist() == ["good-color.jpg", "failures.txt"]
        assert b"bad.jpg is damaged" in archive.read("failures.txt")
