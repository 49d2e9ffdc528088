"""Where the robot's base may stand so that every operation is done with room to spare.

- `search.find_places` goes from coarse to fine: where the robot stands free, how far it stays from its limits over
  every operation (`margins`), whether arm and tool are free there (`screening`).
- `robust`: the margins that are left when the fixture does not stand exactly where it should.
- `samples`: the poses that stand for an operation.
"""
