"""MLflow's page over our runs: the views that it opens on, and their addresses."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from gatewise.benchmark.tracking.address import EXPERIMENT, TrackingUnreachable, public

TAG, TABLE, CHARTS = "mlflow.sharedViewState.", "gatewise", "architectures"
MOST_CHARTS = 20
"""A tag of MLflow's holds 5,000 letters."""
SECTION = "test-scores"
KEY = re.compile(r"[^\w./ :-]", re.ASCII)
"""What MLflow allows in no key of a metric."""


def views(tasks: Mapping[str, str]) -> dict[str, Mapping[str, Any]]:
    """Views of the runs by name, in the form in which MLflow's page keeps a view that is shared.

    A table with the columns that matter first; and charts of final runs alone: one a task, a bar
    an architecture, which is the mean over seeds.

    Args:
        tasks: by task the metric of its chart, as of :func:`score_of`.
    """
    table = {
        "orderByKey": "attributes.start_time",
        "orderByAsc": False,
        "selectedColumns": [
            *("metrics.`test_score`", "metrics.`validation_score`"),
            *("params.`architecture`", "params.`seed`", "params.`task`"),
            *("tags.`phase`", "tags.`status`", "tags.`unit`"),
        ],
    }
    charts: dict[str, Any] = {
        "searchFilter": "tags.phase = 'final'",
        "groupBy": {
            "aggregateFunction": "average",
            "groupByKeys": [{"mode": "tag", "groupByData": "architecture"}],
        },
    }
    if tasks:
        section: dict[str, Any] = {
            "name": "Test scores",
            "uuid": SECTION,
            "display": True,
            "isReordered": True,
        }
        section |= {"columns": 2}
        shown = [_chart(task, metric) for task, metric in list(tasks.items())[:MOST_CHARTS]]
        charts |= {"compareRunSections": [section], "compareRunCharts": shown}
    return {TABLE: table, CHARTS: charts}


def _chart(task: str, metric: str) -> dict[str, Any]:
    return {
        "type": "BAR",
        "uuid": f"{SECTION}-{task}",
        "metricSectionId": SECTION,
        "metricKey": metric,
        "runsCountToCompare": 100,
        "isGenerated": False,
        "deleted": False,
    }


def score_of(task: str, metric: str, higher_is_better: bool) -> str:
    """The metric that holds the test score on one task; ``video: accuracy - up is better``.

    A chart shows one metric of all runs, under its name, in which no arrow is allowed.
    """
    better = "up" if higher_is_better else "down"
    return KEY.sub("_", f"{task}: {metric} - {better} is better")


def charted(tags: Mapping[str, str]) -> dict[str, str]:
    """By task the metric of its chart, of those that an experiment's tags hold."""
    try:
        charts = json.loads(tags.get(TAG + CHARTS, "{}")).get("compareRunCharts", ())
        return {c["uuid"].removeprefix(f"{SECTION}-"): c["metricKey"] for c in charts}
    except (ValueError, KeyError, TypeError, AttributeError):
        # Someone changed it; it is written anew.
        return {}


def page(uri: str) -> str:
    """Path of our runs on the MLflow page.

    Raises:
        TrackingUnreachable: the store holds no study.
    """
    from mlflow import MlflowClient

    found = MlflowClient(uri).get_experiment_by_name(EXPERIMENT)
    if found is None:
        raise TrackingUnreachable(f"tracking-uri {public(uri)!r}: holds no study; run one first")
    # A store of an earlier version may lack the view, and the page then complains.
    return path(found.experiment_id, CHARTS if TAG + CHARTS in found.tags else "")


def path(experiment_id: str, view: str) -> str:
    """Path of an experiment's runs on the page, in one of :func:`views` if one is named."""
    shown = f"&viewStateShareKey={view}" if view else ""
    shown += "&compareRunsMode=CHART" if view == CHARTS else ""
    return f"#/experiments/{experiment_id}/runs?workflowType=machine_learning{shown}"
