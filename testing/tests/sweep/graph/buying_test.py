"""A test of the little shop under Bazel: what //testing:sweep is tried with."""

from __future__ import annotations

import json
import urllib.request

from belljar.services import Services


def test_a_customer_buys(services: Services) -> None:
    url = services["shop"].url + "/orders"
    request = urllib.request.Request(url, json.dumps({"amount": 2500}).encode())
    with urllib.request.urlopen(request, timeout=30) as response:
        assert json.loads(response.read())["status"] == "paid"
