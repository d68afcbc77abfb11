"""Which metrics are k6's own, and what they measure. k6 does not send it; it is a matter of the name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

from baltoro.k6.columns import MetricType

Contains: TypeAlias = Literal["time", "data", "default"]
"""k6's own words: milliseconds, bytes, or a plain number."""

_COUNTER, _GAUGE, _RATE, _TREND = MetricType.COUNTER, MetricType.GAUGE, MetricType.RATE, MetricType.TREND

BUILTIN: Mapping[str, tuple[MetricType, Contains]] = MappingProxyType(
    {
        "vus": (_GAUGE, "default"),
        "vus_max": (_GAUGE, "default"),
        "iterations": (_COUNTER, "default"),
        "iteration_duration": (_TREND, "time"),
        "dropped_iterations": (_COUNTER, "default"),
        "checks": (_RATE, "default"),
        "group_duration": (_TREND, "time"),
        "http_reqs": (_COUNTER, "default"),
        "http_req_failed": (_RATE, "default"),
        "http_req_duration": (_TREND, "time"),
        "http_req_blocked": (_TREND, "time"),
        "http_req_connecting": (_TREND, "time"),
        "http_req_tls_handshaking": (_TREND, "time"),
        "http_req_sending": (_TREND, "time"),
        "http_req_waiting": (_TREND, "time"),
        "http_req_receiving": (_TREND, "time"),
        "ws_sessions": (_COUNTER, "default"),
        "ws_msgs_sent": (_COUNTER, "default"),
        "ws_msgs_received": (_COUNTER, "default"),
        "ws_ping": (_TREND, "time"),
        "ws_session_duration": (_TREND, "time"),
        "ws_connecting": (_TREND, "time"),
        "grpc_req_duration": (_TREND, "time"),
        "grpc_streams": (_COUNTER, "default"),
        "grpc_streams_msgs_sent": (_COUNTER, "default"),
        "grpc_streams_msgs_received": (_COUNTER, "default"),
        "data_sent": (_COUNTER, "data"),
        "data_received": (_COUNTER, "data"),
        "browser_data_sent": (_COUNTER, "data"),
        "browser_data_received": (_COUNTER, "data"),
        "browser_http_req_duration": (_TREND, "time"),
        "browser_http_req_failed": (_RATE, "default"),
        "browser_web_vital_fid": (_TREND, "time"),
        "browser_web_vital_inp": (_TREND, "time"),
        "browser_web_vital_lcp": (_TREND, "time"),
        "browser_web_vital_fcp": (_TREND, "time"),
        "browser_web_vital_ttfb": (_TREND, "time"),
        "browser_web_vital_cls": (_TREND, "default"),
    }
)
"""Type and content of the metrics that k6 makes itself."""


def contains(metric: str) -> Contains:
    """What the values of a metric are. Custom metrics carry no unit, so they are `default`."""
    return BUILTIN[metric][1] if metric in BUILTIN else "default"


def is_builtin(metric: str) -> bool:
    """Whether k6 makes the metric itself; otherwise a script does."""
    return metric in BUILTIN
