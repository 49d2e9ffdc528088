"""A pose is solved the same whatever it is solved with: work may be shared among any number of workers."""

import numpy as np
import pytest
from every_family import ARMS, BASES, best, poses_of, told


@pytest.mark.parametrize("name", ARMS)
@pytest.mark.parametrize("parts", [2, 4])
def test_parts_of_a_batch_give_the_bytes_of_the_whole(name, parts):
    poses = poses_of(name, 330)  # no part fills its last block
    whole = told(name, poses)
    shared = zip(*(told(name, some) for some in np.array_split(poses, parts)), strict=True)

    for one, many in zip(whole, shared, strict=True):
        assert np.ascontiguousarray(one).tobytes() == np.concatenate(many).tobytes()


@pytest.mark.parametrize("name", ARMS)
def test_bases_share_among_workers(name):
    poses = poses_of(name, 80)
    whole = best(name, poses, BASES)

    for parts in (2, 4):
        many = [best(name, poses, some) for some in np.array_split(BASES, parts)]
        assert whole.tobytes() == np.concatenate(many).tobytes()
