"""What every test shares: a modest use of the machine, reproducible Hypothesis runs, and where the repository lies."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    import numpy as np
    from playwright.sync_api import Browser

# Read by NumPy, torch and libvips when they are imported, which is later: two threads each, so that they leave room.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VIPS_CONCURRENCY"):
    os.environ.setdefault(_variable, "2")

# No deadline, and none for drawing examples either: that would test the machine and not the code.
settings.register_profile("here", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("here"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture
def rng() -> "np.random.Generator":
    """Random numbers that are the same in every run."""
    import numpy as np

    return np.random.default_rng(20160328)


@pytest.fixture(scope="module")
def chromium() -> "Iterator[Browser]":
    """Headless Chromium for the tests of a page, one browser a module."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("No Chromium is installed here; install Debian's package chromium to test the page in a browser.")
    from playwright.sync_api import sync_playwright  # heavy: only the tests of pages pay for it

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()
