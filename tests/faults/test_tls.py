"""A Dask cluster that speaks to nobody without a certificate."""

from __future__ import annotations

import datetime
import os
import re
import shutil
import subprocess
import sys
import time
from ipaddress import ip_address

import pytest

from tests.faults.kit import RUNS, command, rows, running

pytest.importorskip("distributed", reason="Dask is not installed: pip install 'gatewise[dask]'")
pytest.importorskip("cryptography", reason="cryptography makes the certificate")
pytestmark = pytest.mark.slow


@pytest.fixture
def certificate(tmp_path):
    """A certificate of loopback that signs itself, and its key; as Dask's settings."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    (tmp_path / "tls.pem").write_bytes(made.public_bytes(pem))
    (tmp_path / "tls.key").write_bytes(key.private_bytes(pem, *plain))
    comm = "DASK_DISTRIBUTED__COMM__"
    sides = ("SCHEDULER", "WORKER", "CLIENT")
    return {
        f"{comm}REQUIRE_ENCRYPTION": "True",
        f"{comm}TLS__CA_FILE": str(tmp_path / "tls.pem"),
        **{f"{comm}TLS__{side}__CERT": str(tmp_path / "tls.pem") for side in sides},
        **{f"{comm}TLS__{side}__KEY": str(tmp_path / "tls.key") for side in sides},
    }


def test_a_command_with_the_certificate_is_served_and_one_without_is_told(
    tmp_path, certificate, undisturbed
):
    known, file = {**os.environ, **certificate}, tmp_path / "scheduler.json"
    module = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    shared = ["--scheduler-file", str(file), "--no-dashboard"]
    place = ["--protocol", "tls", "--host", "127.0.0.1", "--port", "0"]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", *shared, "--nthreads", "1"]
    with (
        running([*module, *shared, *place], env=known),
        running([*worker, "--local-directory", str(tmp_path)], env=known),
    ):
        while not file.exists():
            time.sleep(0.05)
        (address,) = re.findall(r"tls://[0-9.:]+", file.read_text())[:1]
        asked = command(tmp_path / "results", "--engine", "dask", "--address", address)
        stranger = subprocess.run(asked, capture_output=True, text=True, check=False)
        assert stranger.returncode == 2
        assert "Traceback" not in stranger.stderr
        assert stranger.stderr.startswith(f"gatewise: address '{address}': needs a certificate")
        shutil.rmtree(tmp_path / "results", ignore_errors=True)
        pem, key = tmp_path / "tls.pem", tmp_path / "tls.key"
        given = ["--tls-ca-file", pem, "--tls-cert", pem, "--tls-key", key]
        # By its own options, and once more by Dask's settings.
        for arguments, environment in (([*asked, *map(str, given)], None), (asked, known)):
            with running(arguments, env=environment) as process:
                said = process.communicate(timeout=300)
            assert process.returncode == 0, said
    assert len(rows(tmp_path / "results")) == RUNS
    assert rows(tmp_path / "results") == undisturbed
