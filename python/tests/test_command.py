"""The command of the wheel: the same as the binary, its exit codes, and how it stops."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import ROOT, command, write_jsonl

SCRIPT = Path(sys.executable).with_name("bodytext")


def test_both_entry_points_print_the_same() -> None:
    page = ROOT / "samples" / "pages" / "harbour.txt"
    script = subprocess.run([SCRIPT, page], capture_output=True, check=True)
    assert script.stdout == command(page).stdout.encode() and b"Storm closes the harbour" in script.stdout
    assert b"Leave a Reply" not in script.stdout and script.stderr == b""
    assert subprocess.run([SCRIPT, "--version"], capture_output=True).stdout.startswith(b"bodytext 0.1.0")
    piped = subprocess.run([SCRIPT], input=page.read_bytes(), capture_output=True, check=True)
    assert piped.stdout == script.stdout


def test_the_last_line_needs_no_line_end() -> None:
    run = subprocess.run([SCRIPT], input=b"The port was shut.", capture_output=True, check=True)
    assert run.stdout == b"The port was shut."


def test_exit_codes(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text("{]\n")
    for arguments, code in [
        (["--help"], 0),
        ([tmp_path / "missing.txt"], 1),
        ([tmp_path / "bad.jsonl", "-o", tmp_path / "out.jsonl"], 1),
        (["--keep", "bylin", tmp_path], 2),
        (["--nothing"], 2),
        (["rules", "list"], 0),
    ]:
        assert command(*arguments).returncode == code, arguments
    if Path("/dev/full").exists():
        with open("/dev/full", "wb") as full:
            page = ROOT / "samples" / "pages" / "harbour.txt"
            assert subprocess.run([SCRIPT, page], stdout=full, stderr=subprocess.DEVNULL).returncode == 3


def test_names_that_are_not_utf_8(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    try:
        Path(os.fsdecode(name)).write_text("Leave a Reply\nIt rained.")
    except OSError:
        pytest.skip("the file system takes no such name")
    assert subprocess.run([SCRIPT, name], capture_output=True, check=True).stdout == b"It rained."


def test_a_closed_pipe_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("The port was shut on Monday.\n" * 200_000)
    run = subprocess.run(f"set -o pipefail; {SCRIPT} {tmp_path}/long.txt | head -n 1", shell=True, executable=shutil.which("bash"), capture_output=True)
    assert (run.returncode, run.stdout, run.stderr) == (0, b"The port was shut on Monday.\n", b"")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("module", [False, True])
def test_a_signal_stops_it_and_resume_goes_on(number: signal.Signals, code: int, module: bool, tmp_path: Path) -> None:
    page = (ROOT / "samples" / "pages" / "harbour.txt").read_text("utf-8") * 20
    write_jsonl(tmp_path / "in.jsonl", [{"text": page, "id": row} for row in range(8000)])
    words = [sys.executable, "-m", "bodytext"] if module else [str(SCRIPT)]
    words += [str(tmp_path / "in.jsonl"), "-o", str(tmp_path / "out.jsonl"), "--threads", "1"]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, cwd=ROOT)
    time.sleep(1)
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == code, errors
    assert b"stopped by a signal" in errors and b"Traceback" not in errors
    assert not (tmp_path / "out.jsonl").exists()
    finished = subprocess.run([*words, "--resume"], stderr=subprocess.PIPE, cwd=ROOT)
    assert finished.returncode == 0 and b"8,000 documents" in finished.stderr
