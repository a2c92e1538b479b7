"""Named places through which higher apps add to pages of lower ones (DESIGN §8.11).

The lower app declares a slot at module level and asks it when it renders; the higher app registers
a provider in `AppConfig.ready`. So the page of a union can show its rosters without importing them.
"""

from collections.abc import Callable, Iterable
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
Item = TypeVar("Item")


class Slot(Generic[P, Item]):
    """A list that others fill. Providers are asked in the order of `rank`, then of registration."""

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

    def tell(self, *args: P.args, **kwargs: P.kwargs) -> list[Item]:
        """Let every provider act, in their order, and return what each answers.

        The same as `items` for those who register; a reader sees that something is done here.
        """
        return self.items(*args, **kwargs)

    def items(self, *args: P.args, **kwargs: P.kwargs) -> list[Item]:
        """Everything the providers give for these arguments."""
        return [item for _, provider in self._providers for item in provider(*args, **kwargs)]
