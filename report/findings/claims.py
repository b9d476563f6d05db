"""What papers found, and what a study must show of each.

To add a finding is to add a value here; what cannot be said as comparisons gets a judge of its own.
Each is asked against its paper's own reference, and on its paper's kinds of task where we have
them, else on the nearest; one with no task named is asked on every task of a study.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from gatewise.report.findings.judgement import Evidence, Finding, Judgement
from gatewise.report.findings.judges import (
    Comparisons,
    Decay,
    VarianceShare,
    better,
    no_better,
    no_worse,
    same,
    worse,
)
from gatewise.report.names import REFERENCE, VANILLA
from gatewise.report.tables.verdicts import Asked

LANGUAGE_MODELS = ("char-lm", "word-lm", "word-lm-wikitext2")
LAGS = ("adding", "copying")
MEMORY = ("xml", "arithmetic", *LAGS)
"""Generated tasks on which something has to be kept."""
REVIEWS = ("sentiment", "sentiment-imdb", "sentiment-zh")
SIGNALS = ("music", "speech")
LONG = 100
"""Steps from which a lag counts as long."""
TAGGING = ("labelling",)
STATES = ("parity", "modular", "s3", "s5")
"""Generated tasks on which a state has to be tracked that never comes to rest."""
TWO_THIRDS = 2 / 3

JOZEFOWICZ = "Jozefowicz, Zaremba & Sutskever 2015"
THEIR_TASKS = (
    "Arithmetic on numbers of up to 8 digits, random XML, words of the Penn Treebank at 5M to 20M "
    "parameters, two sets of music; one gate out at a time, the best of a random search."
)
GREFF = "Greff et al. 2017"
THEIR_SETS = (
    "Speech (TIMIT), handwriting (IAM online) and chorales (JSB); 200 random trials a variant and "
    "set, learning rate from 1e-6 to 1e-2, 20 to 200 units; the best tenth of the trials compared."
)
OPEN_GATE = "A removed gate is held open and has no weights; widths match in parameters."
PEEPHOLES = "Against the LSTM with peepholes, which is the paper's, on every task of the study."
PEEPHOLE = "peephole"
VARIANTS = ("NIG-p", "NFG-p", "NOG-p", "NIAF-p", "NOAF-p", "CIFG-p", REFERENCE, "FGR")
"""The paper's eight; its NP, without peepholes, is our lstm."""

