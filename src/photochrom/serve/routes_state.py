"""What the server offers and how it does: models, examples, health, metrics."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from photochrom import __version__
from photochrom.serve.answers import jpeg, pictures, problems
from photochrom.serve.examples import EXAMPLES, example
from photochrom.serve.metrics import Metrics
from photochrom.serve.options import MOST_HINTS, WIDEST
from photochrom.serve.studio import Studio


class ModelJson(BaseModel):
    """A model as clients see it."""

    name: str
    version: str
    default: bool
    temperature: float | None = Field(description="That it reads colors with by itself.")
    style: bool = Field(description="Whether it takes the mood of another photograph.")
    hints: bool = Field(description="Whether hints go through the network; else they are carried along edges.")
    size: int = Field(description="Shorter side of the copy that it sees, in pixels.")
    licence: str
    intended_use: str
    limits: str


class ModelsJson(BaseModel):
    """The models of this server, the default first."""

    models: list[ModelJson]


class ExampleJson(BaseModel):
    """A photograph to try it on."""

    name: str
    title: str
    source: str
    url: str


class ExamplesJson(BaseModel):
    """The photographs that come with the package."""

    examples: list[ExampleJson]


class LimitsJson(BaseModel):
    """What a client needs to know beforehand."""

    upload: int = Field(description="Bytes of one upload.")
    pixels: int = Field(description="Of one photograph.")
    photographs: int = Field(description="Kept at the same time.")
    preview: int = Field(description="Longer side of a preview, at most.")
    hints: int = Field(description="Of one photograph.")


class HealthJson(BaseModel):
    """That it is there, and what it takes."""

    status: str
    version: str
    limits: LimitsJson


def state_routes(studio: Studio, metrics: Metrics) -> APIRouter:
    """Routes that change nothing and run no network."""
    router = APIRouter()

    @router.get("/v1/models", tags=["server"])
    async def models() -> ModelsJson:
        """The models that may be asked for."""
        return ModelsJson(models=[_model(studio, name) for name in studio.colorizers])

    @router.get("/v1/examples", tags=["server"])
    async def examples() -> ExamplesJson:
        """Photographs to try it on."""
        return ExamplesJson(
            examples=[
                ExampleJson(name=one.name, title=one.title, source=one.source, url=f"/v1/examples/{one.name}")
                for one in EXAMPLES
            ]
        )

    @router.get(
        "/v1/examples/{name}", tags=["server"], response_class=Response, responses=pictures("jpeg") | problems(404)
    )
    async def picture(name: str) -> Response:
        """One of them."""
        return jpeg(example(name)[1])

    @router.get("/health", tags=["server"], responses=problems(503))
    async def health() -> HealthJson:
        """Whether it answers; 503 when it is about to stop."""
        studio.refuse_if_closed()
        known = studio.limits
        limits = LimitsJson(
            upload=known.upload, pixels=known.pixels, photographs=known.photographs, preview=WIDEST, hints=MOST_HINTS
        )
        return HealthJson(status="ok", version=__version__, limits=limits)

    @router.get("/metrics", tags=["server"], response_class=Response)
    async def numbers() -> Response:
        """For Prometheus."""
        return Response(metrics.text(), media_type=metrics.media_type)

    return router


def _model(studio: Studio, name: str) -> ModelJson:
    model = studio.colorizers[name].model
    card, readout = model.card, model.readout
    return ModelJson(
        name=name, version=card.version, default=name == studio.default,
        temperature=readout.temperature if readout.kind == "annealed" else None, style=studio.takes_style(name),
        hints=model.takes_hints, size=card.working_size, licence=card.licence, intended_use=card.intended_use,
        limits=card.limits,
    )  # fmt: skip
