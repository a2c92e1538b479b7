"""What the worker can do: kinds of jobs and nightly tasks, registered by the apps above."""

from collections.abc import Callable
from dataclasses import dataclass

from relief.jobs.running import Running

JobFunction = Callable[[Running], None]
NightlyFunction = Callable[[], None]


@dataclass(frozen=True)
class NightlyTask:
    name: str
    hour: int
    run: NightlyFunction


_kinds: dict[str, JobFunction] = {}
_nightly: dict[str, NightlyTask] = {}


def job_kind(name: str) -> Callable[[JobFunction], JobFunction]:
    """Register a function as the work of jobs of this kind.

    A ValidationError is the answer to the person ("no column 姓名"); any other error is a bug.
    It must be safe to run again from the start: whatever it keeps, it writes inside
    `running.commit()`. Import the module in `AppConfig.ready`, so that the worker knows it too.
    """

    def register(function: JobFunction) -> JobFunction:
        if _kinds.get(name, function) is not function:
            raise ValueError(f"Two job kinds are called {name}.")
        _kinds[name] = function
        return function

    return register


def nightly(name: str, *, hour: int = 2) -> Callable[[NightlyFunction], NightlyFunction]:
    """Register a task for once a day, at `hour` local time or as soon after as a worker is up.

    Once over all machines. It may run twice for a day when a worker was killed in the middle of it.
    """

    def register(function: NightlyFunction) -> NightlyFunction:
        if name in _nightly and _nightly[name].run is not function:
            raise ValueError(f"Two nightly tasks are called {name}.")
        _nightly[name] = NightlyTask(name=name, hour=hour, run=function)
        return function

    return register


def is_kind(name: str) -> bool:
    return name in _kinds


def function_of(kind: str) -> JobFunction:
    return _kinds[kind]


def nightly_tasks() -> list[NightlyTask]:
    return [_nightly[name] for name in sorted(_nightly)]


def nightly_task(name: str) -> NightlyTask:
    return _nightly[name]
