"""What is printed while a study trains."""

from __future__ import annotations

import io
import re
from dataclasses import replace

from rich.console import Console

from gatewise.benchmark.studies.plan import asked
from gatewise.benchmark.studies.progress import progress_on
from gatewise.benchmark.studies.study import Study
from tests.benchmark.records.test_ledger import RESULT

STUDY = Study("s", "smoke", ("adding",), ("lstm",), seeds=2)


def result(**changed):
    return replace(RESULT, **changed)


def printed(work, *known, terminal=False):
    text = io.StringIO()
    console = Console(file=text, force_terminal=terminal, width=200)
    with progress_on(console, *known) as shown:
        work(shown)
    return text.getvalue()


def work(shown):
    run = asked(STUDY, "adding", "lstm")
    trial = replace(run, phase="tuning", seed=1_000_003)
    shown.expect(4, 1)
    shown.advance([(run, result(test_score=0.25, wall_seconds=12.4))])
    shown.advance([(trial, result(test_score=None, validation_score=0.5))])
    shown.advance([(run, result(status="diverged"))])


def test_a_log_has_a_line_a_run_with_score_seconds_and_time_left():
    first, *lines = printed(work, 10).splitlines()
    assert first == "1 of 4 experiments are done already"
    # How much is left goes by the clock, which a busy machine lets run on.
    assert re.fullmatch(r"\[2/10\] adding · lstm · seed 0: 0\.25 in 12 s, \d+ s left", lines[0])
    assert lines[1].startswith("[3/10] adding · lstm · trial 3: 0.5 in")
    assert lines[2].startswith("[4/10] adding · lstm · seed 0: diverged in")


def test_the_time_left_is_the_budgets():
    assert "[2/4] adding · lstm · seed 0: 0.25 in 12 s, 5 min left" in printed(work, 0, lambda: 300)
    endless = printed(work, 0, lambda: float("inf"))
    assert "[2/4] adding · lstm · seed 0: 0.25 in 12 s\n" in endless


def test_a_terminal_has_a_bar_with_one_total():
    assert "4/10" in printed(work, 10, terminal=True)
