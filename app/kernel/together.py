"""Group commit: what many ask for at the same moment is written in one go, and each gets its own answer.

One at a time writes for all who wait; who comes meanwhile is written with the next. Under a crowd the cost of a
transaction (its round trips, its planning, its wait for the disk) is so shared by dozens; alone it is as before.
"""

import threading
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from app.kernel import clock
from app.kernel.db import is_away
from app.kernel.errors import Unavailable

Item = TypeVar("Item")
Result = TypeVar("Result")

#: More wins nothing, and what fails with one of them is done again for each.
MOST = 64
#: Long enough for whoever has arrived to be heard, in seconds.
A_MOMENT = 0.005
#: How long one waits for its turn at most, in seconds.
PATIENCE = 20.0


@dataclass(eq=False)
class _Wish(Generic[Item, Result]):
    item: Item
    #: Set when it was done, or when it is its turn to write for all.
    called: threading.Event = field(default_factory=threading.Event)
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
        self._guard = threading.Lock()
        self._is_busy = False
        self._company = 0

    def do(self, item: Item) -> Result:
        """What `run` answers for it, or the error that it raises for it alone; Unavailable when no turn came."""
        wish: _Wish[Item, Result] = _Wish(item)
        with self._guard:
            self._waiting.append(wish)
            if not self._is_busy:
                self._is_busy = True
                wish.called.set()
        if not wish.called.wait(PATIENCE):
            self._withdraw(wish)
        if not wish.is_settled:
            self._write_for_all(wish)
        if wish.error is not None:
            raise wish.error
        if wish.result is None:  # it was in a run that failed, maybe by another's fault
            return self._run([item])[0]
        return wish.result

    def _write_for_all(self, wish: _Wish[Item, Result]) -> None:
        try:
            while not wish.is_settled:
                self._serve()
        finally:
            # The one who has waited longest is next. A lock would not do: whoever comes by takes it first.
            with self._guard:
                self._is_busy = bool(self._waiting)
                if self._waiting:
                    self._waiting[0].called.set()

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
                wish.called.set()

    def _gather(self) -> None:
        """In a crowd let those who are on their way come in, as long as they do; who is alone waits for nobody."""
        before = 0 if self._company else 1
        while before < len(self._waiting) < MOST:
            before = len(self._waiting)
            clock.sleep(A_MOMENT)
        # A crowd is remembered for as many turns as it was large.
        self._company = max(len(self._waiting) - 1, self._company - 1)

    def _next(self) -> list[_Wish[Item, Result]]:
        taken: dict[Hashable, _Wish[Item, Result]] = {}
        later: list[_Wish[Item, Result]] = []
        with self._guard:
            while self._waiting and len(taken) < MOST:
                wish = self._waiting.popleft()
                if taken.setdefault(self._apart(wish.item), wish) is not wish:
                    later.append(wish)
            self._waiting.extendleft(reversed(later))
        return list(taken.values())

    def _withdraw(self, wish: _Wish[Item, Result]) -> None:
        with self._guard:
            if wish.called.is_set():
                return
            if wish in self._waiting:
                self._waiting.remove(wish)
            # Else somebody has it in hand just now: what becomes of it is not known yet, so not said.
        raise Unavailable()
