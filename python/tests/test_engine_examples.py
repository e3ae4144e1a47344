"""The examples of Ray and Spark."""

from pathlib import Path

import pytest

from conftest import Expected, check_example

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("name", ["ray_data.py", "spark_frames.py"])
def test_examples(name: str, expected: Expected, tmp_path: Path) -> None:
    pytest.importorskip({"ray_data.py": "ray", "spark_frames.py": "pyspark"}[name])
    check_example(name, expected, tmp_path, "out")
