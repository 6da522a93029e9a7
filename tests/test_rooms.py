"""Rooms to be warm at seven: the generic task of notebooks 02 and 03."""

import math

import pytest
import torch

from course_lib.tasks.rooms import HOT, TARGET, degrees_off, sample_nights, sample_rooms, tune


def test_a_room_is_right_at_seven_when_it_starts_at_the_solved_hour():
    slowness, night = torch.tensor([2.0, 5.0]), torch.tensor([12.0, 9.0])
    hours = slowness * ((HOT - night) / (HOT - TARGET)).log()
    assert degrees_off(hours, slowness, night).abs().max() < 1e-5


def test_no_heating_leaves_the_night_temperature():
    zero = torch.zeros(1)
    assert degrees_off(zero, torch.ones(1), torch.tensor([12.0])).item() == pytest.approx(8.0)


def test_tuning_keeps_the_best_of_its_tries():
    slowness, nights = torch.tensor([3.0, 4.0]), torch.full((2, 8), 12.0)
    found = tune((0.0, 8.0), slowness, nights)
    for room, hours in zip(slowness, found, strict=True):
        tries = [0.5 + j for j in range(8)]
        costs = [abs(HOT - 18 * math.exp(-t / room.item()) - TARGET) for t in tries]
        assert hours.item() == tries[costs.index(min(costs))]


def test_more_trial_mornings_never_hurt_on_average_without_weather():
    rooms = sample_rooms(200, torch.Generator().manual_seed(0))
    still = torch.full((200, 1), 12.0, dtype=torch.float64)

    def cost(k):
        phi = tune((0.0, 8.0), rooms, still.expand(-1, k))
        return degrees_off(phi, rooms, still[:, 0]).mean()

    assert cost(16) < cost(4) < cost(1)


def test_nights_have_the_promised_weather_and_no_room_is_refused_in_words():
    nights = sample_nights(20_000, gen=torch.Generator().manual_seed(0))
    assert nights.mean().item() == pytest.approx(12.0, abs=0.05)
    assert nights.std().item() == pytest.approx(1.5, abs=0.05)
    with pytest.raises(ValueError, match="at least one room"):
        sample_rooms(0, torch.Generator())
