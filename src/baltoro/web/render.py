"""Templates, and the headers that every page carries."""

from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER
from markupsafe import Markup

from baltoro import __version__
from baltoro.web import formats
from baltoro.web.assets import asset_url

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
_THEMES = {"light", "dark"}


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("baltoro.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "ago": formats.ago,
        "clock": formats.clock,
        "count": formats.count,
        "initials": formats.initials,
        "iso": formats.iso,
        "ms": formats.milliseconds,
        "utc": formats.utc,
    }
    environment.globals |= {"asset": asset_url, "version": __version__, "theme": "", "csrf_token": ""}
    # The macros belong to every page, so none has to import them.
    macros = environment.get_template("parts/macros.html").module
    names = ("icon", "time", "age", "state", "chip", "copy", "code", "csrf", "bars", "legend")
    environment.globals |= {name: getattr(macros, name) for name in names}
    return environment


def host_of(public_url: str) -> str:
    """`127.0.0.1:6560` of `http://127.0.0.1:6560`."""
    return urlsplit(public_url).netloc


def json_block(value: object) -> Markup:
    r"""A value for a `<script type="application/json">`: nothing in it can end the element or open another."""
    text = msgspec.json.encode(value).decode()
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704 - escaped here


def page(
    request: Request[Any, Any, Any], template: str, /, *, status_code: int = 200, **values: object
) -> Response[bytes]:
    """A page as HTML.

    Args:
        template: its file below `templates/`.
        values: what the template shows.
    """
    theme = request.cookies.get("baltoro_theme", "")
    html = _environment().get_template(template).render(theme=theme if theme in _THEMES else "", **values)
    return Response(html.encode(), status_code=status_code, media_type="text/html", headers=HEADERS)


def see_other(address: str, *cookies: Cookie, headers: Mapping[str, str] = {}) -> Redirect:
    """After a form: the browser goes on to `address` with GET."""
    return Redirect(address, status_code=HTTP_303_SEE_OTHER, headers={**HEADERS, **headers}, cookies=list(cookies))
