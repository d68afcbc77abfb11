"""Thresholds as they are written in scripts: `p(95)<500` on `http_req_duration{scenario:browse}`."""

import operator
import re
from collections.abc import Callable, Mapping

import msgspec

from baltoro.k6.errors import BadExpression

MAX_LENGTH = 1000
"""Characters of an expression or of a selector."""
_EXPRESSION = re.compile(
    r"""\s*
    (?: (?P<stat>count|rate|value|avg|min|med|max) | p\( (?P<percent>\d+(?:\.\d*)?|\.\d+) \) )
    \s* (?P<operator><=|>=|===|==|!=|<|>) \s*
    (?P<value>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?)
    \s*""",
    re.VERBOSE | re.ASCII,
)
_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "===": operator.eq,
    "!=": operator.ne,
}


class Expression(msgspec.Struct, frozen=True):
    """A condition on one statistic of a metric.

    Attributes:
        stat: `count`, `rate`, `value`, `avg`, `min`, `med`, `max` or `p`.
        argument: of `p`, in percent (95.0 for `p(95)`); None otherwise.
        operator: one of `<`, `<=`, `>`, `>=`, `==`, `===`, `!=`.
        value: the limit, in the metric's own unit (a rate's is a share, 0 to 1).
        text: the expression as it was written; results are reported under it.
    """

    stat: str
    argument: float | None
    operator: str
    value: float
    text: str

    def holds(self, value: float) -> bool:
        """Whether a threshold with this value of its statistic has passed."""
        return _OPERATORS[self.operator](value, self.value)


def parse_expression(text: str) -> Expression:
    """Reads a threshold's expression.

    Raises:
        BadExpression: k6 would not accept it either.
    """
    found = _EXPRESSION.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if found is None:
        raise BadExpression(
            f"The threshold {text[:100]!r} is not understood. Write a statistic (count, rate, value, avg, min, med, "
            "max, p(95)), a comparison and a number, such as p(95)<500."
        )
    percent = found["percent"]
    argument = None if percent is None else float(percent)
    if argument is not None and argument > 100:  # noqa: PLR2004 - percent
        raise BadExpression(f"The threshold {text[:100]!r} asks for a percentile above 100.")
    return Expression(found["stat"] or "p", argument, found["operator"], float(found["value"]), text)


class Selector(msgspec.Struct, frozen=True):
    """A metric, or the part of it whose tags have the given values."""

    metric: str
    tags: Mapping[str, str]


def parse_selector(text: str) -> Selector:
    """Reads the left side of a threshold: `http_reqs`, or `http_reqs{status:200,group:::main}`.

    The first colon parts a tag's name from its value (values such as `amazon:us:ashburn` hold more of them); spaces
    and quotes around both are dropped, as k6 does.

    Raises:
        BadExpression: no name, or braces that do not match.
    """
    name, brace, rest = text.strip().partition("{")
    name = name.strip()
    if len(text) > MAX_LENGTH or not name or "}" in name or (brace and not rest.endswith("}")):
        raise BadExpression(
            f"The metric {text[:100]!r} of a threshold is not understood. Write name or name{{tag:value}}."
        )
    tags: dict[str, str] = {}
    for pair in rest[:-1].split(","):
        if not pair.strip():
            continue
        tag, _, value = pair.partition(":")
        tags[tag.strip().strip("\"'")] = value.strip().strip("\"'")
    return Selector(name, tags)
