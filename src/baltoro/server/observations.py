"""Figures about ingestion for `/metrics`."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from baltoro.ingest import Ingest


class IngestCollector(Collector):
    """Reads the ingest room's own counters when somebody asks."""

    def __init__(self, ingest: Ingest) -> None:
        self._ingest = ingest

    def collect(self) -> Iterator[Metric]:
        """Batches by outcome, what waits, how far the live picture lags."""
        stats = self._ingest.stats()
        batches = CounterMetricFamily("baltoro_ingest_batches", "Pushed batches by outcome.", labels=["outcome"])
        for outcome, number in stats.batches.items():
            batches.add_metric([outcome], number)
        yield batches
        for name, text, value in (
            ("baltoro_ingest_pending", "Pushes that are being decoded or wait for their commit.", stats.pending),
            ("baltoro_ingest_journal_rows", "Acknowledged pushes that are not sealed yet.", stats.journal_rows),
            ("baltoro_ingest_live_lag_seconds", "Age of the oldest push that waits.", stats.live_lag_s),
            ("baltoro_ingest_window_bytes", "Memory of the live windows.", stats.window_bytes),
            ("baltoro_ingest_live_runs", "Runs with a live window.", stats.live_runs),
        ):
            yield GaugeMetricFamily(name, text, value=value)
