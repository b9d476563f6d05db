"""Where the ball of a video game is going, frame by frame.

    frame    1          2          3          4          5        6          7
    ball at  (72, 90)   (76, 86)   (80, 82)   (76, 78)   -        -          (88, 40)
    label    ;          up right   up right   up left    no ball  no ball    ;

Atari's Pong, a frame of every four, in the Arcade Learning Environment (Bellemare et al. 2013). One
player is the game's own, the other follows the ball and moves at random in three steps of ten. The
court of 160 × 160 pixels is shrunk to 20 × 20: how many pixels of each square are no background,
1 for as many as the ball has. The ball's direction is the sign of its steps across and down since
the frame before, so one frame cannot show it. What has none is not scored (``;``), nor is a clip's
first frame. Of the others as many of each class are scored, by lot, so that the share of right
frames is the mean over classes (macro accuracy). Each split is a play of its own. The baseline
classifies single frames, in which it sees where ball and paddles are.
"""

from __future__ import annotations

import numpy as np

from gatewise.tasks.extras import EXTRAS, kept_of, verify
from gatewise.tasks.task import (
    Array,
    Baseline,
    Dataset,
    Frames,
    Levels,
    Metric,
    Pattern,
    Recipe,
    Scale,
    Split,
    Task,
)
from gatewise.tasks.video import single_frames

NAME = "pong"
CLASSES = ("no ball", "up left", "down left", "up right", "down right")
COURT, PIXELS = slice(34, 194), 160
"""Rows of the screen between the walls; the screen's width."""
BACKGROUND, PADDLE, BALL = 87, 147, 236
"""Their greys in the court."""
SIDE = 20
BALL_PIXELS = 8
SKIP = 4
RANDOM = 0.3


def play(frames: int, seed: int) -> dict[str, Array]:
    """A play from its start.

    Returns:
        ``shown``, ``uint8 [frames, 20, 20]``: how many of each square's 64 pixels are no
        background, 8 at most; ``ball``, ``float32 [frames, 2]``: pixels across and down to the
        ball's middle, NaN where there is none.

    Raises:
        OtherData: the game is not the recorded one.
    """
    from ale_py import Action, ALEInterface, LoggerMode, roms

    rom = roms.get_rom_path(NAME)
    verify(NAME, rom.read_bytes())
    ALEInterface.setLoggerMode(LoggerMode.Error)
    game, generator = ALEInterface(), np.random.default_rng(seed)
    game.setInt("random_seed", 0)
    game.setInt("frame_skip", SKIP)
    game.setFloat("repeat_action_probability", 0.0)
    game.loadROM(rom)
    moves = game.getMinimalActionSet()
    shown = np.zeros((frames, SIDE, SIDE), np.uint8)
    balls = np.full((frames, 2), np.nan, np.float32)
    square = PIXELS // SIDE
    for frame in range(frames):
        court = game.getScreenGrayscale()[COURT]
        drawn = (court != BACKGROUND).reshape(SIDE, square, SIDE, square).sum(axis=(1, 3))
        shown[frame] = np.minimum(drawn, BALL_PIXELS)
        y, x = np.nonzero(court == BALL)
        move, paddle = Action.FIRE, np.nonzero(court[:, PIXELS // 2 :] == PADDLE)[0]
        if len(y):
            balls[frame] = x.mean(), y.mean()
            above = paddle.mean() - y.mean() if len(paddle) else 0.0
            # The paddle is turned by hand: right is up.
            move = (Action.LEFT, Action.NOOP, Action.RIGHT)[int(np.sign(above // square)) + 1]
        game.act(moves[generator.integers(len(moves))] if generator.random() < RANDOM else move)
        if game.game_over():
            game.reset_game()
    return {"shown": shown, "ball": balls}


def directions(balls: Array) -> Array:
    """Class of every frame, -1 where it has none: ``[clips, frames, 2]`` to ``[clips, frames]``."""
    steps = np.diff(balls, axis=1, prepend=np.nan)
    across, down = steps[..., 0], steps[..., 1]
    moving = (across != 0) & (down != 0) & np.isfinite(across)
    found = np.where(moving, 1 + 2 * (across > 0) + (down > 0), -1)
    found[np.isnan(balls[..., 0])] = 0
    found[:, 0] = -1
    return found


def build(train: int, validation: int, test: int, frames: int) -> Dataset:
    """Clips of one play after another, at most as many as asked for."""
    trained, validated, tested = (
        clips(count, frames, seed) for seed, count in enumerate((train, validation, test))
    )
    return Dataset(
        train=trained,
        validation=validated,
        test=tested,
        inputs={"frames": Frames(SIDE, SIDE, 48)},
        classes=len(CLASSES),
    )


def clips(count: int, frames: int, seed: int) -> Split:
    """A play cut into clips; those in which nothing is scored are left out."""
    options = {"frames": count * frames, "seed": seed}
    played = kept_of(NAME, __file__, options, lambda: play(**options))
    targets = directions(played["ball"].reshape(count, frames, 2))
    weights = np.zeros(targets.shape, np.float32)
    places = [np.argwhere(targets == number) for number in range(len(CLASSES))]
    generator = np.random.default_rng(seed)
    for found in places:
        weights[tuple(generator.permutation(found)[: min(map(len, places))].T)] = 1
    films = played["shown"].reshape(count, frames, SIDE, SIDE)
    rows = np.flatnonzero(weights.any(axis=1))
    return Split(
        inputs={"frames": Levels(films[rows], BALL_PIXELS)},
        lengths=np.full(len(rows), frames, np.int32),
        targets=np.maximum(targets, 0)[rows].astype(np.int32),
        weights=weights[rows],
    )


def baselines(dataset: Dataset) -> tuple[Baseline, ...]:
    """A classifier of single frames."""
    right = single_frames(dataset)[dataset.test.weights > 0]
    return (Baseline("classifier of single frames", float(right.mean()), "accuracy"),)


def _scale(train: int, validation: int, test: int, frames: int, epochs: int) -> Scale:
    options = {"train": train, "validation": validation, "test": test, "frames": frames}
    return Scale(options, Recipe(parameters=40_000, epochs=epochs))


TASK = Task(
    name=NAME,
    summary="direction of the ball in Pong, frame by frame, or that there is none",
    pattern=Pattern.SYNCHRONOUS,
    metric=Metric("accuracy", "share of frames"),
    margin=0.02,
    source=EXTRAS[NAME].source,
    scales={
        "smoke": _scale(64, 48, 64, 12, epochs=1),
        "quick": _scale(2000, 300, 2100, 16, epochs=5),
        "standard": _scale(6000, 500, 2500, 24, epochs=8),
        "paper": _scale(10_000, 1000, 4000, 32, epochs=15),
    },
    build=build,
    baselines=baselines,
    extra=NAME,
    frames=True,
)
