"""The views that MLflow's page opens on."""

from __future__ import annotations

import json

from mlflow.utils.validation import _validate_metric_name

from gatewise.benchmark.tracking import page

TASKS = {f"task-{k}": page.score_of(f"task-{k}", "accuracy", True) for k in range(40)}


def test_a_charts_metric_says_task_unit_and_direction_in_a_name_that_mlflow_takes():
    assert page.score_of("video", "accuracy", True) == "video: accuracy - up is better"
    assert page.score_of("xml", "nats", False) == "xml: nats - down is better"
    for name in (*TASKS.values(), page.score_of("a·b(c)", "x,y", False)):
        _validate_metric_name(name)


def test_the_page_opens_on_final_runs_one_chart_a_task():
    charts = page.views(dict(list(TASKS.items())[:3]))[page.CHARTS]
    assert charts["searchFilter"] == "tags.phase = 'final'"
    assert [c["metricKey"] for c in charts["compareRunCharts"]] == list(TASKS.values())[:3]
    (section,) = charts["compareRunSections"]
    assert {c["metricSectionId"] for c in charts["compareRunCharts"]} == {section["uuid"]}


def test_views_fit_into_a_tag_and_are_read_back():
    views = page.views(TASKS)
    assert max(len(json.dumps(view)) for view in views.values()) < 5000
    tags = {page.TAG + page.CHARTS: json.dumps(views[page.CHARTS])}
    assert page.charted(tags) == dict(list(TASKS.items())[: page.MOST_CHARTS])
    for damaged in ("{", "[]", '{"compareRunCharts": [{}]}'):
        assert page.charted({page.TAG + page.CHARTS: damaged}) == {}
