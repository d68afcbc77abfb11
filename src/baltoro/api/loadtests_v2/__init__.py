"""The REST API under /loadtests: load tests, runs, metrics, series, thresholds, checks and URLs."""

from litestar import Router
from litestar.datastructures import ResponseHeader
from litestar.exceptions import HTTPException

from baltoro.api.errors import answer_error
from baltoro.api.loadtests_v2 import load_tests, metrics, parts, runs, thresholds
from baltoro.foundation.errors import BaltoroError


def routers() -> list[Router]:
    """The routes of this dialect."""
    return [
        Router(
            "/loadtests",
            route_handlers=[
                load_tests.list_load_tests,
                load_tests.see_load_test,
                load_tests.change,
                load_tests.delete,
                runs.list_runs,
                runs.see_run,
                runs.stop,
                runs.change,
                runs.delete,
                runs.see_summary,
                runs.see_overview,
                runs.list_overviews,
                metrics.list_metrics,
                metrics.see_metric,
                metrics.list_series,
                metrics.list_tags,
                metrics.list_tag_values,
                thresholds.list_thresholds,
                thresholds.see_threshold,
                parts.list_checks,
                parts.list_urls,
                parts.list_groups,
                parts.list_scenarios,
            ],
            exception_handlers={BaltoroError: answer_error, HTTPException: answer_error, Exception: answer_error},
            response_headers=[ResponseHeader(name="Cache-Control", value="no-store")],
        )
    ]


__all__ = ["routers"]