FINDINGS: tuple[Finding, ...] = (
    Finding(
        "F1",
        JOZEFOWICZ,
        "Of the three gates the forget gate matters most.",
        THEIR_TASKS,
        Comparisons(
            worse("NFG", REFERENCE),
            worse("NFG", "NIG", tie_stands=True),
            worse("NFG", "NOG", tie_stands=True),
        ),
        f"{OPEN_GATE} Without the forget gate must be worse than without either other.",
        "Another gate that matters as much.",
        tasks=MEMORY,
        section="importance",
    ),
    Finding(
        "F2",
        JOZEFOWICZ,
        "The input gate comes second.",
        THEIR_TASKS,
        Comparisons(better("NIG", "NFG", tie_stands=True), worse("NIG", "NOG", tie_stands=True)),
        OPEN_GATE,
        "A tie with either of the other two.",
        tasks=MEMORY,
        section="importance",
    ),
    Finding(
        "F3",
        JOZEFOWICZ,
        "The output gate matters least.",
        THEIR_TASKS,
        Comparisons(better("NOG", "NIG", tie_stands=True), better("NOG", "NFG", tie_stands=True)),
        OPEN_GATE,
        "A tie with either of the other two.",
        tasks=MEMORY,
        section="importance",
    ),
    Finding(
        "F4",
        JOZEFOWICZ,
        "In language modelling the forget gate hardly matters.",
        THEIR_TASKS,
        Comparisons(same("NFG", REFERENCE)),
        "Language models at two sizes at least; the paper's own tuned word-level table speaks "
        "against it.",
        "A difference that cannot be told from the margin.",
        tasks=LANGUAGE_MODELS,
        sizes=2,
    ),
    Finding(
        "F5",
        JOZEFOWICZ,
        "A forget bias of 1 improves the LSTM and closes its gap to the GRU.",
        THEIR_TASKS,
        Comparisons(better(REFERENCE, "lstm-bias0", tie_stands=True), no_worse(REFERENCE, "gru")),
        "",
        "A bias that makes no difference.",
        tasks=("xml", "arithmetic", *LANGUAGE_MODELS, "music"),
    ),
    Finding(
        "F6",
        GREFF,
        "Without the forget gate, or without the output activation, every task suffers.",
        THEIR_SETS,
        Comparisons(worse("NFG-p", PEEPHOLE), worse("NOAF-p", PEEPHOLE)),
        PEEPHOLES,
        universal=True,
    ),
    Finding(
        "F7",
        GREFF,
        "Coupling input and forget gate does not hurt, nor does dropping peepholes.",
        THEIR_SETS,
        Comparisons(no_worse("CIFG-p", PEEPHOLE), no_worse(REFERENCE, PEEPHOLE)),
        PEEPHOLES,
        "A variant that is better.",
        universal=True,
    ),
    Finding(
        "F8",
        GREFF,
        "No variant is better than the standard LSTM.",
        THEIR_SETS,
        Comparisons(*(no_better(name, PEEPHOLE) for name in VARIANTS)),
        f"{PEEPHOLES} All eight variants; one that is certainly better contradicts.",
        "A variant that is worse.",
        universal=True,
    ),
    Finding(
        "F9",
        GREFF,
        "The learning rate explains over two thirds of the variance of the error, then the size.",
        THEIR_SETS,
        VarianceShare("learning_rate", above=TWO_THIRDS, points=50, decades=3.0),
        "Only the first half is tested: sizes follow from the parameter budget and are "
        "not searched. Needs at least 50 learning rates over three decades, each trained in full "
        "(`--search design`); shares are of the variance of the trials' validation score, each "
        "architecture's mean taken out.",
        "An interval that holds two thirds.",
        section="hyperparameters",
    ),
    Finding(
        "F10",
        "Chung et al. 2014",
        "GRU and LSTM are on a par, and both beat the vanilla network.",
        "Four sets of polyphonic music and two of raw speech, about 20k to 170k parameters.",
        Comparisons(same("gru", REFERENCE), worse(VANILLA, REFERENCE), worse(VANILLA, "gru")),
        "At matched parameters, as in the paper; on every task of the study.",
    ),
    Finding(
        "F11",
        "van der Westhuizen & Lasenby 2018",
        "A forget gate alone, with chrono initialisation, is as good as the LSTM or better.",
        "Pixel by pixel MNIST, its permutation, heart beats; adding and copying to 750 steps.",
        Comparisons(no_worse("janet", REFERENCE)),
        "Our JANET starts by chrono initialisation. A sequence to a class, adding and copying.",
        "A forget gate alone that is better.",
        tasks=(*REVIEWS, "speech", "listops", *LAGS),
    ),
    Finding(
        "F12",
        "Tallec & Ollivier 2018",
        "Chrono initialisation helps at long lags.",
        "Copying over 500 and 2,000 steps, adding over 200 and 750, 128 units.",
        Comparisons(better("lstm-chrono", REFERENCE)),
        f"A lag of {LONG} steps or more.",
        tasks=LAGS,
        least=LONG,
        section="dial",
    ),
    Finding(
        "F13",
        "Zhou et al. 2016; Dey & Salem 2017",
        "MGU, GRU1 and GRU2 are on a par with the GRU; gates of a bias alone (GRU3) lag.",
        "Adding over 50 steps, film reviews, MNIST by rows and pixels, Penn Treebank; 100 units.",
        Comparisons(
            *(no_worse(name, "gru") for name in ("mgu", "GRU1", "GRU2")), worse("GRU3", "gru")
        ),
        "GRU3 lags in its paper on MNIST by pixels; on film reviews it keeps up there.",
        "One with fewer gates that is better than the GRU.",
        tasks=("adding", *REVIEWS, *LANGUAGE_MODELS),
    ),
    Finding(
        "F14",
        "Bengio et al. 1994; Nielsen, ch. 6",
        "A vanilla recurrence loses the gradient geometrically with the lag, a gated one does not.",
        "A latch of one bit over up to 60 steps; deep networks with weights from a Gaussian.",
        Decay(gated=REFERENCE, plain=VANILLA, seeds=5, solved=0.9),
        "At initialisation, weights from a Gaussian, and after lstm has solved the lag, at 5 seeds "
        "or more: the gradient of vanilla's h certainly falls, and that of lstm's memory certainly "
        "falls more slowly. Needs `gatewise diagnose` of both at each seed.",
        tasks=LAGS,
        section="why",
    ),
    Finding(
        "F15",
        "Schuster & Paliwal 1997",
        "Reading in both directions helps tagging.",
        "Phonemes of TIMIT, frame by frame; about 13,000 weights.",
        Comparisons(better("bi-lstm", REFERENCE)),
        "At matched parameters: each direction has about half of them.",
        tasks=TAGGING,
    ),
    Finding(
        "F16",
        "Levy et al. 2018",
        "Gates without the inner recurrence do about as well as the LSTM in most settings.",
        "Language models, questions on texts, parsing, translation; published sizes.",
        Comparisons(no_worse("no-inner-recurrence", REFERENCE)),
        "",
        "Gates that do better without.",
        tasks=(*LANGUAGE_MODELS, "translation", *TAGGING),
    ),
    Finding(
        "F17",
        "Merrill et al. 2024; Sarrof et al. 2024",
        "A linear recurrence with gates from 0 to 1 cannot track a state that never comes to rest, "
        "as the LSTM can.",
        "Products of permutations, prefix by prefix, to 25 elements; parity; one to four layers.",
        Comparisons(worse("minGRU", REFERENCE, tie_stands=True)),
        "minGRU in its direct form stands for the linear recurrences. The claim is about any "
        "length; here it is asked at the one that was trained on.",
        "A tie: at one length a short cut may be found.",
        tasks=STATES,
    ),
    Finding(
        "F18",
        "Grazzi et al. 2024",
        "A linear recurrence tracks parity once its gates may be negative.",
        "Parity, trained to 40 steps and asked to 256; Mamba and DeltaNet of two layers.",
        Comparisons(better("minGRU-negative", "minGRU")),
        "minGRU whose gate goes from -1 to 1.",
        tasks=("parity",),
    ),
    Finding(
        "F19",
        "Beck et al. 2024",
        "Exponential gates improve the LSTM in language modelling.",
        "15 billion tokens of SlimPajama, models of 400M parameters in blocks with residuals; the "
        "gates were changed together with the normaliser.",
        Comparisons(better("sLSTM", REFERENCE, tie_stands=True)),
        "One layer of sLSTM, one head, without the paper's block around it.",
        "Gates that make no difference.",
        tasks=LANGUAGE_MODELS,
    ),
    Finding(
        "F20",
        "Feng et al. 2024",
        "minGRU, whose gate and candidate do not see the output, copies selectively once stacked.",
        "Selective copying, reinforcement learning, characters of Shakespeare; three layers, "
        "beside state space models.",
        Comparisons(better("stacked-minGRU", "minGRU"), no_worse("stacked-minGRU", "gru")),
        "Three layers against one and against the GRU, which stands for what solves the task; "
        "without the paper's residuals and feed-forward layers.",
        tasks=("selective-copy",),
    ),
)


