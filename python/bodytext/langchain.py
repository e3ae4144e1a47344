"""LangChain: a document transformer that cleans the text of each document. Needs `langchain-core`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.documents import BaseDocumentTransformer, Document

from . import Cleaner, Report


class BodytextTransformer(BaseDocumentTransformer):  # type: ignore[misc]
    """Cleans documents, and leaves out those that the filters of the cleaner drop. The address of the page is in the
    metadata, where loaders put it: `source`. The counts are added to `report`.
    """

    def __init__(self, cleaner: Cleaner | None = None, *, url_key: str = "source") -> None:
        self.cleaner, self.url_key, self.report = cleaner or Cleaner(), url_key, Report()

    def transform_documents(self, documents: Sequence[Document], **kwargs: Any) -> list[Document]:
        """New documents; the given ones stay as they are."""
        transformed = []
        for document in documents:
            url = document.metadata.get(self.url_key)
            cleaned = self.cleaner.clean(document.page_content, url=url if isinstance(url, str) else None)
            self.report.add(cleaned.report)
            if not cleaned.dropped:
                transformed.append(document.model_copy(update={"page_content": cleaned.text}))
        return transformed
