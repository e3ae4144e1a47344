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
    page is in the metadata, under `url_key`. The counts are in `report`.
    """

    url_key: str = "url"
    # The cache of a pipeline knows a transformation by its fields.
    settings: str = ""

    _cleaner: Cleaner = PrivateAttr()
    _report: Report = PrivateAttr(default_factory=Report)

    def __init__(self, cleaner: Cleaner | None = None, *, url_key: str = "url", **fields: Any) -> None:
        cleaner = cleaner or Cleaner()
        fields["settings"] = hashlib.sha256(pickle.dumps(cleaner, protocol=4)).hexdigest()
        super().__init__(url_key=url_key, **fields)
        self._cleaner = cleaner

    @property
    def report(self) -> Report:
        """What was counted."""
        return self._report

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: Any) -> list[BaseNode]:
        kept = []
        for node in nodes:
            url = node.metadata.get(self.url_key)
            cleaned = self._cleaner.clean(node.get_content(), url=url if isinstance(url, str) else None)
            self._report.add(cleaned.report)
            if not cleaned.dropped:
                node.set_content(cleaned.text)
                kept.append(node)
        return kept
