"""Cleans scraped text: repairs the encoding, removes boilerplate, keeps the article.

>>> import bodytext
>>> cleaner = bodytext.Cleaner()
>>> cleaner.clean("Share this story:\\nThe port was shut on Monday.\\nLeave a Reply\\n").text
'The port was shut on Monday.\\n'

`Cleaner.clean_arrow` takes and gives Arrow data of any library. The modules `ray`, `spark`, `daft`, `datatrove`,
`datasets`, `langchain` and `llamaindex` hold what an engine needs around it; none is imported before it is used.
"""

from ._bodytext import (
    ArrowArray,
    ArrowStream,
    Cleaned,
    CleanedIterator,
    Cleaner,
    Line,
    Removal,
    Report,
    __version__,
)

__all__ = [
    "ArrowArray",
    "ArrowStream",
    "Cleaned",
    "CleanedIterator",
    "Cleaner",
    "Line",
    "Removal",
    "Report",
    "__version__",
]
