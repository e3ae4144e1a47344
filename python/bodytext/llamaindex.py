"""LlamaIndex: a transform component that cleans the text of each node. Needs `llama-index-core`."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Sequence
from typing import Any

from llama_index.core.schema import BaseNode, TransformComponent
from pydantic import PrivateAttr

from . import Cleaner, Report


class BodytextTransform(TransformComponent):  # type: ignore[misc]
    """Cleans nodes, before they are split; those that the filters of the cleaner drop are left out. The address of the
    page is in the metadata, under `url_key`, its title under `title_key`. The counts are in `report`.
    """

    url_key: str = "url"
    title_key: str = "title"
    # The cache of a pipeline knows a transformation by its fields.
    settings: str = ""

    _cleaner: Cleaner = PrivateAttr()
    _report: Report = PrivateAttr(default_factory=Report)

    def __init__(self, cleaner: Cleaner | None = None, *, url_key: str = "url", title_key: str = "title",
                 **fields: Any) -> None:
        cleaner = cleaner or Cleaner()
        fields["settings"] = hashlib.sha256(pickle.dumps(cleaner, protocol=4)).hexdigest()
        super().__init__(url_key=url_key, title_key=title_key, **fields)
        self._cleaner = cleaner

    @property
    def report(self) -> Report:
        """What was counted."""
        return self._report

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: Any) -> list[BaseNode]:
        kept = []
        for node in nodes:
            known = [node.metadata.get(key) for key in (self.url_key, self.title_key)]
            url, title = (value if isinstance(value, str) else None for value in known)
            cleaned = self._cleaner.clean(node.get_content(), url=url, title=title)
            self._report.add(cleaned.report)
            if not cleaned.dropped:
                node.set_content(cleaned.text)
                kept.append(node)
        return kept
