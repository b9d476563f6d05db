from __future__ import annotations

from gatewise.tasks.sentiment_zh import reviews


def test_every_review_once_and_none_of_both_classes():
    found = reviews("不好 看\n太差\n太差\n一般\n\n", "一般\n很好\n 很好\n")
    assert found == [("不好看", False), ("太差", False), ("很好", True)]
