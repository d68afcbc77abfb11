"""Password hashing with argon2id, a few at a time, never on the event loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from argon2 import PasswordHasher as Argon2
from argon2 import Type
from argon2.exceptions import InvalidHashError, VerificationError

T = TypeVar("T")

MEMORY_KIB = 19 * 1024
"""KiB of memory of one hash: the least that OWASP advises with two iterations."""
ITERATIONS = 2
LANES = 1
AT_ONCE = 4
"""Hashes that run at the same time: a flood of sign-ins must not take all memory and all cores."""


class PasswordHasher:
    """Hashes and verifies passwords in threads of its own.

    Args:
        memory_kib: KiB that one hash fills.
        iterations: passes over that memory.
    """

    def __init__(self, *, memory_kib: int = MEMORY_KIB, iterations: int = ITERATIONS) -> None:
        self._argon2 = Argon2(time_cost=iterations, memory_cost=memory_kib, parallelism=LANES, type=Type.ID)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="password")

    async def hash(self, password: str) -> str:
        """The hash of a password that is being set, with its parameters and salt."""
        return await self._run(partial(self._argon2.hash, password))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether `password` is the one that was hashed.

        Args:
            stored: the hash; `None` (no such person, or no password) costs the same time and answers no.
        """
        return await self._run(partial(self._verify, stored, password))

    def is_outdated(self, stored: str) -> bool:
        """Whether `stored` was made with other parameters than those of today."""
        return self._argon2.check_needs_rehash(stored)

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: "partial[T]") -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _verify(self, stored: str | None, password: str) -> bool:
        try:
            if stored is None:
                # Making a hash takes as long as checking one: the clock does not tell who has an account.
                self._argon2.hash(password)
                return False
            return self._argon2.verify(stored, password)
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False
