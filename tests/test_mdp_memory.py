"""The probe of what a network's memory holds of a random MDP."""

import torch

import course_lib
from course_lib.rl2.mdps import memory
from course_lib.training import load_checkpoint


def test_what_is_linear_in_the_memory_is_read_and_noise_is_not():
    gen = course_lib.seed(1)
    held = torch.randn(400, 6, generator=gen).double()
    told = held @ torch.randn(6, 3, generator=gen).double() + 2
    assert memory.r_squared(held, told) > 1 - 1e-9
    assert memory.r_squared(held, torch.randn(400, 3, generator=gen).double()) < 0.05


def test_the_counts_are_those_of_99_steps_and_ends_of_episodes_are_no_moves():
    lived = memory.live(load_checkpoint("mdp-10-own")[0], 20)
    assert lived.memory.shape[0] == len(lived.tried) == 20
    assert (lived.tried.sum(1) == 99).all()
    assert (lived.led.sum(1) == 99 - 9).all()
    moves = lived.led.unflatten(1, (50, 10)).sum(-1)
    assert (moves <= lived.tried).all()
