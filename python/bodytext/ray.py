"""Ray Data: `clean` cleans a column of a dataset with `map_batches`.

Works with functions, not actors: a cleaner is built in a millisecond, and a pool of actors that take whole CPUs can
starve the stages that read the files. Needs `ray[data]`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from . import Cleaner, Report


class Counts:
    """Collects the counts of all workers. A batch that is cleaned again, by a task that is retried, counts once.

    `report()` is complete once the dataset was written or read to its end; each execution needs its own `Counts`.
    """

    def __init__(self) -> None:
        import ray

        # It takes no CPU from those that clean.
        self._actor: Any = ray.remote(num_cpus=0)(_Collector).remote()

    def report(self) -> Report:
        """The counts of all batches so far."""
        import ray

        return Report(ray.get(self._actor.sum.remote()))


class _Collector:
    def __init__(self) -> None:
        self.reports: dict[tuple[str, int], str] = {}

    def put(self, batch: tuple[str, int], report: str) -> None:
        self.reports[batch] = report

    def sum(self) -> str:
        return sum(map(Report, self.reports.values()), Report()).to_json()


class _Clean:
    """Cleans a batch. The number of a batch within its task tells it from others when the task runs again."""

    def __init__(self, cleaner: Cleaner, arguments: dict[str, Any], actor: Any) -> None:
        self.cleaner, self.arguments, self.actor = cleaner, arguments, actor
        self.task, self.batches = "", 0

    def __call__(self, batch: Any) -> Any:
        import pyarrow
        import ray

        report = Report()
        cleaned = pyarrow.table(self.cleaner.clean_arrow(batch, report=report, **self.arguments))
        if self.actor is not None:
            task = ray.get_runtime_context().get_task_id() or ""
            self.batches = self.batches + 1 if task == self.task else 1
            self.task = task
            # Waits: a worker may be gone the moment its task is done.
            ray.get(self.actor.put.remote((task, self.batches), report.to_json()))
        return cleaned


def clean(dataset: Any, cleaner: Cleaner | None = None, *, counts: Counts | None = None, column: str = "text",
          url_column: str = "url", title_column: str = "title", removed: str | None = None,
          stats: bool | str | None = None, fields: Sequence[str] = (),
          **options: Any) -> Any:
    """The dataset with its texts cleaned, when it is run. `options` go to `map_batches`.

    See `Cleaner.clean_arrow` for the columns.
    """
    arguments = {"column": column, "url_column": url_column, "title_column": title_column,
                 "removed": removed, "stats": stats, "fields": tuple(fields)}
    function: Callable[[Any], Any] = _Clean(cleaner or Cleaner(), arguments, counts._actor if counts else None)
    options.setdefault("batch_size", None)
    options.setdefault("zero_copy_batch", True)
    return dataset.map_batches(_plain(function), batch_format="pyarrow", **options)


def _plain(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Ray takes an object that can be called for a class of actors; this is a function."""

    def clean_batch(batch: Any) -> Any:
        return function(batch)

    return clean_batch
