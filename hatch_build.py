"""Build hook: a wheel always contains the built front end."""

import importlib.util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontendHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs tools/frontend.py when `static/dist` is missing or older than its sources."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Bundle before files are collected. An editable install works without the bundle, so it builds none."""
        del build_data
        root = Path(self.root)
        tool = root / "tools" / "frontend.py"
        dist = root / "src" / "baltoro" / "web" / "static" / "dist"
        if version == "editable" or not tool.exists():
            return
        if not (root / "frontend" / "package.json").exists() and (dist / "app.js").exists():
            return
        spec = importlib.util.spec_from_file_location("baltoro_frontend_build", tool)
        if spec is None or spec.loader is None:
            raise RuntimeError(f"Cannot load {tool}.")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.build()
