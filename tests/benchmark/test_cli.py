"""The command from outside: a real smoke study, and what bad input is answered."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gatewise.benchmark import cli
from gatewise.benchmark.records import columns
from gatewise.benchmark.studies.presets import MAIN_TASKS
from gatewise.benchmark.tracking import address, page
from gatewise.benchmark.tracking import store as tracking

GATEWISE = Path(sys.executable).parent / "gatewise"


def gatewise(*arguments: object, **options) -> subprocess.CompletedProcess:
    command = [str(GATEWISE), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def smoke(tmp_path_factory):
    """The results folder of a real smoke study with one seed."""
    results = tmp_path_factory.mktemp("results")
    done = gatewise("run", "--preset", "smoke", "--seeds", 1, "--results", results)
    assert done.returncode == 0, done.stderr
    return results, done.stdout


def test_smoke_writes_every_run_and_says_where(smoke):
    results, said = smoke
    rows = rows_of(results / "smoke" / "runs.csv")
    assert len(rows) == 4 * 3
    assert {r["task"] for r in rows} == {"sentiment", "labelling", "video", "translation"}
    assert {r["architecture"] for r in rows} == {"lstm", "NFG", "vanilla"}
    assert set(columns.RUNS) <= set(rows[0])
    assert all(r["status"] == "finished" for r in rows)
    assert all(abs(int(r["parameters"]) / int(r["budget"]) - 1) <= 0.02 for r in rows)
    curves = rows_of(results / "smoke" / "curves.csv")
    assert list(curves[0]) == list(columns.CURVES)
    assert {c["experiment"] for c in curves} == {r["experiment"] for r in rows}
    assert "report.html" in said
    assert "mlflow.db" in said
    for name in ("report.html", "report.md", "verdicts.csv", "study.json"):
        assert (results / "smoke" / name).stat().st_size > 0


def test_same_experiment_in_another_store_gives_the_same_row(smoke, tmp_path):
    """Bit for bit, but for times, machine and store ids."""
    results, _ = smoke
    again = gatewise(
        "run", "--preset", "smoke", "--seeds", 1, "--tasks", "labelling", "--architectures",
        "NFG,lstm", "--workers", 1, "--study", "again", "--keep-weights", "--results", tmp_path,
    )  # fmt: skip
    assert again.returncode == 0, again.stderr
    assert len(list((tmp_path / "mlflow-artifacts").rglob("*.weights.h5"))) == 2
    assert not list((results / "mlflow-artifacts").rglob("*.weights.h5"))

    def lasting(path, kept):
        return {
            r["experiment"]: {k: v for k, v in r.items() if v and k not in columns.VOLATILE}
            for r in rows_of(path)
            if kept(r)
        }

    mine = lasting(tmp_path / "again" / "runs.csv", lambda r: True)
    assert len(mine) == 2
    theirs = lasting(results / "smoke" / "runs.csv", lambda r: r["experiment"] in mine)
    assert theirs == mine


def test_running_again_repeats_nothing(smoke):
    results, _ = smoke
    ledger = results / "smoke" / "ledger"
    before = {p.name: p.stat().st_mtime_ns for p in ledger.iterdir()}
    again = gatewise("run", "--preset", "smoke", "--seeds", 1, "--results", results)
    assert again.returncode == 0, again.stderr
    assert "12 of 12 experiments are done already" in again.stdout
    assert {p.name: p.stat().st_mtime_ns for p in ledger.iterdir()} == before


def test_mlflow_holds_a_parent_and_a_child_for_every_experiment(smoke):
    from mlflow import MlflowClient

    results, _ = smoke
    client = MlflowClient(f"sqlite:///{results / 'mlflow.db'}")
    (experiment,) = [e for e in client.search_experiments() if e.name == "gatewise"]
    runs = client.search_runs([experiment.experiment_id], max_results=1000)
    parents = [r for r in runs if "mlflow.parentRunId" not in r.data.tags]
    children = [r for r in runs if "mlflow.parentRunId" in r.data.tags]
    assert len(parents) == 1
    assert len(children) == 12
    assert {r.data.tags["mlflow.parentRunId"] for r in children} == {parents[0].info.run_id}
    note = parents[0].data.tags["mlflow.note.content"]
    assert "What is each gate worth?" in note
    assert note.startswith("**One seed decides nothing"), "the note begins with the answer"
    assert parents[0].data.tags["phase"] == "study"
    names = {r.info.run_name for r in children}
    assert {"lstm · video · 0", "NFG (no forget gate) · video · 0"} <= names
    assert "vanilla · video · 0" in names
    files = {f.path for f in client.list_artifacts(parents[0].info.run_id, "figures")}
    assert {"figures/grid.svg", "figures/grid.csv"} <= files
    assert parents[0].data.metrics["experiments"] == 12
    rows = {r["mlflow_run"]: r for r in rows_of(results / "smoke" / "runs.csv")}
    for run in children:
        row = rows[run.info.run_id]
        assert run.info.status == "FINISHED"
        assert run.data.params["learning_rate"] == row["learning_rate"]
        assert run.data.metrics["test_score"] == float(row["test_score"])
        assert run.data.metrics["parameters"] == float(row["parameters"])
        removed = {"lstm": "none", "NFG": "keep", "vanilla": "write keep emit"}
        assert run.data.tags["removed_gates"] == removed[row["architecture"]]
        assert run.data.tags["data_sha256"] == row["data_sha256"]
        assert run.data.tags["mlflow.source.git.commit"] == row["commit"]
        (data,) = run.inputs.dataset_inputs
        assert row["task"] in data.dataset.name
        history = client.get_metric_history(run.info.run_id, "train_loss")
        assert len(history) == int(row["epochs_run"])


def test_the_mlflow_page_opens_on_views_that_are_there(smoke):
    from mlflow import MlflowClient

    results, _ = smoke
    uri = address.default_uri(results)
    found = MlflowClient(uri).get_experiment_by_name("gatewise")
    runs = MlflowClient(uri).search_runs([found.experiment_id], max_results=100)
    have = {f"metrics.`{name}`" for run in runs for name in run.data.metrics}
    have |= {f"params.`{name}`" for run in runs for name in run.data.params}
    have |= {f"tags.`{name}`" for run in runs for name in run.data.tags}
    assert page.charted(found.tags)["translation"] == "translation: nats - down is better"
    assert page.charted(found.tags)["video"] == "video: accuracy - up is better"
    for name, view in page.views(page.charted(found.tags)).items():
        assert json.loads(found.tags[f"mlflow.sharedViewState.{name}"]) == view
        assert set(view.get("selectedColumns", ())) <= have
        for chart in view.get("compareRunCharts", ()):
            assert f"metrics.`{chart['metricKey']}`" in have
    opened = "/runs?workflowType=machine_learning&viewStateShareKey=architectures"
    assert page.page(uri).endswith(f"{opened}&compareRunsMode=CHART")
    assert tracking.studies(uri) == ["smoke"]


def test_a_study_is_compared_with_itself(smoke):
    results, _ = smoke
    found = gatewise("compare", "smoke", "smoke", "--results", results, "--json")
    assert found.returncode == 0, found.stderr
    tables = json.loads(found.stdout)
    assert {row["difference"] for row in tables.pop("scores")} == {0.0}
    assert tables == {"members": [], "settings": [], "verdicts": [], "findings": []}


def test_report_can_be_written_anew(smoke):
    results, _ = smoke
    page = results / "smoke" / "report.html"
    before = page.read_text()
    page.unlink()
    assert gatewise("report", "--study", "smoke", "--results", results).returncode == 0
    assert page.read_text() == before


@pytest.mark.slow
def test_interrupted_study_goes_on_where_it_stopped(tmp_path):
    command = [
        str(GATEWISE), "run", "--preset", "smoke", "--tasks", "sentiment", "--architectures",
        "lstm,NFG", "--seeds", "3", "--workers", "1", "--results", str(tmp_path),
    ]  # fmt: skip
    ledger = tmp_path / "smoke" / "ledger"
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 120
    while time.monotonic() < end and not (ledger.is_dir() and len(list(ledger.glob("*.json")))):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert any("the same command goes on from here" in line for line in process.stderr)
    while process.poll() is None:
        # Impatience while the interpreter closes does not change how it ends.
        process.send_signal(signal.SIGINT)
        time.sleep(0.005)
    _, stderr = process.communicate()
    assert process.returncode == 130, stderr
    done = {p.name: p.stat().st_mtime_ns for p in ledger.glob("*.json")}
    assert 1 <= len(done) < 6
    assert len(rows_of(tmp_path / "smoke" / "runs.csv")) == len(done)
    resumed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert resumed.returncode == 0, resumed.stderr
    after = {p.name: p.stat().st_mtime_ns for p in ledger.glob("*.json")}
    assert len(after) == 6
    assert {name: after[name] for name in done} == done
    assert len(json.loads((tmp_path / "smoke" / "study.json").read_text())["calls"]) == 1
    rows = rows_of(tmp_path / "smoke" / "runs.csv")
    assert len({r["mlflow_run"] for r in rows}) == 6
    assert "" not in {r["mlflow_run"] for r in rows}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tasks", "chess"], "task 'chess': allowed are"),
        (["--architectures", "lstm,elephant"], "architecture 'elephant': allowed are"),
        (["--preset", "huge"], "preset 'huge': allowed are smoke, quick, lags, standard, paper"),
        (["--seeds", "0"], "seeds=0: allowed are whole numbers from 1"),
        (["--workers", "0"], "workers=0: allowed are whole numbers from 1"),
        (["--trials", "-1"], "trials=-1: allowed are whole numbers from 0"),
        (["--search", "grid"], "search 'grid': allowed are halving, design, bayesian"),
        (["--repetitions", "2"], "repetitions=2: allowed is 1 without a search"),
        (["--match", "depth"], "match 'depth': allowed are parameters, width"),
        (["--engine", "ray"], "engine 'ray': allowed are local, dask"),
        (["--engine", "dask"], "address None: engine 'dask' needs tcp://HOST:PORT"),
        (["--resources", "GPU"], "resources 'GPU': allowed is NAME=AMOUNT"),
        (["--study", "../up"], "study '../up': allowed is a plain folder name"),
        (["--tasks", ","], "tasks=(): at least one is needed"),
        (["--tracking-uri", "http://127.0.0.1:9"], "tracking-uri 'http://127.0.0.1:9'"),
        (["--tracking-uri", "ftp://x"], "unknown kind of store; allowed are sqlite"),
        (["--tracking-uri", "sqlite:////no/such/x.db"], "no folder '/no/such'"),
        (["--learning", "tbptt"], "learning='tbptt': allowed are 'bptt', 'tbptt-K'"),
        (
            ["--learning", "rtrl", "--tasks", "adding", "--architectures", "lstm"],
            "learning='rtrl' with a cell with write, keep, emit",
        ),
        (
            ["--learning", "rtrl", "--tasks", "adding", "--architectures", "vanilla"],
            "learning='rtrl' with units=140: allowed are 1 to 64",
        ),
        (
            ["--tasks", "listops", "--architectures", "tree-lstm", "--learning", "tbptt-10"],
            "learning='tbptt' with architecture 'tree-lstm', which reads no chain",
        ),
        (
            ["--tasks", "captioning", "--architectures", "vanilla", "--learning", "rtrl"],
            "learning='rtrl' with an encoder-decoder: allowed are tasks that answer at the end",
        ),
        (["--settings", "BAD"], "learning_rate=-1.0: allowed are numbers above 0"),
        (["--plugin", "nowhere.py"], "plugin 'nowhere.py': "),
        (["--budget", 0], "budget=0: allowed are whole numbers from 1"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    tmp_path, monkeypatch, capsys, arguments, message
):
    results, bad = tmp_path / "results", tmp_path / "settings.csv"
    bad.write_text(
        "task,architecture,learning_rate,clip_norm,dropout,batch_size\n"
        + "".join(f"{t},{a},-1,1,0,8\n" for t in MAIN_TASKS for a in ("lstm", "NFG", "vanilla"))
    )
    arguments = [bad if a == "BAD" else a for a in arguments]
    words = [
        "gatewise",
        "run",
        "--preset",
        "smoke",
        *map(str, arguments),
        "--results",
        str(results),
    ]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert message in said
    assert said.count("\n") == 1
    assert not results.exists()


def test_bad_input_ends_the_process_with_exit_code_2(tmp_path):
    done = gatewise("run", "--tasks", "chess", "--results", tmp_path / "results")
    assert done.returncode == 2
    assert done.stderr.startswith("gatewise: task 'chess': allowed are")
    assert done.stderr.count("\n") == 1


def test_results_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "results").write_text("mine")
    done = gatewise("run", "--preset", "smoke", "--results", tmp_path / "results")
    assert done.returncode == 2
    assert "results folder" in done.stderr
    assert (tmp_path / "results").read_text() == "mine"


def test_damaged_data_file_is_refused(tmp_path):
    """In a copy of the packages, so that the real file stays whole."""
    root, package = Path(__file__).parents[2], tmp_path / "gatewise"
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(root / "gatewise", package, ignore=unwanted)
    for name in ("benchmark", "tasks", "report"):
        shutil.copytree(root / name, package / name, ignore=unwanted)
    path = package / "tasks" / "data" / "movie_snippets.tsv.gz"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    code = "import sys; from gatewise.benchmark.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "run", "--preset", "smoke", "--tasks", "sentiment"],
        capture_output=True, text=True, cwd=tmp_path, check=False,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "SHA-256" in done.stderr
    assert "allowed is d431d4c2" in done.stderr
    assert not (tmp_path / "results" / "smoke" / "runs.csv").exists()


@pytest.mark.parametrize(
    "command",
    [
        ("report", "--study", "nosuch"),
        ("verify", "--study", "nosuch"),
        ("diagnose", "--study", "nosuch"),
        ("calibrate", "--study", "nosuch"),
        ("take", "nosuch", "lstm"),
        ("watch", "good", "--study", "nosuch"),
        ("sample", "The ", "--study", "nosuch"),
        ("compare", "known", "nosuch"),
        ("export", "--study", "nosuch"),
    ],
    ids=lambda command: command[0],
)
def test_a_study_that_is_not_there_is_refused_by_name(command, tmp_path):
    (tmp_path / "known").mkdir()
    (tmp_path / "known" / "study.json").write_text("{}")
    done = gatewise(*command, "--results", tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        f"gatewise: study 'nosuch': there is none in {str(tmp_path)!r}; allowed are known, a "
        "folder that `gatewise run` wrote\n"
    )


def test_a_folder_without_a_study_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    done = gatewise("report", "--study", "empty", "--results", tmp_path)
    assert done.returncode == 2
    assert "no such file" in done.stderr


def test_lists_are_json_for_programs():
    listed = json.loads(gatewise("list", "tasks", "--json").stdout)
    assert {task["name"] for task in listed} >= {"sentiment", "labelling", "video", "translation"}
    assert all(task["margin"] > 0 for task in listed)
    listed = json.loads(gatewise("list", "architectures", "--json").stdout)
    assert {entry["name"] for entry in listed} >= {"lstm", "NFG", "gru", "bi-lstm", "stacked-lstm"}


def test_show_prints_equations_and_count():
    shown = gatewise("show", "NFG", "--inputs", 2, "--units", 50)
    assert "c = c' + write * g" in shown.stdout
    assert "7,950 recurrent parameters" in shown.stdout
    tree = gatewise("show", "tree-lstm").stdout
    assert "keep_k = σ(W_keep x + R_keep h_k + b_keep)" in tree
    assert "c = Σ_k keep_k * c_k + write * g" in tree
    assert "c'" not in tree


def test_show_says_source_other_names_and_arrays():
    shown = gatewise("show", "UGRNN").stdout
    assert shown.startswith("gru-no-reset: ")
    assert "Source: Collins, Sohl-Dickstein & Sussillo 2017" in shown
    assert "Also called UGRNN." in shown
    assert "  kernel 64 × 128: keep, candidate\n" in shown
    facts = json.loads(gatewise("show", "mgu", "--json").stdout)
    assert facts["source"] == "Zhou et al. 2016, arXiv 1603.09420"
    assert facts["blocks"]["recurrent_candidate"] == ["candidate"]


def test_show_draws_to_the_terminal_and_to_a_file(tmp_path):
    """In ASCII, which any terminal and any editor takes."""
    drawn = gatewise("show", "sLSTM", "--svg").stdout
    assert drawn.startswith("<svg")
    assert drawn.isascii()
    done = gatewise("show", "sLSTM", "--svg", tmp_path / "cell.svg")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "cell.svg").read_text() == drawn
    refused = gatewise("show", "sLSTM", tmp_path / "other.svg")
    assert refused.returncode == 2
    assert refused.stderr == (
        f"gatewise: file {str(tmp_path / 'other.svg')!r}: allowed with --svg alone\n"
    )


@pytest.mark.parametrize("command", [("show", "lstm"), ("list", "architectures"), ("show", "σ")])
def test_a_console_without_greek_gets_words(command):
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    done = subprocess.run([GATEWISE, *command], capture_output=True, env=environment, check=False)
    assert b"Traceback" not in done.stderr
    assert done.returncode == (2 if command[1] == "σ" else 0)
    if command == ("show", "lstm"):
        assert b"keep = sigma(W_keep x" in done.stdout


@pytest.mark.slow
def test_diagnose_looks_into_a_studys_runs(smoke):
    """Weights were not kept, so that one training is made again; twice asked, once done."""
    results, _ = smoke
    command = ("diagnose", "--study", "smoke", "--task", "sentiment", "--results", results)
    done = gatewise(*command, "--architecture", "lstm,gru")
    assert done.returncode == 0, done.stderr
    assert "sentiment · lstm · seed 0" in done.stderr
    (path,) = (results / "smoke" / "diagnostics").iterdir()
    record = json.loads(path.read_text())
    assert record["score"] == record["recorded"]
    assert "Needed to learn" in (results / "smoke" / "report.html").read_text()
    again = gatewise(*command, "--architecture", "lstm", "--json")
    assert "sentiment" not in again.stderr
    assert json.loads(again.stdout) == [record]
    none = gatewise(*command, "--architecture", "mgu")
    assert none.returncode == 2
    assert "has no finished run of mgu on sentiment at seed 0" in none.stderr
