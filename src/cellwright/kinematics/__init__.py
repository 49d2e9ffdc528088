"""Kinematics on a plain chain of joints, one file a family.

- `chain`: `Chain`; `base_T_flange`, `base_T_links`, `jacobian`, `manipulability` of any chain.
- `family`: `recognise` tells the family from where the axes lie.
- `inverse`: `solve` is the one seam over the families; it returns `branches.Branches`.
- `opw`: measures, singularity distances and branch index of arms with ortho-parallel base and spherical wrist.
- `turns`: whole turns within joint limits, and the margin to them.
"""
