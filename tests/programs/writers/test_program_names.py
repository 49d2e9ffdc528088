"""No text of a job reaches a robot program as it is."""

import re

from hypothesis import given
from hypothesis import strategies as st

from cellwright.programs.names import identifier, shown


@given(st.text(max_size=300), st.sampled_from([16, 24, 32]))
def test_a_name_is_harmless_whatever_the_text(text, limit):
    name = identifier(text, prefix="JOB_", limit=limit)

    assert re.fullmatch(r"JOB_[A-Za-z0-9_]*", name)
    assert len(name) <= limit


@given(st.lists(st.text(max_size=60), unique=True, max_size=8))
def test_two_texts_never_share_a_name(texts):
    names: list[str] = []
    for text in texts:
        names.append(identifier(text, prefix="F_", limit=24, taken=names))

    assert len({name.lower() for name in names}) == len(texts)


def test_a_plain_name_stays_readable():
    assert identifier("bracket left-2", prefix="JOB_", limit=24) == "JOB_bracket_left_2"


def test_names_that_were_cut_do_not_fall_together():
    a, b = (identifier("x" * 200 + end, prefix="JOB_", limit=24) for end in "ab")

    assert a != b
    assert len(a) == len(b) == 24


@given(st.text(max_size=300))
def test_a_shown_text_is_one_line_of_printable_ascii_without_quotes_marks_or_comments(text):
    line = shown(text)

    assert line.isascii()
    assert line.isprintable()
    inner = line.removesuffix("...")[1:-1]
    assert not re.search(r"['\"!;{}\[\]$&%#@*`]|//|/\*|\*/", inner)
