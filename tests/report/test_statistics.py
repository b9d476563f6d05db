"""Each estimator against a published worked example, another library, or brute force."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, permutations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import DescrStatsW

from gatewise.report import statistics
from gatewise.report.statistics import over_seeds

# Student's sleep data (Cushny & Peebles 1905), with the results that R's manual prints.
DRUG_1 = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
DRUG_2 = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
SLEEP = DRUG_2 - DRUG_1


def test_an_interval_is_cut_where_its_quantity_ends():
    found = statistics.within(statistics.Interval(0.99, 0.97, 1.01), 0.0, 1.0)
    assert (found.low, found.estimate, found.high) == (0.97, 0.99, 1.0)
    assert np.isnan(statistics.within(statistics.Interval(0.9, np.nan, np.nan), 0.0, 1.0).high)


def test_mean_interval_is_that_of_students_sleep_data():
    found = statistics.interval(statistics.over_seeds(SLEEP))
    assert found.estimate == pytest.approx(1.58)
    assert (found.low, found.high) == pytest.approx((0.7001142, 2.4598858), abs=1e-6)


def test_paired_and_welch_p_are_those_of_students_sleep_data():
    assert statistics.difference_p(over_seeds(SLEEP)) == pytest.approx(0.002833, abs=1e-6)
    assert statistics.welch_p(DRUG_1, DRUG_2) == pytest.approx(0.07939, abs=1e-5)


def test_wilcoxon_p_is_that_of_hollander_and_wolfe():
    before = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30])
    after = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])
    assert statistics.wilcoxon_p(before - after) == pytest.approx(2 * 0.01953, abs=1e-5)


def paired_p(differences):
    return statistics.difference_p(over_seeds(differences))


@pytest.mark.parametrize("p", [paired_p, statistics.wilcoxon_p])
def test_one_pair_tells_nothing_and_equal_pairs_no_difference(p):
    assert np.isnan(p(np.array([0.3])))
    assert p(np.zeros(4)) == 1.0


def test_differences_without_spread_have_p_0_or_1():
    same = np.full(3, 0.5)
    assert paired_p(same) == 0
    assert statistics.equivalence_p(over_seeds(same), 0.6) == 0
    assert statistics.equivalence_p(over_seeds(same), 0.4) == 1
    assert statistics.interval(over_seeds(same)) == statistics.Interval(0.5, 0.5, 0.5)
    assert statistics.welch_p(same, same) == 1
    assert statistics.welch_p(same, same + 1) == 0


@pytest.mark.parametrize("margin", [0.5, 1.6, 3.0])
def test_equivalence_p_is_that_of_statsmodels(margin):
    expected = DescrStatsW(SLEEP).ttost_mean(-margin, margin)[0]
    assert statistics.equivalence_p(over_seeds(SLEEP), margin) == pytest.approx(expected)


def test_holm_on_the_textbook_example():
    adjusted = statistics.holm([0.01, 0.04, 0.03, 0.005])
    assert adjusted == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_is_that_of_statsmodels():
    p = np.random.default_rng(5).random(40) ** 3
    assert statistics.holm(p) == pytest.approx(multipletests(p, method="holm")[1])


def test_holm_leaves_out_what_was_not_tested():
    adjusted = statistics.holm([0.02, np.nan, 0.03])
    assert adjusted[[0, 2]] == pytest.approx([0.04, 0.04])
    assert np.isnan(adjusted[1])
    assert np.isnan(statistics.holm([np.nan])).all()


def test_equal_contestants_are_seldom_called_different():
    pairs = np.random.default_rng(2).normal(size=(1000, 5))
    false = sum(paired_p(pair) < 0.05 for pair in pairs)
    # 5% of 1000 are 50; outside of 30 to 70 has probability below 1 in 200.
    assert 30 <= false <= 70


@pytest.mark.parametrize(
    ("improvement", "p", "p_equivalence", "expected"),
    [
        (1.0, 0.01, 1.0, "helpful"),
        (-1.0, 0.01, 1.0, "harmful"),
        (-0.1, 0.5, 0.01, "equivalent"),
        (-0.1, 0.01, 0.01, "equivalent"),
        (1.0, 0.06, 0.06, "undecided"),
        (1.0, np.nan, np.nan, "undecided"),
    ],
)
def test_verdict(improvement, p, p_equivalence, expected):
    assert statistics.verdict(improvement, p, p_equivalence) == expected


def test_percentile_bootstrap_against_plain_resampling():
    generator = np.random.default_rng(3)
    found = statistics.bootstrap_interval(SLEEP, generator, "percentile", resamples=20000)
    means = generator.choice(SLEEP, (20000, 10)).mean(axis=1)
    assert (found.low, found.high) == pytest.approx(np.quantile(means, [0.025, 0.975]), abs=0.03)


def test_bca_bootstrap_against_efrons_formula():
    generator = np.random.default_rng(4)
    found = statistics.bootstrap_interval(SLEEP, generator, "BCa", resamples=20000)
    means = generator.choice(SLEEP, (20000, 10)).mean(axis=1)
    centred = SLEEP.mean() - SLEEP
    # The jackknife of a mean is linear, so that its skewness is that of the values.
    acceleration = -(centred**3).sum() / (6 * (centred**2).sum() ** 1.5)
    bias = stats.norm.ppf((means < SLEEP.mean()).mean())
    z = bias + stats.norm.ppf([0.025, 0.975])
    levels = stats.norm.cdf(bias + z / (1 - acceleration * z))
    assert (found.low, found.high) == pytest.approx(np.quantile(means, levels), abs=0.04)
    assert found.high > SLEEP.mean() + (SLEEP.mean() - found.low), "skewed to the right"


def test_bootstrap_is_repeatable_and_names_its_methods():
    first, second = (
        statistics.bootstrap_interval(SLEEP, np.random.default_rng(5)) for _ in range(2)
    )
    assert first == second
    with pytest.raises(ValueError, match=r"'basic'.*'percentile' and 'BCa'"):
        statistics.bootstrap_interval(SLEEP, np.random.default_rng(5), "basic")


def test_interquartile_mean_drops_a_quarter_at_each_end():
    assert statistics.interquartile_mean(np.array([-99, 2, 3, 4, 5, 6, 7, 99])) == 4.5


def test_probability_of_improvement_is_mann_and_whitneys_u():
    expected = stats.mannwhitneyu(DRUG_2, DRUG_1).statistic / 100
    assert statistics.probability_of_improvement(DRUG_2, DRUG_1) == pytest.approx(expected)
    assert statistics.probability_of_improvement(np.ones(3), np.ones(2)) == 0.5


def exact(mean: float, deviation: float, n: int) -> np.ndarray:
    """n values of exactly that mean and standard deviation."""
    values = np.random.default_rng(n).normal(size=n)
    return mean + deviation * (values - values.mean()) / values.std(ddof=1)


def test_34_pairs_show_a_medium_effect_as_in_gpower():
    # G*Power 3.1: paired t test, d = 0.5, alpha = 0.05, power 0.8: n = 34, actual power 0.8078.
    assert statistics.difference_power(over_seeds(exact(0.5, 1.0, 34)), 0.05) == pytest.approx(
        0.8078, abs=1e-4
    )
    assert statistics.seeds_to_decide(over_seeds(exact(0.5, 1.0, 5)), margin=0.01) == 34


@pytest.mark.parametrize("mean", [0.0, 0.3, 0.9])
def test_equivalence_power_against_simulation(mean):
    generator = np.random.default_rng(6)
    drawn = generator.normal(mean, 1.0, (20000, 12))
    error = drawn.std(axis=1, ddof=1) / np.sqrt(12)
    critical = stats.t.ppf(0.95, 11)
    reach = np.abs(drawn.mean(axis=1)) + critical * error
    expected = (reach < 1.2).mean()
    found = statistics.equivalence_power(over_seeds(exact(mean, 1.0, 12)), 1.2, 0.05)
    assert found == pytest.approx(expected, abs=0.012)


def test_powers_are_those_of_the_noncentral_t():
    effect = statistics.Effect(0.4, 6, 0.03, 0.01, 200)
    critical = stats.t.ppf(0.975, effect.freedom)
    law = stats.nct(effect.freedom, 0.4 / 0.2)
    expected = law.sf(critical) + law.cdf(-critical)
    assert statistics.difference_power(effect, 0.05) == pytest.approx(expected)
    critical = stats.t.ppf(0.95, effect.freedom)
    laws = [stats.nct(effect.freedom, (0.4 + side) / 0.2) for side in (-1, 1)]
    expected = laws[0].cdf(-critical) - laws[1].cdf(critical)
    assert statistics.equivalence_power(effect, 1.0, 0.05) == pytest.approx(expected)


def test_seeds_to_decide_finds_the_first_that_is_enough():
    effect = over_seeds(exact(0.1, 1.0, 4))
    found = int(statistics.seeds_to_decide(effect, margin=1.0))
    assert statistics.equivalence_power(effect.at(found), 1.0, 0.05) >= 0.8
    assert statistics.equivalence_power(effect.at(found - 1), 1.0, 0.05) < 0.8


def test_seeds_to_decide_at_the_edges():
    assert np.isnan(statistics.seeds_to_decide(over_seeds(np.array([1.0])), 1.0))
    assert statistics.seeds_to_decide(over_seeds(np.full(3, 0.2)), 1.0) == 4
    assert np.isinf(statistics.seeds_to_decide(over_seeds(exact(0.1, 9.0, 4)), 0.1))
    assert statistics.seeds_to_decide(over_seeds(exact(50.0, 0.1, 4)), 1.0) == 5


def test_no_number_of_seeds_makes_up_for_a_small_test_sample():
    seeds = statistics.Effect(0.1, 4, 0.04)
    assert np.isfinite(statistics.seeds_to_decide(seeds, 0.01))
    assert np.isinf(
        statistics.seeds_to_decide(replace(seeds, example_variance=0.01, examples=9), 0.01)
    )


def crossed(generator, seeds, examples, by_seed, by_example, rest=1.0):
    """Scores with known luck of seeds, of examples, and of both together."""
    return (
        generator.normal(0, by_seed, (seeds, 1))
        + generator.normal(0, by_example, (1, examples))
        + generator.normal(0, rest, (seeds, examples))
    )


def test_variances_are_those_of_the_random_effects_model():
    generator = np.random.default_rng(7)
    found = [
        statistics.over_seeds_and_examples(crossed(generator, 6, 50, 0.3, 0.9), np.ones(50))
        for _ in range(400)
    ]
    assert np.mean([f.seed_variance for f in found]) == pytest.approx((0.09 + 1 / 50) / 6, rel=0.08)
    assert np.mean([f.example_variance for f in found]) == pytest.approx(0.81 / 50, rel=0.05)
    together = np.var([f.mean for f in found])
    assert together == pytest.approx((0.09 + 1 / 50) / 6 + 0.81 / 50, rel=0.2)


def test_mean_squares_are_those_of_a_two_way_analysis_of_variance():
    sums = np.random.default_rng(8).normal(size=(4, 7)) + np.arange(7)
    found = statistics.over_seeds_and_examples(sums, np.ones(7))
    squares = sums - sums.mean(axis=1, keepdims=True) - sums.mean(axis=0) + sums.mean()
    rest = (squares**2).sum() / (3 * 6)
    between = 4 * sums.mean(axis=0).var(ddof=1)
    assert found.example_variance == pytest.approx((between - rest) / (4 * 7))
    assert found.seed_variance == pytest.approx(sums.mean(axis=1).var(ddof=1) / 4)


def test_the_mean_is_a_ratio_of_sums():
    generator = np.random.default_rng(9)
    weights = generator.integers(1, 40, 300).astype(float)
    # Every target scores about 3: only a ratio does not care how many targets are drawn.
    sums = weights * (3 + generator.normal(0, 0.01, (5, 300)))
    found = statistics.over_seeds_and_examples(sums, weights)
    assert found.mean == pytest.approx(sums.sum() / (5 * weights.sum()))
    assert found.error < 0.001


@pytest.mark.parametrize("by_example", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("by_seed", [0.0, 0.2])
def test_two_way_intervals_cover_with_five_seeds(by_seed, by_example):
    generator = np.random.default_rng(10)
    hits = 0
    for _ in range(1000):
        sums = crossed(generator, 5, 80, by_seed, by_example)
        found = statistics.interval(statistics.over_seeds_and_examples(sums, np.ones(80)))
        hits += found.low <= 0 <= found.high
    # 95% of 1000 are 950; below 925 has probability under 1 in 2000.
    assert 925 <= hits <= 980


def test_one_seed_knows_no_variance_and_bad_shapes_are_refused():
    one = statistics.over_seeds_and_examples(np.ones((1, 5)), np.ones(5))
    assert np.isnan(statistics.interval(one).low)
    with pytest.raises(ValueError, match=r"\(2, 3\) with weights of shape \(4,\)"):
        statistics.over_seeds_and_examples(np.ones((2, 3)), np.ones(4))


def test_two_way_bootstrap_is_a_ratio_of_sums_as_by_brute_force():
    generator = np.random.default_rng(8)
    weights = generator.integers(1, 9, 30).astype(float)
    # All ahead by about 3 a target: only a ratio of sums does not care how many targets are drawn.
    first = (3 + generator.random((6, 30))) * weights
    second = generator.random((6, 30)) * weights
    scores = statistics.resampled_scores(np.vstack([first, second]), weights, generator, 6000)
    estimate = (first - second).sum() / (6 * weights.sum())
    found = statistics.two_way_interval(scores[:, :6] - scores[:, 6:], generator, estimate)
    drawn = []
    for _ in range(6000):
        rows = generator.integers(0, 6, 6)
        columns = generator.integers(0, 30, 30)
        taken = (first - second)[np.ix_(rows, columns)]
        drawn.append(taken.sum() / (6 * weights[columns].sum()))
    expected = np.quantile(drawn, [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx(expected, abs=0.012)


def game(worth) -> np.ndarray:
    """A lattice of three from a function of a set of players."""
    return np.array([worth({g for g in range(3) if k >> g & 1}) for k in range(8)], float)


def test_shapley_of_the_glove_game():
    # Players 0 and 1 hold a left glove, 2 a right one; a pair is worth 1.
    values = statistics.shapley(game(lambda held: 2 in held and bool({0, 1} & held)))
    assert values == pytest.approx([1 / 6, 1 / 6, 4 / 6])


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_shapley_against_all_orders(n):
    scores = np.random.default_rng(n).normal(size=(5, 2**n))
    expected = np.zeros((5, n))
    orders = list(permutations(range(n)))
    for order in orders:
        held = 0
        for gate in order:
            expected[:, gate] += scores[:, held | 1 << gate] - scores[:, held]
            held |= 1 << gate
    found = statistics.shapley(scores)
    assert found == pytest.approx(expected / len(orders))
    assert found.sum(axis=1) == pytest.approx(scores[:, -1] - scores[:, 0])


def test_redundant_gates_show_where_leaving_out_does_not():
    scores = game(lambda held: bool(held & {0, 1}))
    assert statistics.leave_one_out(scores) == pytest.approx([0, 0, 0])
    assert statistics.add_one_in(scores) == pytest.approx([1, 1, 0])
    assert statistics.shapley(scores) == pytest.approx([0.5, 0.5, 0])
    assert statistics.interactions(scores)[0, 1] == pytest.approx(-1)


def test_interaction_index_of_unanimity_games():
    # Grabisch & Roubens 1999: for the game that all of T must be in, I(S) = 1 / (|T| - |S| + 1).
    both = statistics.interactions(game(lambda held: held >= {0, 1}))
    assert both == pytest.approx({(0, 1): 1, (0, 2): 0, (1, 2): 0})
    everyone = statistics.interactions(game(lambda held: held == {0, 1, 2}))
    assert everyone == pytest.approx({(0, 1): 0.5, (0, 2): 0.5, (1, 2): 0.5})


@pytest.mark.parametrize("corners", [1, 3, 6])
def test_shapley_refuses_what_is_no_lattice(corners):
    with pytest.raises(ValueError, match=f"{corners} corners"):
        statistics.shapley(np.zeros(corners))


def test_best_of_k_is_the_mean_over_all_samples():
    values = np.array([0.3, 0.9, 0.1, 0.6])
    expected = [np.mean([max(c) for c in combinations(values, k)]) for k in range(1, 5)]
    assert statistics.best_of(values) == pytest.approx(expected)
