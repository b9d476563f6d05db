"""Options of a cluster, as they are typed."""

from __future__ import annotations

import pytest

from gatewise.benchmark.cli import clusters
from gatewise.benchmark.cli.options import InvalidOption


def test_what_a_group_needs_is_read():
    assert clusters.amounts("resources", "GPU=1,memory=2e9") == {"GPU": 1, "memory": 2e9}
    with pytest.raises(InvalidOption, match="allowed is NAME=AMOUNT"):
        clusters.amounts("resources", "GPU")


def test_a_certificate_is_three_files_or_none(tmp_path):
    pem = tmp_path / "tls.pem"
    pem.write_text("")
    assert clusters.certificate(None, None, None) is None
    assert clusters.certificate(pem, pem, pem) == (pem, pem, pem)
    with pytest.raises(InvalidOption, match="--tls-key missing: allowed is a PEM file"):
        clusters.certificate(pem, pem, None)
    with pytest.raises(InvalidOption, match=r"--tls-cert '.*other.pem': allowed is a PEM file"):
        clusters.certificate(pem, tmp_path / "other.pem", pem)
