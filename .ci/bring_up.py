"""Brings up a service as a person does, asks it whether it is ready, and ends it with Ctrl-C.

python3 .ci/bring_up.py //services/orders:up orders /readyz
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

PATIENCE = 300


def main(target: str, service: str, path: str) -> int:
    """Gives the exit code of the command, which a Ctrl-C ends with 0."""
    with tempfile.TemporaryDirectory() as folder:
        addresses = Path(folder, "addresses.json")
        command = ["./bazelw", "run", target, "--", "--json", str(addresses)]
        process = subprocess.Popen(command, start_new_session=True)
        until = time.monotonic() + PATIENCE
        while not addresses.exists():
            if process.poll() is not None or time.monotonic() > until:
                print(f"{target} did not come up (exit code {process.returncode})")
                return 1
            time.sleep(0.1)  # between two looks: the command writes the file when all is up
        url = json.loads(addresses.read_text(encoding="utf-8"))["services"][service]["url"]
        with urllib.request.urlopen(url + path, timeout=10) as answer:
            print(f"{url}{path}: {answer.status}")
        os.killpg(process.pid, signal.SIGINT)
        return process.wait(60)


sys.exit(main(*sys.argv[1:]))
