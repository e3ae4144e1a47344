"""Cleans the pages of a JSON Lines file in an ingestion pipeline of LlamaIndex and prints the report.

    python llamaindex_pipeline.py pages.jsonl clean.jsonl
"""

import json
import sys
from pathlib import Path

from llama_index.core import Document
from llama_index.core.ingestion import IngestionPipeline

from bodytext.llamaindex import BodytextTransform


def main(source: Path, target: Path) -> None:
    records = [json.loads(line) for line in source.read_text("utf-8").splitlines()]
    documents = [
        Document(text=record["text"], metadata={"url": record.get("url"), "title": record.get("title")})
        for record in records
        if record["text"] is not None
    ]
    transform = BodytextTransform()
    nodes = IngestionPipeline(transformations=[transform]).run(documents=documents)
    with target.open("w", encoding="utf-8") as file:
        for node in nodes:
            file.write(json.dumps({"text": node.get_content(), "url": node.metadata["url"]}) + "\n")
    print(transform.report)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
