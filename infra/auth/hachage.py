"""Passwords by argon2id, a bounded number at once: each takes memory and time, and that is the point."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from threading import BoundedSemaphore
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from infra.auth.refus import AccesSature

MEMORY_KIB = 19 * 1024
TIME_COST = 2
PARALLELISM = 1
"""OWASP's second set for argon2id."""

AT_ONCE = 2
"""How many passwords are hashed at once: 38 MiB at most, and two cores busy."""

WAITING_MAX = 64
"""How many wait for their turn, under way included; those that come on top are told to come back."""


T = TypeVar("T")


class Hacheur:
    """Hashes and checks. Its threads begin with the first password."""

    def __init__(self, *, memory_kib: int = MEMORY_KIB, time_cost: int = TIME_COST) -> None:
        self._hasher = PasswordHasher(
            time_cost=time_cost, memory_cost=memory_kib, parallelism=PARALLELISM, type=Type.ID
        )
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="argon2")
        self._places = BoundedSemaphore(WAITING_MAX)

    def hash(self, password: str) -> str:
        """The hash to keep. Raises AccesSature."""
        return self._run(lambda: self._hasher.hash(password))

    def verify(self, kept: str | None, password: str) -> bool:
        """Whether it is the password of this hash; None takes the same time and is never right. Raises AccesSature."""
        return self._run(lambda: self._verify(kept, password))

    def needs_rehash(self, kept: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash("personne n'a ce mot de passe")

    def _verify(self, kept: str | None, password: str) -> bool:
        nobody = self._nobody  # Made before the first check of all, whoever it is of.
        try:
            is_right = self._hasher.verify(kept if kept is not None else nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return is_right and kept is not None

    def _run(self, work: Callable[[], T]) -> T:
        if not self._places.acquire(blocking=False):
            raise AccesSature
        try:
            return self._pool.submit(work).result()
        finally:
            self._places.release()