def asked(
    tasks: Sequence[str],
    dials: Mapping[str, tuple[str, float]],
    findings: Iterable[Finding] = FINDINGS,
) -> list[Asked]:
    """The comparisons that the findings need, each on the tasks that it speaks of, once."""
    found: dict[tuple[str, frozenset[str]], Asked] = {}
    for finding in findings:
        for task in tasks:
            if finding.speaks_of(task, dials):
                for one, other in finding.judge.pairs:
                    found.setdefault((task, frozenset((one, other))), (task, one, other))
    return list(found.values())


def beside(
    tasks: Sequence[str],
    dials: Mapping[str, tuple[str, float]],
    findings: Iterable[Finding] = FINDINGS,
) -> list[Asked]:
    """The same comparisons on the tasks that their finding does not speak of, each once."""
    findings = tuple(findings)
    known = {(task, frozenset(pair)) for task, *pair in asked(tasks, dials, findings)}
    everywhere = asked(tasks, dials, [replace(f, tasks=(), least=0) for f in findings])
    return [
        (t, one, other) for t, one, other in everywhere if (t, frozenset((one, other))) not in known
    ]


def judge(study: Evidence, findings: Iterable[Finding] = FINDINGS) -> list[Judgement]:
    """What all that a study holds says of each finding."""
    return [finding.judge(finding, study) for finding in findings]
