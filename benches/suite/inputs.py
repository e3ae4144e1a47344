"""What the suite runs on: documents read from the user's files, and files of the asked sizes made of them."""

import gzip
import itertools
import json
import shutil
import subprocess
import sys


def open_lines(path):
    """Opens a file of lines, compressed or not."""
    if path.suffix == ".gz":
        return gzip.open(path)
    if path.suffix == ".zst":
        return subprocess.Popen(["zstd", "-dcq", path], stdout=subprocess.PIPE).stdout
    return open(path, "rb")


def documents_of(path):
    """Yields the records of a JSONL file or of a folder of .txt files, less what is not UTF-8."""
    if path.is_dir():
        for file in sorted(path.rglob("*.txt")):
            try:
                yield {"id": file.stem, "text": file.read_bytes().decode()}
            except UnicodeDecodeError:
                continue
        return
    with open_lines(path) as lines:
        for number, line in enumerate(lines):
            record = json.loads(line)
            if isinstance(record.get("text"), str):
                url = {"url": record["url"]} if isinstance(record.get("url"), str) else {}
                text = record["text"].encode(errors="replace").decode()  # Half of a surrogate pair is not UTF-8.
                yield {"id": str(record.get("id", number)), **url, "text": text}


class Data:
    """The documents, and the files that are made of them when a figure asks for them."""

    def __init__(self, inputs, folder, jsonl_mb):
        self.folder, self.jsonl_mb = folder, jsonl_mb
        self.documents, size = [], 0
        # One of each input in turn, so that none is left out when there is more than a tenth of the output needs.
        for document in itertools.chain.from_iterable(itertools.zip_longest(*map(documents_of, inputs))):
            if size >= jsonl_mb * 1e5:
                break
            if document:
                self.documents.append(document)
                size += len(document["text"].encode())
        if not size:
            sys.exit("run: no text in the input")
        lines = sum(document["text"].count("\n") + 1 for document in self.documents)
        names = ", ".join(f"`{path.name}`" for path in inputs)
        self.description = f"{len(self.documents)} distinct documents, {size / 1e6:.3g} MB, {lines} lines, of {names}"
        self.text_sizes = {}

    def jsonl(self, mb):
        """A JSONL file of so many MB, and its size; as many copies of the documents as it takes."""
        path = self.folder / f"{mb:g}MB.jsonl"
        if not path.exists():
            with open(path, "wb") as out:
                text_size = 0
                for document in itertools.cycle(self.documents):
                    out.write(json.dumps(document, ensure_ascii=False).encode() + b"\n")
                    text_size += len(document["text"].encode())
                    if out.tell() >= mb * 1e6:
                        break
            self.text_sizes[path] = text_size
        return path, path.stat().st_size

    def jsonl_of_text(self, mb):
        """The same file, with the size of its texts alone."""
        path, _ = self.jsonl(mb)
        return path, self.text_sizes[path]

    def tenths(self, count):
        """A JSONL file of so many tenths of the asked size: copies of one tenth, so that nothing but length differs."""
        tenth, _ = self.jsonl(self.jsonl_mb / 10)
        path = self.folder / f"{count}-tenths.jsonl"
        if not path.exists():
            with open(path, "wb") as out:
                for _ in range(count):
                    with open(tenth, "rb") as part:
                        shutil.copyfileobj(part, out, 1 << 20)
        return path, path.stat().st_size

    def text(self, mb):
        """One text file of so many MB, and its size: the same documents, one after the other."""
        path = self.folder / f"{mb:g}MB.txt"
        if not path.exists():
            with open(path, "wb") as out:
                for document in itertools.cycle(self.documents):
                    out.write(document["text"].encode() + b"\n")
                    if out.tell() >= mb * 1e6:
                        break
        return path, path.stat().st_size

    def files(self, count):
        """A folder of so many text files, a thousand to a folder, and the size of all."""
        folder = self.folder / "files"
        if not folder.exists():
            for number, document in zip(range(count), itertools.cycle(self.documents)):
                path = folder / f"{number // 1000:03}" / f"{number:06}.txt"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(document["text"].encode())
        return folder, sum(path.stat().st_size for path in folder.rglob("*.txt"))

    def line(self):
        """A file of one line, and one of one record: what is left of a run on them is start-up."""
        text, record = self.folder / "line.txt", self.folder / "line.jsonl"
        text.write_text("The ferry left the harbour at nine in the morning.\n")
        record.write_text('{"id": "1", "text": "The ferry left the harbour at nine in the morning."}\n')
        return text, record
