"""Settings that an earlier study left."""

from __future__ import annotations

import pytest

from gatewise.benchmark.studies.settings import InvalidSettings, Setting, read_settings

HEAD = "task,scale,architecture,match,learning_rate,clip_norm,dropout,batch_size\n"


def test_settings_are_read_from_what_a_study_left(tmp_path):
    path = tmp_path / "settings.csv"
    rows = "video,quick,lstm,parameters,0.01,0.5,0.25,64\nvideo,quick,lstm,width,0.1,1,0,32\n"
    path.write_text(HEAD + rows)
    assert read_settings(path) == (Setting("video", "lstm", 0.01, 0.5, 0.25, 64),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("task,architecture\nvideo,lstm\n", "line 2: learning_rate=None: allowed is a number"),
        (HEAD + "video,quick,lstm,width,0.1,1,0,many\n", "batch_size='many': allowed is a whole"),
        (HEAD + ",quick,lstm,width,0.1,1,0,16\n", "task='': allowed is a name"),
        (None, "No such file.*allowed is the settings.csv"),
    ],
)
def test_settings_that_are_none_are_refused(text, said, tmp_path):
    path = tmp_path / "settings.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InvalidSettings, match=said):
        read_settings(path)
