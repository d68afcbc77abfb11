from pathlib import Path

import pytest

from baltoro.foundation.secrets import KEY_BYTES, UnsafeKeyFile, Unsealable, Vault, digest, load_or_create_key


def test_a_sealed_secret_opens_for_its_owner_only() -> None:
    vault = Vault(b"k" * KEY_BYTES)
    sealed = vault.seal("bltu_secret", owner="token:7:user:3")
    assert vault.unseal(sealed, owner="token:7:user:3") == "bltu_secret"
    with pytest.raises(Unsealable):
        vault.unseal(sealed, owner="token:8:user:3")


def test_the_same_secret_never_seals_to_the_same_bytes() -> None:
    vault = Vault(b"k" * KEY_BYTES)
    assert vault.seal("a", owner="x") != vault.seal("a", owner="x")


def test_another_key_does_not_open_it() -> None:
    sealed = Vault(b"k" * KEY_BYTES).seal("a", owner="x")
    with pytest.raises(Unsealable):
        Vault(b"l" * KEY_BYTES).unseal(sealed, owner="x")


def test_a_digest_has_32_bytes_and_depends_on_every_character() -> None:
    assert len(digest("a")) == 32
    assert digest("a") != digest("A")


def test_the_key_is_created_once_and_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    key = load_or_create_key(path)
    assert len(key) == KEY_BYTES
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_or_create_key(path) == key


def test_a_key_file_that_others_can_read_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    load_or_create_key(path)
    path.chmod(0o644)
    with pytest.raises(UnsafeKeyFile, match="chmod 600"):
        load_or_create_key(path)


@pytest.mark.parametrize("content", ["", "xyz", "00" * 31, "zz" * 32])
def test_a_damaged_key_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secret.key"
    path.touch(mode=0o600)
    path.write_text(content)
    with pytest.raises(UnsafeKeyFile):
        load_or_create_key(path)
