"""The whole loss against a plain loop over cells, written from the formulas."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from labelassemble.losses.total import total_loss


def draw(
    seed: int, batch: int, classes: int, space: tuple[int, ...] = (), share: float = 0.5
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    shape = (batch, classes, *space)
    weak = torch.randn(shape, generator=generator, dtype=torch.float32).requires_grad_()
    strong = torch.randn(shape, generator=generator, dtype=torch.float32).requires_grad_()
    label = torch.randint(0, 2, (batch, classes), generator=generator).float()
    known = torch.rand(batch, classes, generator=generator) < share
    return weak, strong, label, known


def loop_over_cells(
    weak: Tensor,
    strong: Tensor,
    label: Tensor,
    known: Tensor,
    t: float,
    tau: float,
    cells: str,
    constant: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    """L_bce, L_pseudo, L_consist cell by cell, in double precision."""
    bce, pseudo, consist = [], [], []
    weak, strong = weak.double(), strong.double()
    for b in range(weak.shape[0]):
        for c in range(weak.shape[1]):
            for w, s in zip(weak[b, c].flatten(), strong[b, c].flatten(), strict=True):
                a_w, a_s = torch.sigmoid(w), torch.sigmoid(s)
                if known[b, c]:
                    y = float(label[b, c])
                    bce.append(-(y * torch.log(a_w) + (1 - y) * torch.log(1 - a_w)))
                    if cells == "unknown":
                        continue
                value = a_w.detach() if constant else a_w
                sharp = value + (1 - value) / t if value >= tau else value - value / t
                pseudo.append((a_w - sharp) ** 2)
                consist.append((a_s - sharp) ** 2)
    zero = torch.zeros((), dtype=torch.float64)
    means = [torch.stack(term).mean() if term else zero for term in (bce, pseudo, consist)]
    return means[0], means[1], means[2]


@pytest.mark.parametrize("space", [(), (3, 2), (2, 3, 2)])
@pytest.mark.parametrize(("t", "tau"), [(2.0, 0.5), (1.0, 0.3), (math.inf, 0.7)])
@pytest.mark.parametrize("cells", ["unknown", "all"])
@pytest.mark.parametrize("constant", [False, True])
def test_values_and_gradients_are_those_of_the_loop(
    space: tuple[int, ...], t: float, tau: float, cells: str, constant: bool
) -> None:
    weak, strong, label, known = draw(1, 4, 3, space)
    ours = total_loss(
        weak,
        strong,
        label,
        known,
        temperature=t,
        threshold=tau,
        cells=cells,
        detach_pseudo_label=constant,
    )
    bce, pseudo, consist = loop_over_cells(weak, strong, label, known, t, tau, cells, constant)
    for mine, slow in ((ours.bce, bce), (ours.pseudo, pseudo), (ours.consist, consist)):
        assert mine.item() == pytest.approx(slow.item(), abs=1e-6)
    gradients = torch.autograd.grad(ours.total, (weak, strong))
    expected = torch.autograd.grad(bce + pseudo + consist, (weak, strong))
    for mine, slow in zip(gradients, expected, strict=True):
        torch.testing.assert_close(mine, slow, atol=1e-6, rtol=1e-5)


def test_weights_multiply_and_parts_stay_unweighted() -> None:
    weak, strong, label, known = draw(2, 6, 5)
    plain = total_loss(weak, strong, label, known)
    weighted = total_loss(
        weak, strong, label, known, bce_weight=2.0, pseudo_weight=0.5, consist_weight=0.0
    )
    assert weighted[1:] == plain[1:]
    expected = 2.0 * plain.bce + 0.5 * plain.pseudo
    torch.testing.assert_close(weighted.total, expected)


@given(seed=st.integers(0, 10_000), share=st.floats(0, 1))
@settings(max_examples=30, deadline=None)
def test_unknown_cells_never_touch_the_cross_entropy(seed: int, share: float) -> None:
    weak, strong, label, known = draw(seed, 5, 4, share=share)
    before = total_loss(weak, strong, label, known)
    wild = torch.where(known, label, torch.tensor(float("nan")))
    after = total_loss(weak, strong, wild, known)
    assert torch.equal(before.bce, after.bce)
    (gradient,) = torch.autograd.grad(after.bce, weak)
    assert torch.equal(gradient[~known], torch.zeros_like(gradient[~known]))
    assert torch.isfinite(gradient).all()


def test_terms_without_cells_are_zero_with_zero_gradient() -> None:
    weak, strong, label, known = draw(3, 4, 4)
    every, none = torch.ones_like(known), torch.zeros_like(known)
    for distance in ("mean_square", "norm"):
        full = total_loss(weak, strong, label, every, distance=distance, cells="unknown")
        assert full.pseudo.item() == full.consist.item() == 0.0
        for term, view in ((full.pseudo, weak), (full.consist, strong)):
            (gradient,) = torch.autograd.grad(term, view, retain_graph=True)
            assert torch.equal(gradient, torch.zeros_like(gradient))
        empty = total_loss(weak, strong, label, none, distance=distance)
        assert empty.bce.item() == 0.0
        (gradient,) = torch.autograd.grad(empty.bce, weak, retain_graph=True)
        assert torch.equal(gradient, torch.zeros_like(gradient))


def test_all_cells_cover_known_ones_too() -> None:
    weak, strong, label, known = draw(4, 4, 4)
    over_all = total_loss(weak, strong, label, known, cells="all")
    nothing_known = total_loss(weak, strong, label, torch.zeros_like(known))
    assert over_all.pseudo == nothing_known.pseudo
    assert over_all.consist == nothing_known.consist
    unknown = total_loss(weak, strong, label, known, cells="unknown")
    assert over_all.bce == unknown.bce
    assert over_all.pseudo != unknown.pseudo


def test_an_attached_pseudo_label_passes_gradient() -> None:
    weak, strong, label, known = draw(5, 4, 4, share=0.0)
    constant = total_loss(weak, strong, label, known, detach_pseudo_label=True)
    attached = total_loss(weak, strong, label, known, detach_pseudo_label=False)
    assert constant.consist == attached.consist
    (none,) = torch.autograd.grad(constant.consist, weak, allow_unused=True)
    (some,) = torch.autograd.grad(attached.consist, weak)
    assert none is None
    assert some.abs().sum() > 0


def test_cross_entropy_on_both_views_is_their_mean() -> None:
    weak, strong, label, known = draw(6, 4, 4)
    both = total_loss(weak, strong, label, known, bce_views="both").bce
    one = total_loss(weak, strong, label, known).bce
    other = total_loss(strong, weak, label, known).bce
    torch.testing.assert_close(both, (one + other) / 2)


def test_thresholds_by_class() -> None:
    weak, strong, label, known = draw(7, 8, 3, share=0.0)
    tau = torch.tensor([0.2, 0.5, 0.8])
    by_class = total_loss(weak, strong, label, known, threshold=tau)
    alone = [
        total_loss(
            weak[:, [c]], strong[:, [c]], label[:, [c]], known[:, [c]], threshold=float(tau[c])
        )
        for c in range(3)
    ]
    torch.testing.assert_close(by_class.pseudo, torch.stack([one.pseudo for one in alone]).mean())


def test_thresholds_by_class_hold_at_every_place() -> None:
    # As wide as there are classes: a threshold taken for a column would go through unseen.
    weak, strong, label, known = draw(12, 2, 3, (4, 3), share=0.3)
    tau = torch.tensor([0.2, 0.5, 0.8])
    dense = total_loss(weak, strong, label, known, threshold=tau)
    places = [
        total_loss(weak[:, :, i, j], strong[:, :, i, j], label, known, threshold=tau)
        for i in range(4)
        for j in range(3)
    ]
    for part, name in ((dense.pseudo, "pseudo"), (dense.consist, "consist")):
        mean = torch.stack([getattr(place, name) for place in places]).mean()
        torch.testing.assert_close(part, mean)


def test_known_cells_get_no_gradient_from_pseudo_labels() -> None:
    weak, strong, label, known = draw(13, 6, 5)
    parts = total_loss(weak, strong, label, known, cells="unknown")
    for term, view in ((parts.pseudo, weak), (parts.consist, strong)):
        (gradient,) = torch.autograd.grad(term, view, retain_graph=True)
        assert torch.equal(gradient[known], torch.zeros_like(gradient[known]))
        assert gradient[~known].abs().sum() > 0


def test_order_of_classes_does_not_matter() -> None:
    weak, strong, label, known = draw(8, 6, 5)
    order = torch.tensor([3, 0, 4, 1, 2])
    straight = total_loss(weak, strong, label, known)
    turned = total_loss(weak[:, order], strong[:, order], label[:, order], known[:, order])
    for one, other in zip(straight, turned, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_float32(dtype: torch.dtype) -> None:
    weak, strong, label, known = draw(9, 6, 5)
    half = total_loss(weak.to(dtype), strong.to(dtype), label, known)
    exact = total_loss(weak.to(dtype).float(), strong.to(dtype).float(), label, known)
    assert half.total.dtype == torch.float32
    assert half == exact


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_mixed_precision_changes_nothing_within(dtype: torch.dtype) -> None:
    weak, strong, label, known = draw(14, 6, 5)
    exact = total_loss(weak, strong, label, known)
    with torch.autocast("cpu", dtype):
        assert total_loss(weak, strong, label, known) == exact


def test_extreme_predictions_stay_finite() -> None:
    weak = torch.tensor([[100.0, -100.0, 100.0, -100.0]], requires_grad=True)
    label, known = torch.tensor([[0.0, 1.0, 0.0, 0.0]]), torch.tensor([[True, True, False, False]])
    parts = total_loss(weak, -weak, label, known)
    assert parts.bce.item() == pytest.approx(100.0)
    (gradient,) = torch.autograd.grad(parts.total, weak)
    assert torch.isfinite(gradient).all()


def test_the_norm_is_the_euclidean_length() -> None:
    weak, strong, label, known = draw(10, 5, 4)
    ours = total_loss(weak, strong, label, known, distance="norm", temperature=2.0, cells="unknown")
    probability = weak.detach().sigmoid()
    sharp = torch.where(probability >= 0.5, probability + (1 - probability) / 2, probability / 2)
    expected = torch.linalg.vector_norm((probability - sharp)[~known])
    torch.testing.assert_close(ours.pseudo.detach(), expected)


def test_derivatives_hold_against_finite_differences() -> None:
    weak, strong, label, known = draw(11, 3, 3)

    def total(w: Tensor, s: Tensor) -> Tensor:
        # Attached pseudo labels: a constant one has no derivative for finite differences to find.
        return total_loss(w, s, label, known, temperature=3.0).total

    inputs = (weak.detach().double().requires_grad_(), strong.detach().double().requires_grad_())
    assert torch.autograd.gradcheck(total, inputs)
