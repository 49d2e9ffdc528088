"""Which robot can do a job, at which place, and why not the others.

- `select.select` goes from coarse to fine over every robot that the job allows: what the job needs of a robot
  (`requirements`), what its figures alone rule out (`bounds`), from where it reaches everything (`reaching`), where arm
  and tool are free (`assess`), and the full plan of the best few (`planned`).
- `ranking` orders what is left by what the user weighs; `misses` measures by how little the others miss it.
- `workers` shares the robots out over processes, `cluster` over machines; the answer is the same bytes.
"""
