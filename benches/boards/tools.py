"""The extractors in Python: answers requests of the boards, one line of JSON each.

    tools.py trafilatura-py|resiliparse-py

The program `boards` starts it. Time is that of the process, without reading and writing the JSON.
"""

import importlib.metadata
import json
import sys
import time

WARM_UP = "<html><body><article><h1>Tides</h1><p>The wall was mended, and the port was open on Monday.</p></article></body>"
REMEDY = "benches/boards/run installs it; by hand: pip install trafilatura lxml_html_clean resiliparse"


def trafilatura():
    """trafilatura with what it does by default."""
    from trafilatura import extract

    return extract


def resiliparse():
    """The main content by resiliparse. Texts in place of pictures are no text of the page."""
    from resiliparse.extract.html2text import extract_plain_text

    return lambda html: extract_plain_text(html, main_content=True, alt_texts=False)


def say(value):
    """Prints a line."""
    sys.stdout.buffer.write(json.dumps(value).encode() + b"\n")
    sys.stdout.buffer.flush()


def main(name):
    """Answers until standard input ends."""
    package = name.removesuffix("-py")
    try:
        extract = {"trafilatura": trafilatura, "resiliparse": resiliparse}[package]()
        version = importlib.metadata.version(package)
    except ImportError as error:
        say({"skipped": {"reason": str(error).strip().splitlines()[0], "remedy": REMEDY}})
        return
    extract(WARM_UP)
    say({"version": version})
    for line in sys.stdin.buffer:
        request = json.loads(line)
        start = time.process_time()
        try:
            text = (extract(request["html"]) or "").encode(errors="replace").decode()
        except Exception:  # Whatever is wrong with a page, the next one is another.
            text = None
        seconds = time.process_time() - start
        say({"text": text, "seconds": seconds})


if __name__ == "__main__":
    main(*sys.argv[1:])
