"""The estimators of one side, each against a slow and literal formula."""

import math

import numpy as np
import pytest
import torch
from scipy import linalg
from small_games import named_interactions, weighted_fit
from test_parts import literal_parts

from shapiq_fixlip import InputError
from shapiq_fixlip.coalitions.sampling import (
    Sample,
    draw_of_all_sizes,
    draw_sample,
    enumerate_coalitions,
    enumerate_side,
)
from shapiq_fixlip.solver.combine import cross_validated_r2
from shapiq_fixlip.solver.derivative_index import faithful_index, k_additive_index, shapley_index
from shapiq_fixlip.solver.enumerated import EnumeratedFit
from shapiq_fixlip.solver.gaussian_process import choose_prior
from shapiq_fixlip.solver.least_squares import LeastSquaresFit
from shapiq_fixlip.solver.shrinkage import ShrinkageFit
from shapiq_fixlip.solver.terms import Terms

N, P, DIMENSION = 5, 0.4, 3
INDICES = {
    "faithful": faithful_index(P),
    "SII": shapley_index(5),
    "k-SII": shapley_index(5, is_aggregated=True),
    "kADD-SHAP": k_additive_index(3),
}


def draw(n=N, m=22, seed=0, dimension=DIMENSION, p=P):
    rng = np.random.default_rng(seed)
    sample = draw_sample(n, p, m, rng)
    return sample, rng.normal(size=(len(sample), dimension))


def without(sample, values, row):
    counts = sample.counts.copy()
    counts[row] -= 1
    keep = counts > 0
    weights = counts[keep] / counts.sum()
    return Sample(sample.coalitions[keep], weights, is_exact=False), values[keep]


def shrink(sample, values, index=INDICES["faithful"], max_degree=2):
    directions = np.eye(values.shape[1])
    return ShrinkageFit(sample, values, index, max_degree, p=P, directions=directions)


def literal_values(fit, process=None, left_out=None):
    """Return the posterior means of all 2^N values of a shrunk side, perhaps without one draw.

    What the fit leaves of an observed value is a part of the function, too.
    """
    process = process or fit.process
    rows = fit.sample.coalitions @ (1 << np.arange(fit.n))
    counts = np.ones(len(rows)) if fit.sample.counts is None else fit.sample.counts.copy()
    everything = torch.tensor(enumerate_coalitions(fit.n), dtype=torch.float64)
    noise = np.ones(2**fit.n)
    noise[rows] = process.noise.numpy()
    if left_out is not None:
        counts[left_out] -= 1
        noise[rows[left_out]] *= (counts[left_out] + 1) / max(counts[left_out], 1)
    kept = counts > 0
    covariance = process.prior.covariance(everything, everything).numpy() + np.diag(noise)
    rows, values = rows[kept], fit.embeddings[kept]
    inverse = linalg.inv(covariance[np.ix_(rows, rows)])
    constant = inverse.sum(axis=0) @ values / inverse.sum()
    return constant + covariance[:, rows] @ inverse @ (values - constant)


@pytest.mark.parametrize("name", INDICES)
@pytest.mark.parametrize(("size", "max_degree"), [(0, 1), (0, 2), (1, 1), (1, 2), (2, 2), (2, 3)])
def test_shrunk_parts_are_those_of_the_posterior_mean(name, size, max_degree):
    fit = shrink(*draw(), INDICES[name], max_degree)
    expected = literal_parts(literal_values(fit), INDICES[name], size, max_degree)
    found = fit.parts(size)
    assert found == pytest.approx(expected.transpose(1, 0, 2), abs=1e-9)
    vectors = np.random.default_rng(5).normal(size=(found.shape[1], 4, DIMENSION))
    contracted = np.einsum("qpd,prd->qr", found, vectors)
    assert fit.contract(size, vectors) == pytest.approx(contracted, abs=1e-9)
    chunks = fit.parts_in_chunks(size, torch.as_tensor(vectors[0]))
    along = np.concatenate(
        [subsets.without_fillers(parts, dim=2).numpy() for subsets, parts in chunks], axis=2
    )
    assert along.transpose(2, 0, 1) == pytest.approx(found @ vectors[0].T, abs=1e-9)


def test_parts_do_not_depend_on_how_they_are_cut(monkeypatch):
    fit = shrink(*draw(), max_degree=3)
    whole, errors = fit.parts(2), fit.error_covariances(2)
    monkeypatch.setattr("shapiq_fixlip.solver.set_chunks._CHUNK", 22 * 2 * 3)
    fit = shrink(*draw(), max_degree=3)
    assert fit.parts(2) == pytest.approx(whole, abs=1e-12)
    assert fit.error_covariances(2) == pytest.approx(errors, abs=1e-12)


