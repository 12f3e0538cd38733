"""The one training loop: what it takes, in which order, and that it comes to the minimum; and
reading without looks for cycles."""

from __future__ import annotations

import gc

import torch

from segue.progress import batches_in, collecting_no_cycles, fit_network, shuffled_batches


def fitted(clip: float | None = None, steps: int = 200):
    x = torch.linspace(-1, 1, 40)
    weight = torch.zeros(1, requires_grad=True)
    optimiser = torch.optim.SGD([weight], lr=0.2)
    seen: list[tuple[int, float]] = []
    fit_network(
        shuffled_batches(len(x), 8, steps, torch.Generator().manual_seed(0)),
        lambda rows: ((weight * x[rows] - 3 * x[rows]) ** 2).mean(),
        optimiser,
        clip=clip,
        after=lambda done, loss: seen.append((done, float(loss.detach()))),
    )
    return float(weight.detach()), seen


def test_it_comes_to_the_minimum_and_tells_each_step():
    weight, seen = fitted()
    assert abs(weight - 3) < 1e-3
    assert [done for done, _ in seen] == list(range(1, 1001))
    assert seen[-1][1] < 1e-6 < seen[0][1]


def test_a_clipped_gradient_moves_at_most_its_norm():
    weight, _ = fitted(clip=0.01, steps=1)
    assert 0 < weight <= 5 * 0.2 * 0.01 + 1e-6


def test_an_epoch_holds_every_row_once_and_each_epoch_another_order():
    batches = list(shuffled_batches(10, 4, 2, torch.Generator().manual_seed(1)))
    assert len(batches) == 2 * batches_in(10, 4)
    first, second = torch.cat(batches[:3]).tolist(), torch.cat(batches[3:]).tolist()
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second


def test_no_cycles_are_looked_for_within_a_read_and_again_after_it() -> None:
    looks: list[str] = []

    def look(phase: str, _: dict[str, int]) -> None:
        looks.append(phase)

    before, thresholds = gc.isenabled(), gc.get_threshold()
    gc.enable()
    gc.set_threshold(100)
    gc.callbacks.append(look)
    try:
        with collecting_no_cycles():
            looks.clear()
            within = [[n] for n in range(1_000)]
            found = list(looks)
        after = [[n] for n in range(1_000)]
        assert (len(within), len(after), found, bool(looks)) == (1_000, 1_000, [], True)
        gc.disable()
        with collecting_no_cycles():
            pass
        assert not gc.isenabled()
    finally:
        gc.callbacks.remove(look)
        gc.set_threshold(*thresholds)
        (gc.enable if before else gc.disable)()
