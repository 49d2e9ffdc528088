"""Kinematics on a plain chain of joints, one file a family.

- `chain`: `Chain`; `base_T_flange`, `base_T_links`, `jacobian`, `manipulability` of any chain.
- `family`: `recognise` tells the family from where the axes lie.
- `inverse`: `solve` is the one seam over the families; it returns `branches.Branches`.
- `opw`, `three_parallel`, `scara`: measures, singularity distances and branch index, a file a family; `..._ik` solves,
  `..._kernel` is compiled, `blocks` is what the kernels share.
- `correction`: branches of arms whose axes are slightly off, by Newton's method (`newton_kernel`) on the real chain.
- `reach`: `margins` of all branches in one fused pass, and `best_margins` of many operations from many bases.
- `singularity`: how near a position is to losing a direction of motion.
- `general_6r`, `seven_r`, `five_axis`: arms without a simple closed form, their branches and what is free in them.
- `tracking`: one solution followed from a seed, and which branch goes on as which between poses.
- `turns`: whole turns within joint limits, and the margin to them.
"""
