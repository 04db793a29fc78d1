"""Metrics for Prometheus: what was asked and how long it took, what is kept, what waits, what the networks did."""

import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from photochrom.serve.studio import Studio
from photochrom.serve.uploads import Uploads

SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)


class Metrics:
    """The numbers of one server; a registry of its own, so that a process may have several."""

    media_type = CONTENT_TYPE_PLAIN_0_0_4

    def __init__(self, studio: Studio, uploads: Uploads) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_State(studio, uploads))
        self._requests = Counter(
            "photochrom_requests", "Requests answered.", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "photochrom_request_seconds", "From the first byte of a request to the last of its answer.",
            ("method", "route"), registry=self._registry, buckets=SECONDS,
        )  # fmt: skip

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request more."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def text(self) -> bytes:
        """All of them, in the text format."""
        return generate_latest(self._registry)


class _State(Collector):
    """What can be read off the server when somebody asks."""

    def __init__(self, studio: Studio, uploads: Uploads) -> None:
        self._studio, self._uploads = studio, uploads

    def collect(self) -> Iterator[Metric]:
        studio, memory = self._studio, self._studio.memory
        yield _gauge("photochrom_photographs", "Photographs that are kept.", len(studio.photographs))
        yield _gauge("photochrom_uploads", "Uploads under way.", self._uploads.under_way)
        kinds = GaugeMetricFamily("photochrom_memory_bytes", "Memory in use.", labels=["kind"])
        kinds.add_metric(["photographs"], memory.taken)
        kinds.add_metric(["results"], memory.kept)
        yield kinds
        waiting = GaugeMetricFamily("photochrom_waiting", "Work that waits for a worker.", labels=["lane"])
        running = GaugeMetricFamily("photochrom_running", "Work that is done right now.", labels=["lane"])
        done = CounterMetricFamily("photochrom_work", "Work that was done.", labels=["lane"])
        busy = CounterMetricFamily("photochrom_work_seconds", "Time that it took.", labels=["lane"])
        for lane in studio.lanes:
            waiting.add_metric([lane.name], lane.waiting)
            running.add_metric([lane.name], lane.running)
            done.add_metric([lane.name], lane.done)
            busy.add_metric([lane.name], lane.busy_seconds)
        yield from (waiting, running, done, busy)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


class Timed:
    """ASGI middleware that counts every request under its route, never under its address: ids are nobody's business."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and count when it is answered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begin, status = time.perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._metrics.count(method, route, status, time.perf_counter() - begin)


_METHODS = {"GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", "PATCH"}
