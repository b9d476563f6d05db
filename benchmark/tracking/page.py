"""MLflow's page over our runs: the views that it opens on, and their addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gatewise.benchmark.tracking.address import EXPERIMENT, TrackingUnreachable, public

TAG, VIEW, CHARTS = "mlflow.sharedViewState.", "gatewise", "architectures"
VIEWS: Mapping[str, Mapping[str, Any]] = {
    VIEW: {
        "orderByKey": "attributes.start_time",
        "orderByAsc": False,
        "selectedColumns": [
            *("metrics.`test_score`", "metrics.`validation_score`"),
            *("params.`architecture`", "params.`seed`", "params.`task`"),
            *("tags.`phase`", "tags.`status`", "tags.`unit`"),
        ],
    },
    CHARTS: {
        "searchFilter": "tags.phase = 'final'",
        "groupBy": {
            "aggregateFunction": "average",
            "groupByKeys": [
                {"mode": "tag", "groupByData": "task"},
                {"mode": "tag", "groupByData": "architecture"},
            ],
        },
    },
}
"""Views of the runs by name, in the form in which MLflow's page keeps a view that is shared: the
columns that matter first, and charts of final runs, averaged over seeds."""


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
    return path(found.experiment_id, VIEW if TAG + VIEW in found.tags else "")


def path(experiment_id: str, view: str) -> str:
    """Path of an experiment's runs on the page, in one of :data:`VIEWS` if one is named."""
    shown = f"&viewStateShareKey={view}" if view else ""
    shown += "&compareRunsMode=CHART" if view == CHARTS else ""
    return f"#/experiments/{experiment_id}/runs?workflowType=machine_learning{shown}"
