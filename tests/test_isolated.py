import math
import os
import time
from pathlib import Path

import numpy as np
import pytest

from cellwright.errors import InputError
from cellwright.isolated import call

FILE = "folder/bracket.step"


def test_the_result_comes_back():
    assert call(math.hypot, 3.0, 4.0, what=FILE) == 5.0


def test_arrays_come_back_exact_and_read_only():
    ramp = call(np.linspace, 0.0, 1.0, 7, what=FILE)

    assert np.array_equal(ramp, np.linspace(0.0, 1.0, 7))
    assert not ramp.flags.writeable


@pytest.mark.parametrize(
    ("function", "args", "says"),
    [
        (os.abort, (), "crashed"),
        (os._exit, (0,), "crashed"),
        (bytearray, (2**40,), "MB of memory"),
        (math.sqrt, (-1.0,), "math domain error"),
        (object, (), "cannot leave the child"),
    ],
    ids=["abort", "silent exit", "memory", "exception", "not data"],
)
def test_a_child_that_fails_is_an_error_with_the_file_name(function, args, says):
    with pytest.raises(InputError, match=says) as caught:
        call(function, *args, what=FILE)

    assert caught.value.where is not None
    assert caught.value.where.file == Path(FILE)
    assert caught.value.fix


@pytest.mark.parametrize(("function", "argument"), [(time.sleep, 60.0), (math.factorial, 10**9)], ids=["sleep", "work"])
def test_a_child_that_takes_too_long_is_stopped(function, argument):
    start = time.monotonic()
    with pytest.raises(InputError, match="stopped after 1 s"):
        call(function, argument, seconds=1.0, what=FILE)

    assert time.monotonic() - start < 20.0


def test_a_module_in_the_current_folder_does_not_stand_in_for_one_of_ours(tmp_path, monkeypatch):
    (tmp_path / "numpy.py").write_text("raise SystemExit(3)", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    assert call(math.sqrt, 4.0, what=FILE) == 2.0
