# Run in an environment that has `pip install -c constraints.txt -e ".[dev]"`.
set windows-shell := ["powershell.exe", "-NoLogo", "-Command"]

# everything that has to pass before a change is handed in
check: lint test

# style, types, and who may import whom
lint:
    ruff check
    ruff format --check
    pyright
    lint-imports --no-cache

test:
    python -m pytest -n 2

# tests against other people's kinematics and collision engines, which the README's test command does without
oracles:
    python -m pytest -n 2 tests/kinematics/test_chain.py tests/robots/test_home.py tests/robots/test_urdf.py tests/motion/test_dynamics.py tests/collision/test_real_robots.py tests/planning/test_positioner.py

# the sweeps that the README's test command leaves out, a sample of which it runs
sweeps:
    python -m pytest -n 2 --sweeps -m sweep

# the examples planned for every brand, judged again by other engines
proof:
    python scripts/proof.py

# every engine beside its peers, written to docs/benchmarks.md; needs `pip install -c constraints.txt -e ".[bench]"`
bench *names:
    python benchmarks/run.py {{names}}
