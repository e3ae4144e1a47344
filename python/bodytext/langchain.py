"""LangChain: a document transformer that cleans the text of each document. Needs `langchain-core`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.documents import BaseDocumentTransformer, Document

from . import Cleaner, Report


class BodytextTransformer(BaseDocumentTransformer):  # type: ignore[misc]
    """Cleans documents, and leaves out those that the filters of the cleaner drop. The address of the page is in the
    metadata, where loaders put it: `source`; its title is `title`. The counts are added to `report`.
    """

    def __init__(self, cleaner: Cleaner | None = None, *, url_key: str = "source",
                 title_key: str = "title") -> None:
        self.cleaner, self.report = cleaner or Cleaner(), Report()
        self.url_key, self.title_key = url_key, title_key

    def transform_documents(self, documents: Sequence[Document], **kwargs: Any) -> list[Document]:
        """New documents; the given ones stay as they are."""
        transformed = []
        for document in documents:
            known = [document.metadata.get(key) for key in (self.url_key, self.title_key)]
            url, title = (value if isinstance(value, str) else None for value in known)
            cleaned = self.cleaner.clean(document.page_content, url=url, title=title)
            self.report.add(cleaned.report)
            if not cleaned.dropped:
                transformed.append(document.model_copy(update={"page_content": cleaned.text}))
        return transformed
