"""Kinematics on a plain chain of joints, one file a family.

- `chain`: `Chain`; `base_T_flange`, `base_T_links`, `jacobian`, `manipulability` of any chain.
- `family`: `recognise` tells the family from where the axes lie.
- `inverse`: `solve` is the one seam over the families; it returns `branches.Branches`.
- `opw`: measures, singularity distances and branch index of arms with ortho-parallel base and spherical wrist.
- `general_6r`, `seven_r`, `five_axis`: arms without a simple closed form, their branches and what is free in them.
- `tracking`: one solution followed from a seed, and which branch goes on as which between poses.
- `turns`: whole turns within joint limits, and the margin to them.
"""
