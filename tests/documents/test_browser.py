"""Pages in a real browser: they show something, say nothing on the console, and ask nobody."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from cellwright.documents.report import report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed on this machine"),
]
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--enable-logging=stderr",
    "--v=0",
    "--window-size=1200,1200",
    "--virtual-time-budget=6000",
)
WORDS = ("Uncaught", "Refused", "violates", "ERR_")


def _opened(content: bytes, folder: Path) -> tuple[NDArray[np.uint8], list[str], list[str]]:
    """Return the picture (h, w, 3), the console's errors, and the addresses that the page asked for outside itself."""
    import imageio.v3 as iio

    file, picture, log = folder / "page.html", folder / "page.png", folder / "net.json"
    file.write_bytes(content)
    command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={folder / 'profile'}", f"--screenshot={picture}"]
    ran = subprocess.run(
        [*command, f"--log-net-log={log}", file.as_uri()], capture_output=True, text=True, timeout=150, check=True
    )
    console = [line for line in ran.stderr.splitlines() if ":CONSOLE" in line]
    told = [line for line in console if "INFO:CONSOLE" not in line or any(word in line for word in WORDS)]
    events = json.loads(log.read_text(encoding="utf-8"))["events"]
    requests = [event["params"] for event in events if "initiator" in event.get("params", {})]
    # what the browser asks for itself has no page behind it
    pages = [r["url"] for r in requests if r["initiator"] != "not an origin" and "url" in r]
    asked = [url for url in pages if url.startswith(("http", "ws", "ftp"))]
    return iio.imread(picture)[..., :3], told, asked


def _colours(picture: NDArray[np.uint8]) -> int:
    coarse = (picture // 16).reshape(-1, 3).astype(np.int64)
    values, counts = np.unique(coarse @ [4096, 64, 1], return_counts=True)
    return int((counts[: len(values)] > 50).sum())


def test_a_report_shows_the_cell_asks_nobody_and_runs_no_words_of_the_job(hostile, program, tmp_path):
    picture, told, asked = _opened(report(hostile, [program])["report.html"], tmp_path)

    orange = (picture[..., 0] > 180) & (picture[..., 2] < 110) & (picture[..., 0] > picture[..., 2].astype(int) + 90)
    assert told == []
    assert asked == []
    assert orange.sum() > 5000  # the arm
    assert _colours(picture) > 40