def test_all_values_are_met_where_all_are_known():
    sample, values = draw(m=30)
    rest = ~(enumerate_coalitions(N)[:, None] == sample.coalitions).all(axis=2).any(axis=1)
    coalitions = np.concatenate([sample.coalitions, enumerate_coalitions(N)[rest]])
    values = np.concatenate([values, np.ones((rest.sum(), DIMENSION))])
    unequal = np.random.default_rng(0).uniform(0.5, 2, 2**N)  # say nothing about the values
    fit = shrink(Sample(coalitions, unequal / unequal.sum(), is_exact=False), values)
    order = np.argsort(coalitions @ (1 << np.arange(N)))
    exact = EnumeratedFit(enumerate_side(N, P), values[order], INDICES["faithful"], 2)
    for size in range(3):
        assert fit.parts(size) == pytest.approx(exact.parts(size), abs=1e-9)
        assert fit.error_covariances(size) == pytest.approx(0, abs=1e-9)


def test_noise_at_one_coalition_of_many_players_is_negligible(monkeypatch):
    sample, values = draw(n=56, m=30)
    found = [shrink(sample, values)]
    monkeypatch.setattr("shapiq_fixlip.solver.shrinkage._MIN_PROBABILITY", 0.0)
    found.append(shrink(sample, values))
    for size in range(3):
        for name in ("parts", "error_covariances"):
            less, all_of_it = (getattr(fit, name)(size) for fit in found)
            assert less == pytest.approx(all_of_it, abs=1e-9 * np.abs(all_of_it).max())


@pytest.mark.parametrize(("n_kept", "is_same"), [(512, True), (511, False)])
def test_prior_is_chosen_by_at_most_512_coalitions(n_kept, is_same):
    sample, values = draw(n=11, m=700)
    rest = np.random.default_rng(9).normal(size=(700 - n_kept, DIMENSION))
    changed = shrink(sample, np.concatenate([values[:n_kept], rest]))
    found, other = (f.process.prior.relevances for f in (shrink(sample, values), changed))
    assert bool((found == other).all()) == is_same


def test_half_of_the_coalitions_that_choose_may_be_fixed(monkeypatch):
    """A prior of fixed coalitions alone would know nothing of the others."""
    rng = np.random.default_rng(0)
    sample = draw_of_all_sizes(200, 800, rng, max_fixed_share=0.6)
    assert sample.n_fixed == 402
    values = rng.normal(size=(800, 2))
    chosen = []

    def remember(coalitions, noise, outputs, p, _):
        chosen.append(coalitions)
        return choose_prior(coalitions[:20], noise[:20], outputs[:20], p)

    monkeypatch.setattr("shapiq_fixlip.solver.shrinkage.choose_prior", remember)
    ShrinkageFit(sample, values, INDICES["SII"], 2, p=0.5, directions=np.eye(2))
    sizes = chosen[0].sum(dim=1).numpy()
    assert len(sizes) == 512
    assert 240 <= np.isin(sizes, [0, 1, 199, 200]).sum() <= 280
    assert {1, 199} <= set(sizes)


def literal_held_out(fit):
    """Predict each coalition from all others, with a prior that other parts of the sample chose."""
    found = np.empty((3, len(fit.sample), DIMENSION))
    for process, rows in fit._folds():
        for row in rows:
            values = literal_values(fit, process, left_out=row)
            changes = fit.sample.coalitions[row] - P
            for degree, players in enumerate(fit.subsets):
                derivatives = literal_parts(values, INDICES["faithful"], degree, 2)[0]
                found[degree, row] = changes[players].prod(axis=1) @ derivatives
    return found


@pytest.mark.parametrize("p", [P, 0.05])
def test_shrinkage_leaves_one_draw_out_exactly(p):
    sample, values = draw(m=22 if p == P else 9, p=p)
    assert sample.counts.max() >= 2
    fit = shrink(sample, values)
    found = fit.held_out(np.random.default_rng(0))
    order = np.concatenate([rows for _, rows in fit._folds()])
    assert sorted(order) == list(range(len(sample)))
    assert (found.embeddings == values[order]).all()
    assert found.weights == pytest.approx(sample.weights[order])
    assert found.by_degree == pytest.approx(literal_held_out(fit)[:, order], abs=1e-9)


def test_held_out_coalitions_do_not_choose_their_prior():
    sample, values = draw()
    for _, rows in shrink(sample, values)._folds():
        changed = values.copy()
        changed[rows] += 10
        folds = list(shrink(sample, values)._folds()), list(shrink(sample, changed)._folds())
        before, after = (
            next(process.prior for process, held in of_all if np.array_equal(held, rows))
            for of_all in folds
        )
        assert (before.relevances == after.relevances).all()


def test_of_many_coalitions_those_are_held_out_that_choose_no_prior():
    sample, values = draw(n=11, m=1100)
    fit = shrink(sample, values)
    ((process, rows),) = fit._folds()
    assert process is fit.process
    assert rows.tolist() == list(range(512, 1100))


