"""A run that is killed leaves no secret behind: who watched it goes through what it wrote."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nothing watches a run there")

KILLED = """
import os, signal, sys
from pathlib import Path
from belljar.redaction import conceal
from belljar.runner.protocol import Protocol
from belljar.runner.supervision import note_running, supervised

class Gate:
    def watch(self):
        pass

def body():
    conceal(sys.argv[1], "KEY")
    note_running(f"shop_test.py::test_pay[{sys.argv[1]}]")
    protocol = Protocol.read()
    (protocol.outputs / "shop.log").write_text(f"paid with {sys.argv[1]}\\n")
    protocol.warnings.write_text(f"a warning of {sys.argv[1]}\\n")
    os.kill(os.getpid(), signal.SIGKILL)

raise SystemExit(supervised(body, "//shop:shop_test", Protocol.read(), Gate()))
"""


def test_outputs_message_and_junit_file_of_a_killed_run_have_no_secret(tmp_path: Path) -> None:
    secret = "sk_live_51Hq8Xv2KpLm9Zt"
    xml, warnings = tmp_path / "test.xml", tmp_path / "warnings"
    process = subprocess.run(
        [sys.executable, "-c", KILLED, secret],
        env=os.environ
        | {
            "PYTHONPATH": os.pathsep.join(sys.path),
            "TEST_UNDECLARED_OUTPUTS_DIR": str(tmp_path),
            "XML_OUTPUT_FILE": str(xml),
            "TEST_WARNINGS_OUTPUT_FILE": str(warnings),
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert process.returncode == 128 + 9
    named = "killed by SIGKILL before pytest had finished, in shop_test.py::test_pay[[secret KEY]]"
    assert named in process.stderr
    assert named in xml.read_text()
    assert (tmp_path / "shop.log").read_text() == "paid with [secret KEY]\n"
    assert warnings.read_text() == "a warning of [secret KEY]\n"
