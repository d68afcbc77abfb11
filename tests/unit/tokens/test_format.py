import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baltoro.tokens import TokenKind, is_well_formed, kind_of, new_token

SOURCE = Path(__file__).parents[3] / "src" / "baltoro"
VECTORS = {
    "bltu_0000000000000000000000000000000iH3MI": TokenKind.ACCOUNT,
    "blto_BaltoroGlacierKarakoram12345670iTJPN": TokenKind.ORGANIZATION,
}


@pytest.mark.parametrize("token", VECTORS)
def test_the_published_vectors_hold(token: str) -> None:
    assert is_well_formed(token)
    assert kind_of(token) is VECTORS[token]


@pytest.mark.parametrize("kind", TokenKind)
def test_a_new_token_is_well_formed_and_never_the_same(kind: TokenKind) -> None:
    tokens = {new_token(kind) for _ in range(200)}
    assert len(tokens) == 200
    for token in tokens:
        assert len(token) == 41
        assert re.fullmatch(r"\bblt[uo]_[0-9A-Za-z]{36}\b", token)
        assert kind_of(token) is kind


@given(position=st.integers(0, 40), other=st.characters(codec="ascii", categories=["Lu", "Ll", "Nd", "Pc"]))
def test_one_wrong_character_is_noticed(position: int, other: str) -> None:
    token = "bltu_0000000000000000000000000000000iH3MI"
    changed = token[:position] + other + token[position + 1 :]
    assert is_well_formed(changed) is (changed == token)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nope",
        "bltu_",
        "bltr_0000000000000000000000000000000iH3MI",
        "BLTU_0000000000000000000000000000000iH3MI",
        "bltu_0000000000000000000000000000000iH3MI\n",
        " bltu_0000000000000000000000000000000iH3MI",
        "bltu_0000000000000000000000000000000iH3M",
        "bltu_" + "٠" * 36,
        "0" * 64,
        "\x00" * 41,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    assert not is_well_formed(text)
    assert kind_of(text) is None


@given(text=st.text())
def test_no_text_breaks_the_check(text: str) -> None:
    assert is_well_formed(text) in {True, False}


@pytest.mark.promise("T16")
def test_secrets_are_never_compared_as_text() -> None:
    word = r"(?:secret|token|password|digest|csrf_token|key|checksum\([^)]*\)|stored|password_hash)"
    compared = re.compile(rf"(?<![\w.]){word}\s*(?:==|!=)\s|(?:==|!=)\s+{word}\b(?!\.|\()")
    found = [
        f"{path.relative_to(SOURCE)}: {line.strip()}"
        for room in ("access", "accounts", "organizations", "tokens", "api", "server", "web")
        for path in (SOURCE / room).rglob("*.py")
        for line in path.read_text().splitlines()
        # `table.c.digest == …` is SQL: the index finds a SHA-256, and tells nothing about the secret.
        if compared.search(line) and ".c." not in line
    ]
    assert found == []
