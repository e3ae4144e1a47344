"""The command `bodytext`: `python -m bodytext page.txt` does what `bodytext page.txt` does."""

import signal
import sys

from . import _bodytext


def main() -> None:
    """Runs the command with the arguments of the process, and exits with its exit code."""
    # The command has handlers of its own. Python's would turn Ctrl-C into an exception after it has stopped.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(_bodytext.main(["bodytext", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
