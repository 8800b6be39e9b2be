"""What is counted: numbers for Prometheus, without a word of any image."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

_SECONDS = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Meter:
    """Counters of one server."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "labelassemble_requests_total",
            "Requests by path and status",
            ["path", "status"],
            registry=self._registry,
        )
        self.request_seconds = Histogram(
            "labelassemble_request_seconds",
            "From a request's first byte to the answer's last",
            ["path"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.images = Counter(
            "labelassemble_images_total",
            "Images answered and refused",
            ["outcome"],
            registry=self._registry,
        )
        self.image_seconds = Histogram(
            "labelassemble_image_seconds",
            "Decoding and answering an image, all runs together",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.uploads = Gauge(
            "labelassemble_uploads",
            "Uploads that are received or answered",
            registry=self._registry,
        )
        self.received = Counter(
            "labelassemble_received_bytes_total", "Bytes of uploads", registry=self._registry
        )
        ProcessCollector(registry=self._registry)

    def write(self) -> bytes:
        """Give all of them in Prometheus's text form."""
        return generate_latest(self._registry)