def test_least_squares_leaves_one_draw_out_as_a_refit_does():
    sample, values = draw(n=6, m=50)
    assert set(sample.counts[[0, 20, 49]]) > {1}
    fit = LeastSquaresFit(sample, values, INDICES["faithful"], 2)
    held_out = fit.held_out(np.random.default_rng(0))
    for row in (0, 20, 49):
        refit = LeastSquaresFit(*without(sample, values, row), INDICES["faithful"], 2)
        interactions = [refit.parts(size).sum(axis=1) for size in range(3)]
        is_inside = [sample.coalitions[row, players].all(axis=1) for players in fit.subsets]
        expected = sum(
            inside.astype(float) @ of_size
            for inside, of_size in zip(is_inside, interactions, strict=True)
        )
        assert held_out.by_degree[:, row].sum(axis=0) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_factorised_least_squares_is_the_dense_fit_of_all_pairs(order):
    image, image_values = draw(n=5, m=30, seed=1)
    text, text_values = draw(n=4, m=15, seed=2)
    fits = [
        LeastSquaresFit(sample, values, INDICES["faithful"], order)
        for sample, values in ((image, image_values), (text, text_values))
    ]
    found = named_interactions(*fits, Terms(order, (order, order)))
    pairs = [(i, j) for i in range(len(image)) for j in range(len(text))]
    coalitions = np.array(
        [np.concatenate([image.coalitions[i], text.coalitions[j]]) for i, j in pairs]
    )
    weights = np.array([image.weights[i] * text.weights[j] for i, j in pairs])
    values = np.array([image_values[i] @ text_values[j] for i, j in pairs])
    expected = weighted_fit(coalitions, weights, values, list(found))
    assert len(found) == sum(math.comb(9, size) for size in range(order + 1))
    assert list(found.values()) == pytest.approx(list(expected.values()), abs=1e-9)


def test_cross_modal_terms_are_the_dense_fit_without_the_others():
    image, image_values = draw(n=5, m=30, seed=1)
    text, text_values = draw(n=4, m=15, seed=2)
    fits = [
        LeastSquaresFit(sample, values, INDICES["faithful"], 1)
        for sample, values in ((image, image_values), (text, text_values))
    ]
    found = named_interactions(*fits, Terms(2, (1, 1)))
    assert {len({i < 5 for i in players}) for players in found if len(players) == 2} == {2}
    coalitions = np.hstack(
        [
            np.repeat(image.coalitions, len(text), axis=0),
            np.tile(text.coalitions, (len(image), 1)),
        ]
    )
    weights = np.outer(image.weights, text.weights).ravel()
    expected = weighted_fit(
        coalitions, weights, (image_values @ text_values.T).ravel(), list(found)
    )
    assert list(found.values()) == pytest.approx(list(expected.values()), abs=1e-9)


def test_parts_of_an_enumerated_side_are_those_of_its_values():
    sample = enumerate_side(N, P)
    values = np.random.default_rng(0).normal(size=(2**N, DIMENSION))
    for index in INDICES.values():
        fit = EnumeratedFit(sample, values, index, 3)
        for size in range(4):
            expected = literal_parts(values, index, size, 3).transpose(1, 0, 2)
            assert fit.parts(size) == pytest.approx(expected, abs=1e-9)
            assert not fit.error_covariances(size).any()


def test_enumeration_is_least_squares_with_all_coalitions():
    sample = enumerate_side(4, P)
    values = np.random.default_rng(0).normal(size=(16, DIMENSION))
    exact, fitted = (
        kind(sample, values, INDICES["faithful"], 2) for kind in (EnumeratedFit, LeastSquaresFit)
    )
    for size in range(3):
        assert exact.parts(size) == pytest.approx(fitted.parts(size))
    of_all_degrees = EnumeratedFit(sample, values, INDICES["faithful"], 4)
    held_out = of_all_degrees.held_out(np.random.default_rng(0))
    assert held_out.by_degree.sum(axis=0) == pytest.approx(held_out.embeddings)


def test_cross_validated_r2_is_that_of_refits():
    """Leave out a pair of coalitions, refit, predict the pair; literally, for every pair."""
    image, text = shrink(*draw(m=12, seed=1)), shrink(*draw(m=9, seed=2))
    terms = Terms(2, (2, 2))
    truth = image.embeddings @ text.embeddings.T
    parts = literal_held_out(image), literal_held_out(text)
    predicted = sum(parts[0][i] @ parts[1][j].T for i, j in terms.sizes)
    weights = np.outer(image.sample.weights, text.sample.weights)
    mean = np.average(truth, weights=weights)
    expected = 1 - np.sum(weights * (truth - predicted) ** 2) / np.sum(
        weights * (truth - mean) ** 2
    )
    found = cross_validated_r2(image, text, terms, np.random.default_rng(0))
    assert found == pytest.approx(expected, abs=1e-9)


def test_least_squares_names_both_numbers_if_there_are_too_few_coalitions():
    sample, values = draw(n=6, m=21)
    with pytest.raises(InputError, match=r"at least 22 distinct coalitions .* got 21"):
        LeastSquaresFit(sample, values, INDICES["faithful"], 2)


def test_least_squares_refuses_coalitions_that_cannot_tell_interactions_apart():
    sample, values = draw(n=6, m=60)
    always = sample.coalitions.copy()
    always[:, 0] = True
    always = np.unique(always, axis=0)
    stuck = Sample(always, np.full(len(always), 1 / len(always)), is_exact=False)
    with pytest.raises(InputError, match="tell all 22 interactions"):
        LeastSquaresFit(stuck, values[: len(always)], INDICES["faithful"], 2)
