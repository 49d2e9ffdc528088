"""Kernels compile ahead in processes of their own; one that dies costs time and nothing else."""

import json

import pytest

from cellwright import ahead
from cellwright.ahead import Entry, compiling, table
from cellwright.compiled import _type, described, kept


def small() -> Entry:
    """Return the kernel of the table that says least."""
    return min((entry for entry in table() if not entry.after), key=lambda entry: len(json.dumps(entry.types)))


def test_the_table_lists_kernels_that_are_there_and_what_they_call_before_nothing_else():
    names = {entry.name for entry in table()}

    assert len(names) == len(table()) > 20
    for entry in table():
        assert entry.types
        assert set(entry.after) <= names - {entry.name}


def test_types_are_said_and_understood():
    for entry in table():
        for types in entry.types:
            for one in types:
                assert json.loads(json.dumps(described(_type(one)))) == one


def test_what_is_missing_is_compiled_and_kept(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CELLWRIGHT_CACHE", str(tmp_path))
    entry = small()
    monkeypatch.setattr(ahead, "table", lambda: (entry,))
    told: list[tuple[int, int]] = []
    assert not kept(entry.name)
    with compiling() as wait:
        wait(lambda done, of: told.append((done, of)))

    assert kept(entry.name)
    assert told[-1] == (1, 1)
    with compiling() as wait:  # nothing to do
        wait(lambda *_: pytest.fail("nothing is missing"))


def test_a_worker_that_dies_is_replaced_and_nobody_waits_for_ever(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CELLWRIGHT_CACHE", str(tmp_path))
    lost = Entry(name="cellwright.nothing:nowhere", after=(), types=(("float64",),))
    entry = small()
    monkeypatch.setattr(ahead, "table", lambda: (lost, entry))
    with compiling() as wait:
        wait(lambda _done, _of: None)

    assert kept(entry.name)


def test_leaving_early_ends_the_workers(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CELLWRIGHT_CACHE", str(tmp_path))
    with pytest.raises(KeyboardInterrupt), compiling():
        raise KeyboardInterrupt
