"""Schemathesis: whatever the schema allows or forbids, the answers are what it says. `make schemathesis` asks more."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance, unsupported_method

from photochrom.serve.app import create_app
from serving import GRAY
from serving_process import Server, running

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "5"))  # of each operation, drawn at random
THOROUGH = "SCHEMATHESIS_EXAMPLES" in os.environ  # also every limit of every parameter in turn


@pytest.fixture(scope="module")
def server(tiny: Path) -> Iterator[Server]:
    with running(tiny, "--max-photos", "10000") as found:
        yield found


@pytest.fixture(scope="module")
def photograph(server: Server) -> str:
    """The id of one that is there, among all those that are made up."""
    return server.bring(GRAY).split("/")[-1]


# Made when tests are collected, of an application that answers nothing.
schema = schemathesis.openapi.from_dict(create_app({"tiny": cast(Any, None)}).openapi())
schema.config.phases.coverage.enabled = THOROUGH


@schema.parametrize()
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
def test_answers_are_what_the_schema_says(case: schemathesis.Case, server: Server, photograph: str) -> None:
    if case.method == "GET" and "photo" in case.path_parameters and len(case.path_parameters["photo"]) % 2:
        case.path_parameters["photo"] = photograph
    # A place may lie outside of the photograph and a file may be no picture: no schema can say so.
    case.call_and_validate(
        base_url=f"http://127.0.0.1:{server.port}", excluded_checks=[positive_data_acceptance, unsupported_method]
    )
