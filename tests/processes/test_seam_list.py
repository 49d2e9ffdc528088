"""The list of seams in a job."""

from pathlib import Path

import pytest

from cellwright.errors import JobError
from cellwright.parts.reading import read_part
from cellwright.processes.arc_weld import ArcWeld

BRACKET = Path(__file__).parents[2] / "examples" / "parts" / "bracket.step"


def test_a_seam_on_the_list_twice_is_refused():
    task = ArcWeld.model_validate(
        {"kind": "arc_weld", "speed": "8 mm/s", "seams": [{"seam": "seam_3"}, {"seam": "seam_4"}, {"seam": "seam_3"}]}
    )

    with pytest.raises(JobError, match="seam_3 is on the list already"):
        task.work(read_part(BRACKET), ("tasks", 0))
