from __future__ import annotations

import numpy as np
import pytest

from gatewise.tasks import pong
from gatewise.tasks.pong import CLASSES, directions


def test_directions_of_a_film_by_hand():
    nothing = (np.nan, np.nan)
    film = [(72, 90), (76, 86), (80, 88), (76, 90), (72, 86), (72, 80), nothing, (88, 40)]
    found = directions(np.array([film, film[::-1]], np.float32))
    names = [[CLASSES[k] if k >= 0 else "" for k in clip] for clip in found]
    assert names[0] == ["", "up right", "down right", "down left", "up left", "", "no ball", ""]
    assert names[1][:3] == ["", "no ball", ""]


@pytest.fixture
def plays(tmp_path, monkeypatch):
    pytest.importorskip("ale_py")
    monkeypatch.setenv("GATEWISE_DATA", str(tmp_path))


@pytest.mark.usefixtures("plays")
def test_every_class_is_scored_equally_often():
    split = pong.clips(40, 12, seed=3)
    scored = split.targets[split.weights > 0]
    counts = np.bincount(scored, minlength=len(CLASSES))
    assert counts.min() == counts.max() > 10
    assert not split.weights[:, 0].any()


@pytest.mark.usefixtures("plays")
def test_the_ball_is_where_the_emulators_memory_has_it():
    """Its bytes 49 and 54 are the ball's place, but for where their zero is."""
    from ale_py import ALEInterface

    seen = []

    class Watched(ALEInterface):
        def getScreenGrayscale(self):
            seen.append(self.getRAM()[[49, 54]].astype(int))
            return super().getScreenGrayscale()

    import ale_py

    original, ale_py.ALEInterface = ale_py.ALEInterface, Watched
    try:
        played = pong.play(400, seed=0)
    finally:
        ale_py.ALEInterface = original
    there = np.isfinite(played["ball"][:, 0])
    assert 100 < there.sum() < 400
    off = played["ball"][there] - np.array(seen)[there]
    # The ball is cut at the court's edges, which moves its middle.
    assert (np.abs(off - np.median(off, axis=0)) <= 2).mean() > 0.98


@pytest.mark.usefixtures("plays")
def test_a_square_shows_how_much_of_it_is_drawn():
    played = pong.play(60, seed=0)
    there = np.flatnonzero(np.isfinite(played["ball"][:, 0]))
    assert played["shown"].max() == pong.BALL_PIXELS
    for frame in there:
        x, y = (played["ball"][frame] // (pong.PIXELS // pong.SIDE)).astype(int)
        assert played["shown"][frame, y, x] > 0
