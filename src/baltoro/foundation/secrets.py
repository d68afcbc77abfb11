"""Sealing of secrets that must be shown again, digests of those that must not."""

import hashlib
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from baltoro.foundation.errors import BaltoroError, ErrorKind

_NONCE_BYTES = 12
KEY_BYTES = 32


class Unsealable(BaltoroError):
    """The ciphertext was made with another key, or belongs to another row."""

    kind = ErrorKind.CONFLICT


class UnsafeKeyFile(BaltoroError):
    """The key file can be read by others, or is not a key."""


def digest(secret: str) -> bytes:
    """SHA-256 of a random secret (32 bytes), for look-up. Never use it for passwords: those need argon2id."""
    return hashlib.sha256(secret.encode()).digest()


class Vault:
    """Seals secrets with AES-256-GCM under one instance key that never lies in the database.

    Args:
        key: 32 random bytes.
        key_id: stored beside each ciphertext, so that a rotation can tell old from new.
    """

    def __init__(self, key: bytes, key_id: int = 1) -> None:
        self._cipher = AESGCM(key)
        self.key_id = key_id

    def seal(self, secret: str, *, owner: str) -> bytes:
        """Nonce and ciphertext of `secret`, bound to `owner` (for example `token:7:user:3`).

        A row swapped in the database then fails to open, because its owner differs.
        """
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret.encode(), owner.encode())

    def unseal(self, sealed: bytes, *, owner: str) -> str:
        """The secret again.

        Raises:
            Unsealable: another key, another owner, or a damaged value.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], owner.encode()).decode()
        except InvalidTag as error:
            raise Unsealable("This secret cannot be shown: it was sealed with another key. Regenerate it.") from error


def load_or_create_key(path: Path) -> bytes:
    """The instance key from `path` (64 hex digits, mode 0600), created on first use.

    Raises:
        UnsafeKeyFile: the file is readable by others or malformed; the message names the remedy.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(KEY_BYTES))
    if path.stat().st_mode & 0o077:
        raise UnsafeKeyFile(f"The key file {path} can be read by others. Run: chmod 600 {path}")
    try:
        key = bytes.fromhex(path.read_text().strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise UnsafeKeyFile(f"The key file {path} does not hold 64 hex digits. Restore it from your backup.")
    return key
