"""Somebody else's study: what of its folder is taken, and what of it does not follow from its runs.

Its verdicts and tables are made again from its runs and must be equal. Pages and figures are not
taken: ``gatewise report`` writes them from what is.
"""

from __future__ import annotations

import csv
import io
import math
import stat
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import pandas as pd

from gatewise.benchmark.records import packed
from gatewise.report.document import tables
from gatewise.report.reading import calibration
from gatewise.report.reading.checks import UnreadableResults, texts
from gatewise.report.reading.questions import fewest_seeds
from gatewise.report.reading.results import Results, read
from gatewise.report.study import DISCUSSION, Study, judged
from gatewise.report.tables.verdicts import NO_EXAMPLES

REQUIRED = ("runs.csv", "curves.csv", "study.json", "verdicts.csv")
DERIVED = ("verdicts.csv", "findings.csv", "importance.csv", "settings.csv", "choices.csv")
"""The tables that follow from the runs."""
FURTHER = ("failures.csv", calibration.CALIBRATION, DISCUSSION, "data.json", "proposal.json")
FOLDERS = {packed.FOLDER: packed.ARCHIVES, "diagnostics": "*.json"}
"""What is taken of a study's folders, by their names."""
MOST_MEGABYTES = 100
"""In all; what is more is no study that a repository keeps."""
SAME = 1e-6
"""How far a number made again may be off, as a share of it: another processor rounds otherwise."""


def unfit(folder: Path) -> Iterator[str]:
    """What a study needs and is not there, or is no plain file, or is too much; a line each."""
    parts = _parts(folder)
    yield from (f"{folder / name}: missing" for name in REQUIRED if name not in parts)
    paths = (*parts.values(), *map(folder.joinpath, FOLDERS))
    for path in paths:
        if not _is_plain(path):
            yield f"{path}: no plain file; allowed is a copy of what it leads to"
    if sum(path.lstat().st_size for path in parts.values()) > MOST_MEGABYTES * 1e6:
        yield f"{folder}: allowed are {MOST_MEGABYTES} MB of tables and scores"


def contents(folder: Path) -> dict[str, bytes]:
    """By name what is taken of a study's folder that is not :func:`unfit`."""
    return {name: path.read_bytes() for name, path in _parts(folder).items()}


def _parts(folder: Path) -> dict[str, Path]:
    names = dict.fromkeys((*REQUIRED, *DERIVED, *FURTHER))
    found = {name: folder / name for name in names if _is_there(folder / name)}
    for part, pattern in FOLDERS.items():
        found |= {f"{part}/{path.name}": path for path in sorted((folder / part).glob(pattern))}
    return found


def _is_there(path: Path) -> bool:
    return path.is_symlink() or path.exists()


def _is_plain(path: Path) -> bool:
    """Whether it is a file or a folder that stands there itself; or nothing at all."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return True
    return stat.S_ISREG(mode) or (stat.S_ISDIR(mode) and path.name in FOLDERS)


def faults(folder: Path) -> Iterator[str]:
    """What of a study's folder cannot be read or does not follow from its runs; a line each."""
    try:
        results = read(folder)
        calibration.read(folder / calibration.CALIBRATION)
        yield from _traces(results, folder)
        yield from _scores(results, folder)
        yield from _lacking_seeds(results, folder)
        yield from _differing(folder / "verdicts.csv", judged(results))
        if any((folder / name).exists() for name in DERIVED[1:]):
            for name, table in tables(Study.read(folder)).items():
                if name != "verdicts.csv" and (folder / name).exists():
                    yield from _differing(folder / name, table)
    except UnreadableResults as error:
        yield str(error)


def _traces(results: Results, folder: Path) -> Iterator[str]:
    """Runs whose validation score is not that of their curve, at the epoch that they kept."""
    curves = results.curves.set_index(["experiment", "epoch"])["validation_score"]
    finished = results.runs[results.runs["status"] == "finished"]
    places = pd.MultiIndex.from_frame(finished[["experiment", "best_epoch"]])
    if curves.index.has_duplicates:
        yield f"{folder / 'curves.csv'}: an epoch of a run is there twice; allowed is once"
        return
    traced = curves.reindex(places).to_numpy()
    for row, score in zip(finished.itertuples(), traced, strict=True):
        if row.validation_score != score:
            yield (
                f"{folder / 'runs.csv'}: run {row.experiment} has validation_score "
                f"{row.validation_score!r}; curves.csv has {score!r} at epoch {row.best_epoch:g}"
            )


def _scores(results: Results, folder: Path) -> Iterator[str]:
    """Files of scores that verdicts were made with, and those of no run."""
    final = results.final.drop_duplicates(["task", "data_sha256"])
    named = {packed.file_name(r.task, r.data_sha256): str(r.task) for r in final.itertuples()}
    (text,) = texts(folder / "verdicts.csv")
    said = csv.DictReader(io.StringIO(text))
    doubted = {row.get("task") for row in said if NO_EXAMPLES in (row.get("doubt") or "")}
    for name, task in named.items():
        if task not in results.examples and task not in doubted:
            yield f"{folder / name}: not the scores of every final run; its verdicts are made of it"
    for path in sorted((folder / packed.FOLDER).glob(packed.ARCHIVES)):
        if f"{packed.FOLDER}/{path.name}" not in named:
            yield f"{path}: scores of no task and data of runs.csv"


def _lacking_seeds(results: Results, folder: Path) -> Iterator[str]:
    """Pairs without a seed that was asked for and did not fail: somebody may have chosen."""
    names = ["task", "architecture", "match", "repetition"]
    failed = results.failures.assign(repetition=results.failures["repetition"].fillna(0))
    failed = failed[failed["phase"] == "final"].astype({"repetition": int, "seed": int})
    tried = pd.concat([results.final[[*names, "seed"]], failed[[*names, "seed"]]])
    for (task, architecture, match, repetition), runs in tried.groupby(names, sort=False):
        seeds = set(runs["seed"])
        first = min(seeds) if repetition else 0
        count = max(fewest_seeds(folder, (task, architecture)), max(seeds) - first + 1)
        if lacking := sorted(set(range(first, first + count)) - seeds):
            yield (
                f"{folder / 'runs.csv'}: {architecture} on {task}, matched by {match}, lacks seed "
                f"{lacking[0]}; allowed are all from {first} on that study.json asked for, and "
                "those that failures.csv tells of"
            )


def _differing(path: Path, made: pd.DataFrame) -> Iterator[str]:
    """The first row of a table that is not what was made of the runs again."""
    (text,) = texts(path)
    told = list(csv.reader(io.StringIO(text)))
    again = list(csv.reader(io.StringIO(made.to_csv(index=False))))
    header, nothing = again[0], list[str]()
    if told[:1] != [header]:
        yield f"{path}: its columns are others; allowed are {', '.join(header)}"
        return
    for line, (one, other) in enumerate(zip_longest(told[1:], again[1:], fillvalue=nothing), 2):
        cells = zip_longest(header, one, other, fillvalue="")
        apart = [(n, was, now) for n, was, now in cells if not _same(was, now)]
        if apart:
            name, was, now = apart[0]
            row = ", ".join((one or other)[:4])
            yield f"{path}: line {line} ({row}): {name} is {was!r}; the runs give {now!r}"
            return


def _same(was: str, now: str) -> bool:
    if was == now:
        return True
    try:
        return math.isclose(float(was), float(now), rel_tol=SAME)
    except ValueError:
        return False
