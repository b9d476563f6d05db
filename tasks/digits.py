"""Scikit-learn's 1,797 handwritten digits of 8 × 8 pixels, for the tasks that draw with them."""

from __future__ import annotations

import numpy as np

from gatewise.tasks.task import Array, Source

SIDE = 8
CLASSES, INK = 10, 16
SOURCE = Source(
    "Alpaydin & Kaynak, Optical Recognition of Handwritten Digits, UCI 1998 (scikit-learn)",
    "CC BY 4.0",
)


def handwritten() -> list[tuple[Array, Array]]:
    """Images ``uint8 [images, 8, 8]`` and their classes: test, validation and training ones.

    Ink is from 0 to 16. A fifth of all images is for the test split and a tenth for validation.
    """
    from sklearn.datasets import load_digits

    images, classes = load_digits(return_X_y=True)
    images = images.reshape(-1, SIDE, SIDE).astype(np.uint8)
    order = np.random.default_rng(0).permutation(len(images))
    cuts = np.split(order, [int(0.2 * len(order)), int(0.3 * len(order))])
    return [(images[rows], classes[rows]) for rows in cuts]
