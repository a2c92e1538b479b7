"""Named places through which higher apps add to pages of lower ones (DESIGN §8.11).

The lower app declares a slot at module level and asks it when it renders; the higher app registers
a provider in `AppConfig.ready`. So the page of a union can show its rosters without importing them.
"""

from collections.abc import Callable, Iterable
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
Item = TypeVar("Item")


class Slot(Generic[P, Item]):
    """A list that others fill; asking it changes nothing.

    Providers are asked in the order of `rank`, then of registration.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._providers: list[tuple[int, Callable[P, Iterable[Item]]]] = []

    def register(
        self, provider: Callable[P, Iterable[Item]], *, rank: int = 100
    ) -> Callable[P, Iterable[Item]]:
        self._providers.append((rank, provider))
        self._providers.sort(key=lambda entry: entry[0])
        return provider

    def unregister(self, provider: Callable[P, Iterable[Item]]) -> None:
        self._providers = [entry for entry in self._providers if entry[1] != provider]

    def items(self, *args: P.args, **kwargs: P.kwargs) -> list[Item]:
        """Everything the providers give for these arguments."""
        return [item for _, provider in self._providers for item in provider(*args, **kwargs)]


class Hook(Generic[P, Item]):
    """Something happens, and others act with it, in its transaction where there is one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._acts: list[Callable[P, Item]] = []

    def register(self, act: Callable[P, Item]) -> Callable[P, Item]:
        self._acts.append(act)
        return act

    def unregister(self, act: Callable[P, Item]) -> None:
        self._acts = [entry for entry in self._acts if entry != act]

    def run(self, *args: P.args, **kwargs: P.kwargs) -> list[Item]:
        """Let everybody act, in the order of registration; returns what each says of it."""
        return [act(*args, **kwargs) for act in self._acts]
