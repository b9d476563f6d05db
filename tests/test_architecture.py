"""The picture of the house is that of its imports."""

from __future__ import annotations

from docs import architecture


def test_the_picture_is_not_stale():
    assert architecture.PICTURE.read_text(encoding="utf-8") == architecture.picture(), "make docs"


def test_no_room_imports_another_in_a_circle():
    found = architecture.arrows()
    above = architecture.floors(found)
    at = {name: level for level, row in enumerate(above) for name in row}
    assert all(at[there] < at[here] for here in found for there in found[here])


def test_every_room_is_described():
    page = architecture.PICTURE.with_suffix(".md").read_text(encoding="utf-8")
    rooms = {name.partition(".")[2] or name for name in architecture.arrows()}
    assert all(f"`{name}`" in page or f"**{name}**" in page for name in rooms)
