"""Group commit: what many ask for at the same moment is written in one go, and each gets its own answer.

One at a time writes for all who wait; who comes meanwhile is written with the next. Under a crowd the cost of a
transaction (its round trips, its planning, its wait for the disk) is so shared by dozens; alone it is as before.
"""

import threading
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.kernel import clock
from app.kernel.db import is_away
from app.kernel.errors import Unavailable

Item = TypeVar("Item")
Result = TypeVar("Result")

#: More wins nothing, and what fails with one of them is done again for each.
MOST = 64
#: Long enough for whoever has arrived to be heard, in seconds.
A_MOMENT = 0.002
#: How long one waits for its turn at most, in seconds.
PATIENCE = 20.0


@dataclass
class _Wish(Generic[Item, Result]):
    item: Item
    is_settled: bool = False
    result: Result | None = None
    error: Exception | None = None


class Together(Generic[Item, Result]):
    """Does items by `run(items)`, which answers in their order or raises having done none of them.

    Of items with the same `apart(item)` only one goes into a run, for those that meet in the same row.
    """

    def __init__(self, run: Callable[[list[Item]], list[Result]], *, apart: Callable[[Item], Hashable]) -> None:
        self._run, self._apart = run, apart
        self._waiting: deque[_Wish[Item, Result]] = deque()
        self._turn = threading.Lock()
        self._is_crowded = False

    def do(self, item: Item) -> Result:
        """What `run` answers for it, or the error that it raises for it alone; Unavailable when no turn came."""
        wish: _Wish[Item, Result] = _Wish(item)
        self._waiting.append(wish)
        if not self._turn.acquire(timeout=PATIENCE):
            self._withdraw(wish)
        else:
            try:
                while not wish.is_settled:
                    self._serve()
            finally:
                self._turn.release()
        if wish.error is not None:
            raise wish.error
        if wish.result is None:  # it was in a run that failed, maybe by another's fault
            return self._run([item])[0]
        return wish.result

    def _serve(self) -> None:
        self._gather()
        wishes = self._next()
        try:
            results = self._run([wish.item for wish in wishes])
        except Exception as error:
            # Where the database went away, the commit may have been done: nobody tries again, nothing is done twice.
            if len(wishes) == 1 or is_away(error):
                for wish in wishes:
                    wish.error = error
        else:
            for wish, result in zip(wishes, results, strict=True):
                wish.result = result
        finally:
            for wish in wishes:
                wish.is_settled = True

    def _gather(self) -> None:
        """In a crowd let those who are on their way come in, as long as they do; who is alone waits for nobody."""
        before = 0 if self._is_crowded else 1
        while before < len(self._waiting) < MOST:
            before = len(self._waiting)
            clock.sleep(A_MOMENT)
        self._is_crowded = len(self._waiting) > 1

    def _next(self) -> list[_Wish[Item, Result]]:
        taken: dict[Hashable, _Wish[Item, Result]] = {}
        later: list[_Wish[Item, Result]] = []
        while self._waiting and len(taken) < MOST:
            wish = self._waiting.popleft()
            if taken.setdefault(self._apart(wish.item), wish) is not wish:
                later.append(wish)
        self._waiting.extendleft(reversed(later))
        return list(taken.values())

    def _withdraw(self, wish: _Wish[Item, Result]) -> None:
        try:
            self._waiting.remove(wish)
        except ValueError:  # somebody has it in hand just now: what becomes of it is not known yet, so not said
            pass
        raise Unavailable()
