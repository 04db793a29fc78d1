"""What every test shares: a modest use of the machine, reproducible Hypothesis runs, and where the repository lies."""

import os
from pathlib import Path

# Before any library reads them: two threads each, so that tests side by side don't crowd out one another.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VIPS_CONCURRENCY"):
    os.environ.setdefault(_variable, "2")

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

# No deadline and no complaint about slow drawing: how long an example takes says more about the machine than about the code.
settings.register_profile("here", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("here"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers that are the same in every run."""
    return np.random.default_rng(20160328)
