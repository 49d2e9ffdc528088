"""Distances and contacts: fast fields for the search, an exact engine as the judge.

A body that moves has a distance field in its own frame, built once; a mechanism of the cell carries it. The same ``q``
(n, cell.dof), the robot's joints and then those of each mechanism, is asked of the search and of the judge::

    table = Mechanism(name="table", chain=chain, world_T_base=world_T_table, lower=lower, upper=upper,
                      carries=(("fixture", 1), ("part.s1", 1)))          # joint 1 moves both
    cell = replace(cell, mechanisms=(table,))
    scene = make_scene(standing_bodies(cell), focus=focus)               # what never moves
    fields = make_fields(cell)                                           # a field for each body that does
    checker = make_checker(cell, scene, working=True, fields=fields)
    checker.free(q), checker.motion_blocked_by(q)
    roadmap = make_roadmap(checker, lower=lower, upper=upper, weight=weight)      # of all joints: the table may turn
    judge(cell, q).nearest                                               # both bodies, both points, exact

What a gripper picks up is ``loose``: it has a field while it stands, and is a piece of the tool while it is held::

    fields = make_fields(cell, loose=("part.s1",))
    held = attached(cell, "part.s1", flange_T_part)                      # ``tool.part.s1`` from here on
    make_checker(held, scene, working=False, fields=fields).free(q)
    free_again = put_down(held, part, world_T_part)
"""
