"""The kernel's likelihood is that of a Gaussian process, its slopes are right, and it finds what matters."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.stats import multivariate_normal

from core.deadline import Deadline, OutOfTime
from core.estimators.gaussian_kernel import GaussianKernel, _evidence


def problem(rows: int = 25, columns: int = 3, outputs: int = 2):
    rng = np.random.default_rng(0)
    return rng.normal(size=(rows, columns)), rng.normal(size=(rows, outputs))


def test_likeness_is_its_formula():
    a, _ = problem(4)
    kernel = GaussianKernel(np.array([0.5, 1.0, 2.0]), slope=0.7, noise=0.1)
    likeness = kernel.between(a, a[:2])
    for i in range(4):
        for j in range(2):
            near = np.exp(-0.5 * (((a[i] - a[j]) / kernel.lengths) ** 2).sum())
            assert likeness[i, j] == pytest.approx(near + 0.49 * a[i] @ a[j])


def test_the_evidence_is_the_density_of_a_normal_distribution():
    matrix, targets = problem()
    lengths = np.array([0.5, 1.0, 2.0])
    covariance = GaussianKernel(lengths, 0.7, 0.1).between(matrix, matrix) + 0.1 * np.eye(len(matrix))
    density = multivariate_normal(np.zeros(len(matrix)), covariance)
    expected = -sum(density.logpdf(column) for column in targets.T) - len(matrix) * np.log(2 * np.pi)
    assert _evidence(matrix, targets, lengths, 0.7, 0.1)[0] == pytest.approx(expected)


def test_the_slopes_are_those_of_finite_differences():
    matrix, targets = problem()

    def evidence(logs):
        return _evidence(matrix, targets, np.exp(logs[:3]), float(np.exp(logs[3])), float(np.exp(logs[4])))

    logs = np.array([0.3, 0.1, -0.2, -0.5, -1.0])
    _, of_lengths, of_slope, of_noise = evidence(logs)
    expected = approx_fprime(logs, lambda at: evidence(at)[0], 1e-6)
    np.testing.assert_allclose([*of_lengths, of_slope, of_noise], expected, rtol=1e-4)


def test_a_column_that_does_not_matter_gets_the_longest_length():
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(150, 3))
    targets = np.sin(2 * matrix[:, [0]]) + 0.1 * rng.normal(size=(150, 1))
    kernel = GaussianKernel.learnt(matrix, targets / targets.std(), Deadline.never())
    assert kernel.lengths[0] < 0.4 * kernel.lengths[1:].min()
    assert kernel.noise < 0.1


def test_a_passed_deadline_ends_it():
    with pytest.raises(OutOfTime):
        GaussianKernel.learnt(*problem(), Deadline(0.0, lambda: 1.0))


def test_json_keeps_it():
    kernel = GaussianKernel(np.array([0.5, 1.0]), slope=0.7, noise=0.1)
    again = GaussianKernel.from_json(json.loads(json.dumps(kernel.to_json())))
    matrix, _ = problem(columns=2)
    np.testing.assert_array_equal(again.between(matrix, matrix), kernel.between(matrix, matrix))


def test_an_even_kernel_has_one_length_the_most_likely():
    matrix, targets = problem(40)
    targets = np.sin(matrix.sum(axis=1, keepdims=True))
    targets = (targets - targets.mean()) / targets.std()
    even = GaussianKernel.learnt(matrix, targets, Deadline.never(), even=True)
    assert np.ptp(even.lengths) == 0

    def evidence(factor: float) -> float:
        return _evidence(matrix, targets, even.lengths * factor, even.slope, even.noise)[0]

    assert evidence(1.0) <= min(evidence(0.9), evidence(1.1))
