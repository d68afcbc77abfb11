"""The generated pages and the help texts are those of the code."""

import re

import pytest

from baltoro.cli.settings_reference import all_settings
from tools.make_docs import HELP, ROOT, commands, generated


def test_generated_pages_and_help_texts_are_up_to_date() -> None:
    stale = [path for path, text in generated().items() if not path.exists() or path.read_text() != text]
    assert stale == [], "run: make docs"


def test_no_help_text_is_left_of_a_command_that_is_gone() -> None:
    assert {path.stem.replace("-", " ") for path in HELP.glob("*.txt")} == {
        line.replace("-", " ") for line, _ in commands()
    }


@pytest.mark.parametrize(("line", "text"), list(commands()))
def test_every_command_has_an_example(line: str, text: str) -> None:
    assert "Commands:" in text or re.search(r"Examples?:\n.*baltoro ", text, re.DOTALL), line


def test_every_setting_is_explained() -> None:
    assert [setting.path for setting in all_settings() if not setting.meaning] == []


def test_the_help_of_serve_names_every_variable() -> None:
    text = (HELP / "baltoro-serve.txt").read_text()
    assert [setting.variable for setting in all_settings() if setting.variable not in text] == []


def test_links_between_pages_lead_somewhere() -> None:
    broken = []
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        broken += [
            f"{page.relative_to(ROOT)} -> {target}"
            for target in re.findall(r"\]\((?!https?://|#)([^)#\s]+)", page.read_text())
            if not (page.parent / target).exists()
        ]
    assert broken == []
