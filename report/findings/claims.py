"""What papers found, and what a study must show of each.

To add a finding is to add a value here; what cannot be said as comparisons gets a judge of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gatewise.report.findings.judgement import Evidence, Finding, Judgement
from gatewise.report.findings.judges import (
    BETTER,
    NO_BETTER,
    NO_WORSE,
    SAME,
    WORSE,
    Comparisons,
    Decay,
    Expectation,
    VarianceShare,
)
from gatewise.report.names import REFERENCE, VANILLA
from gatewise.report.tables.verdicts import Pair

LANGUAGE_MODELS = ("char-lm", "word-lm")
LAGS = ("adding", "copying")
LONG = 100
"""Steps from which a lag counts as long."""
TAGGING = ("labelling",)
TWO_THIRDS = 2 / 3


def _all(first: Sequence[str], second: str, allowed: frozenset[str]) -> list[Expectation]:
    return [Expectation(name, second, allowed) for name in first]


JOZEFOWICZ = "Jozefowicz, Zaremba & Sutskever 2015"
GREFF = "Greff et al. 2017"
OPEN_GATE = "A removed gate is held open and has no weights; widths match in parameters."
VARIANTS = ("NIG", "NFG", "NOG", "NIAF", "NOAF", "CIFG", "peephole", "FGR")

FINDINGS: tuple[Finding, ...] = (
    Finding(
        "F1",
        JOZEFOWICZ,
        "Of the three gates the forget gate matters most.",
        Comparisons(
            Expectation("NFG", REFERENCE, WORSE),
            Expectation("NFG", "NIG", WORSE),
            Expectation("NFG", "NOG", WORSE),
        ),
        f"{OPEN_GATE} Without the forget gate must be worse than without either other.",
        section="importance",
    ),
    Finding(
        "F2",
        JOZEFOWICZ,
        "The input gate comes second.",
        Comparisons(Expectation("NIG", "NFG", BETTER), Expectation("NIG", "NOG", WORSE)),
        OPEN_GATE,
        section="importance",
    ),
    Finding(
        "F3",
        JOZEFOWICZ,
        "The output gate matters least.",
        Comparisons(Expectation("NOG", "NIG", BETTER), Expectation("NOG", "NFG", BETTER)),
        OPEN_GATE,
        section="importance",
    ),
    Finding(
        "F4",
        JOZEFOWICZ,
        "In language modelling the forget gate hardly matters.",
        Comparisons(Expectation("NFG", REFERENCE, SAME)),
        "Language modelling alone; the paper's own tuned word-level table speaks against it.",
        LANGUAGE_MODELS,
    ),
    Finding(
        "F5",
        JOZEFOWICZ,
        "A forget bias of 1 improves the LSTM and closes its gap to the GRU.",
        Comparisons(
            Expectation(REFERENCE, "lstm-bias0", BETTER),
            Expectation(REFERENCE, "gru", NO_WORSE),
        ),
    ),
    Finding(
        "F6",
        GREFF,
        "Without the forget gate, or without the output activation, every task suffers.",
        Comparisons(*_all(("NFG", "NOAF"), REFERENCE, WORSE)),
        "The paper's LSTM has peepholes; ours has none.",
        universal=True,
    ),
    Finding(
        "F7",
        GREFF,
        "Coupling input and forget gate does not hurt, nor does dropping peepholes.",
        Comparisons(
            Expectation("CIFG", REFERENCE, NO_WORSE), Expectation(REFERENCE, "peephole", NO_WORSE)
        ),
        universal=True,
    ),
    Finding(
        "F8",
        GREFF,
        "No variant is better than the standard LSTM.",
        Comparisons(*_all(VARIANTS, REFERENCE, NO_BETTER)),
        "The paper's eight variants; one that is certainly better contradicts.",
        universal=True,
    ),
    Finding(
        "F9",
        GREFF,
        "The learning rate explains over two thirds of the variance of the error, then the size.",
        VarianceShare("learning_rate", above=TWO_THIRDS),
        "Only the first half is tested: sizes follow from the parameter budget and are "
        "not searched. Shares are of the variance of the trials' validation score, each "
        "architecture's mean taken out; needs tuning trials.",
        section="hyperparameters",
    ),
    Finding(
        "F10",
        "Chung et al. 2014",
        "GRU and LSTM are on a par, and both beat the vanilla network.",
        Comparisons(
            Expectation("gru", REFERENCE, SAME),
            Expectation(VANILLA, REFERENCE, WORSE),
            Expectation(VANILLA, "gru", WORSE),
        ),
        "At matched parameters, as in the paper.",
    ),
    Finding(
        "F11",
        "van der Westhuizen & Lasenby 2018",
        "A forget gate alone, with chrono initialisation, is as good as the LSTM or better.",
        Comparisons(Expectation("janet", REFERENCE, NO_WORSE)),
        "Our JANET starts by chrono initialisation.",
    ),
    Finding(
        "F12",
        "Tallec & Ollivier 2018",
        "Chrono initialisation helps at long lags.",
        Comparisons(Expectation("lstm-chrono", REFERENCE, BETTER)),
        f"A lag of {LONG} steps or more.",
        LAGS,
        least=LONG,
        section="dial",
    ),
    Finding(
        "F13",
        "Zhou et al. 2016; Dey & Salem 2017",
        "MGU, GRU1 and GRU2 are on a par with the GRU; gates of a bias alone (GRU3) lag.",
        Comparisons(*_all(("mgu", "GRU1", "GRU2"), "gru", SAME), Expectation("GRU3", "gru", WORSE)),
    ),
    Finding(
        "F14",
        "Bengio et al. 1994; Nielsen, ch. 6",
        "A vanilla recurrence loses the gradient geometrically with the lag, a gated one does not.",
        Decay(gated=REFERENCE, plain=VANILLA),
        "Tested on trained networks: with the lag the gradient of vanilla's h certainly "
        "falls, and that of lstm's memory certainly falls more slowly. At one seed, over "
        "validation examples; needs `gatewise diagnose`.",
        section="why",
    ),
    Finding(
        "F15",
        "Schuster & Paliwal 1997",
        "Reading in both directions helps tagging.",
        Comparisons(Expectation("bi-lstm", REFERENCE, BETTER)),
        "At matched parameters: each direction has about half of them.",
        TAGGING,
    ),
    Finding(
        "F16",
        "Levy et al. 2018",
        "Gates without the inner recurrence do about as well as the LSTM in most settings.",
        Comparisons(Expectation("no-inner-recurrence", REFERENCE, NO_WORSE)),
    ),
)


def pairs(findings: Iterable[Finding] = FINDINGS) -> list[Pair]:
    """The pairs that the findings need beside those with lstm, each in one direction."""
    found: dict[frozenset[str], Pair] = {}
    for finding in findings:
        for pair in finding.judge.pairs:
            if REFERENCE not in pair:
                found.setdefault(frozenset(pair), pair)
    return list(found.values())


def judge(study: Evidence, findings: Iterable[Finding] = FINDINGS) -> list[Judgement]:
    """What all that a study holds says of each finding."""
    return [finding.judge(finding, study) for finding in findings]
