"""The door for people: pages rendered on the server, readable before any script, and the islands that make them live.

A page file under `pages/` translates one URL into verbs and a template. Everything a template shows is escaped; the
policy in `render.py` allows scripts and styles from this server only, and none written into a page.
"""

from baltoro.web.errors import answer_page_error
from baltoro.web.routes import web_routers

__all__ = ["answer_page_error", "web_routers"]
