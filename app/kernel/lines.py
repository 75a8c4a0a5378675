"""Lines: within a process one at a time does something with the same thing, before the database is asked.

Who is first in the database keeps rivals waiting for as long as its process takes between two statements. Under a crowd
of hundreds that adds up to seconds for the last one; so only one of each process goes there, and the others look again.
"""

import threading
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from app.kernel.db import end_reading, in_transaction

#: How long one stands in line at most, in seconds; after that the database decides alone.
PATIENCE = 20.0


class Line:
    """One at a time for each key."""

    def __init__(self) -> None:
        self._locks: dict[Hashable, threading.Lock] = {}
        self._there: Counter[Hashable] = Counter()
        self._guard = threading.Lock()

    @contextmanager
    def turn(self, key: Hashable) -> Iterator[None]:
        """Alone with that key for the block. Who waits holds no connection; inside a transaction nobody waits."""
        if in_transaction():
            yield
            return
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
            self._there[key] += 1
        is_mine = lock.acquire(blocking=False)
        try:
            if not is_mine:
                end_reading()
                is_mine = lock.acquire(timeout=PATIENCE)
            yield
        finally:
            if is_mine:
                lock.release()
            with self._guard:
                self._there[key] -= 1
                if not self._there[key]:
                    del self._there[key], self._locks[key]
