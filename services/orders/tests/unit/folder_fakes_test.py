"""The fakes in folders: what one process keeps, another one that uses the folder finds."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.orders.fakes.folder_emails import FolderEmails
from services.orders.fakes.folder_payments import FolderPayments
from services.orders.fakes.folder_storage import FolderStorage
from services.orders.money import Money
from services.orders.outside.emails import EmailsUnavailable, Message
from services.orders.outside.payments import Declined, PaymentsUnavailable
from services.orders.outside.storage import StorageUnavailable

MESSAGE = Message(to="ada@example.com", subject="Receipt ü", text="Total: 25.00 €\n")
PRICE = Money(1250, "EUR")


@pytest.mark.parametrize("key", ["receipts/ord_1.txt", "../escape", ".", "", "ü:*?"])
def test_an_object_is_found_under_its_key_by_everybody(tmp_path: Path, key: str) -> None:
    """Whatever the key is made of, it is one file inside the folder."""
    FolderStorage(tmp_path).put(key, b"first", content_type="text/plain")
    FolderStorage(tmp_path).put(key, b"second", content_type="text/plain")
    assert FolderStorage(tmp_path).get(key) == b"second"
    assert len(list(tmp_path.iterdir())) == 1


def test_an_object_that_nobody_kept_is_none(tmp_path: Path) -> None:
    assert FolderStorage(tmp_path).get("receipts/none.txt") is None


def test_a_message_is_in_everybodys_inbox(tmp_path: Path) -> None:
    FolderEmails(tmp_path).send(MESSAGE)
    FolderEmails(tmp_path).send(MESSAGE)
    assert FolderEmails(tmp_path).inbox() == [MESSAGE, MESSAGE]


def test_a_key_charges_once_whoever_asks_and_how_often(tmp_path: Path) -> None:
    """Eight at the same moment get one charge's reference; another key gets another."""

    def charge(_: int) -> str:
        mine = FolderPayments(tmp_path)
        return mine.charge(PRICE, method="pm_card_visa", order_id="ord_1", key="k1").reference

    with ThreadPoolExecutor(8) as pool:
        references = set(pool.map(charge, range(8)))
    other = FolderPayments(tmp_path).charge(
        PRICE, method="pm_card_visa", order_id="ord_2", key="k2"
    )
    assert len(references) == 1
    assert other.reference not in references
    charges = FolderPayments(tmp_path).charges()
    assert sorted((made.order_id, made.amount) for made in charges) == [
        ("ord_1", PRICE),
        ("ord_2", PRICE),
    ]


def test_a_declined_method_charges_nothing(tmp_path: Path) -> None:
    payments = FolderPayments(tmp_path)
    with pytest.raises(Declined) as declined:
        payments.charge(PRICE, method="pm_card_chargeDeclined", order_id="ord_1", key="k1")
    assert declined.value.code == "generic_decline"
    assert payments.charges() == []


def _put(folder: Path) -> None:
    FolderStorage(folder).put("key", b"", content_type="text/plain")


def _charge(folder: Path) -> None:
    FolderPayments(folder).charge(PRICE, method="pm_card_visa", order_id="ord_1", key="k1")


@pytest.mark.parametrize(
    ("use", "error"), [(_put, StorageUnavailable), (_charge, PaymentsUnavailable)]
)
def test_a_folder_that_is_gone_is_a_service_that_is_down(
    tmp_path: Path, use: Callable[[Path], None], error: type[Exception]
) -> None:
    with pytest.raises(error, match=r"cannot be kept: .*No such file"):
        use(tmp_path / "gone")


def test_a_mailbox_that_is_gone_takes_no_message(tmp_path: Path) -> None:
    """As a mail server that is down: the message may be sent later."""
    emails = FolderEmails(tmp_path)
    (tmp_path / "tmp").rmdir()
    with pytest.raises(EmailsUnavailable, match=r"mail to ada@example.com cannot be kept"):
        emails.send(MESSAGE)
