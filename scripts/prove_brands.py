"""Prove every language on three robots and six paths, and write the table of docs/programs_proof.md.

    python scripts/prove_brands.py [BRAND ...]

Each program is written, read back by the reader that another author wrote, replayed through the robot's conventions and
compared with its plan. Exit 1 if one does not agree.
"""

from __future__ import annotations

import sys
from math import degrees
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "programs"))

from brand_paths import PATHS, ROBOTS, plan_of, robot_for  # noqa: E402

from cellwright.programs import Proof, program  # noqa: E402

HEAD = """\
# Programs: the proof of every language

Every writer's programs for three robots, six paths each: a line, an arc, weaving, signals and waits, forty points with
corners, two user frames. Each was read back by a reader of another author, replayed through the robot's own conventions
and compared with its plan. Where a brand has no three arms with published speeds, its language is put on arms of its
family. Written by `scripts/prove_brands.py`; the suite proves a third of it at every run. No controller has loaded any.

The limits are 0.01 mm and 0.01 deg; events and their order must be the plan's. "Positions" are the worst of targets and
of via points, "axes" of joint targets, "postures" the written configurations that were compared with the plan's joints.

| language | robots | programs | targets | positions | orientation | axes | events | postures | agree |
|---|---|---|---|---|---|---|---|---|---|
"""


def row(brand: str, proofs: list[Proof]) -> str:
    """One line of the table."""
    far = max(max(p.worst_distance, p.worst_via) for p in proofs)
    turned, joint = max(p.worst_angle for p in proofs), max(p.worst_joint for p in proofs)
    cells = (
        brand,
        ", ".join(key.partition("/")[2] if key.startswith(f"{brand}/") else key for key in ROBOTS[brand]),
        f"{len(proofs)}",
        f"{sum(len(p.targets) for p in proofs)}",
        f"{1e3 * far:.4f} mm",
        f"{degrees(turned):.5f} deg",
        f"{degrees(joint):.5f} deg" if joint else "not written",
        f"{sum(p.signals for p in proofs)}",
        f"{sum(p.configuration_checked for p in proofs)}",
        f"{sum(p.ok and p.understood == 1.0 for p in proofs)}",
    )
    return f"| {' | '.join(cells)} |"


def main(brands: list[str]) -> int:
    """Prove the brands; write the table where all were asked for."""
    rows: list[str] = []
    lost = 0
    for brand in brands or sorted(ROBOTS):
        proofs: list[Proof] = []
        for key in ROBOTS[brand]:
            for path in PATHS:
                proof = program(plan_of(robot_for(brand, key), path)).proof
                proofs.append(proof)
                for finding in proof.findings:
                    if finding.severity == "error":
                        print(f"{brand} {key} {path}: {finding.code}: {finding.what} {finding.where}")
        lost += sum(not proof.ok or proof.understood < 1.0 for proof in proofs)
        rows.append(row(brand, proofs))
        print(rows[-1], flush=True)
    if not brands:
        (ROOT / "docs" / "programs_proof.md").write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
