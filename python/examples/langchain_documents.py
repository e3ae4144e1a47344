"""Cleans the pages of a JSON Lines file as LangChain documents and prints the report.

    python langchain_documents.py pages.jsonl clean.jsonl
"""

import json
import sys
from pathlib import Path

from langchain_core.documents import Document

from bodytext.langchain import BodytextTransformer


def main(source: Path, target: Path) -> None:
    records = [json.loads(line) for line in source.read_text("utf-8").splitlines()]
    documents = [
        Document(record["text"], metadata={"source": record.get("url"), "title": record.get("title")})
        for record in records
        if record["text"] is not None
    ]
    transformer = BodytextTransformer()
    with target.open("w", encoding="utf-8") as file:
        for document in transformer.transform_documents(documents):
            file.write(json.dumps({"text": document.page_content, "url": document.metadata["source"]}) + "\n")
    print(transformer.report)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
