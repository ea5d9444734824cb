"""The contracts of payments, storage and email: the model in the process does what the server does, in every call."""

from __future__ import annotations

from belljar.faults.boundary import RemoteBoundary
from belljar.mocks.payments.calls import ROUTES, find
from belljar.mocks.registry import Record, contract_tests, entry
from belljar.mocks.storage.operations import names

TestPayments = contract_tests("payments")
TestStorage = contract_tests("storage")
TestEmail = contract_tests("email")


def test_every_endpoint_of_payments_is_in_its_contract() -> None:
    found = entry("payments")
    server = found.start_inside()
    asked = set()
    for operation in found.operations:
        client = found.make_client(server.url, "all")
        client.reset()
        operation(client, Record())
        for each in client.journal():
            route = find(each["method"], each["path"].partition("?")[0])
            asked |= {route[0].shown} if route else set()
    server.close()
    assert {route.shown for route in ROUTES.values()} - asked == set()


def test_every_call_of_storage_is_in_its_contract() -> None:
    found = entry("storage")
    server = found.start_inside()
    client = found.make_client(server.url, "all")
    boundary = RemoteBoundary("storage", "storage", client.url, client.namespace)
    asked = set()
    for operation in found.operations:
        client.reset()
        boundary.watch()
        operation(client, Record())
        asked |= {each.call.get("operation") for each in boundary.calls()}
    client.close()
    server.close()
    assert set(names()) - asked == set()
    assert {"CopyObject", "ListObjectsV2", "UploadPartCopy"} <= asked


def test_every_command_of_smtp_is_in_the_contract_of_email() -> None:
    found = entry("email")
    server = found.start_inside()
    asked = set()
    for operation in found.operations:
        client = found.make_client(server.url, "all")
        client.reset()
        operation(client, Record())
        asked |= {each["method"] for each in client.journal()}
    server.close()
    commands = {"CONNECT", "EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "MESSAGE"}
    assert commands | {"RSET", "NOOP", "QUIT"} <= asked
