"""`Mailbox`: the mails of one namespace, who may log in there, and who waits for the next one."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from belljar.mocks.email.messages import Message

__all__ = ["KEPT", "Mailbox"]

# The oldest go first, as soon as there are more, or more bytes; the latest always stays.
KEPT = 1000
KEPT_BYTES = 256 << 20


class Mailbox:
    """Mails in the order in which they came. One thread, that of the server, uses it."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.accounts: dict[str, str] = {}
        self.dropped = 0
        self._size = 0
        self._messages: OrderedDict[str, Message] = OrderedDict()
        self._number = 0
        self._waiting: set[asyncio.Future[None]] = set()

    def next_id(self) -> str:
        """Return the id of the next mail: its number here."""
        self._number += 1
        return str(self._number)

    def add(self, message: Message) -> None:
        """Take a mail, and wake who waits."""
        self._messages[message.id] = message
        self._size += len(message.raw)
        while len(self._messages) > KEPT or (self._size > KEPT_BYTES and len(self._messages) > 1):
            self._size -= len(self._messages.popitem(last=False)[1].raw)
            self.dropped += 1
        self.wake()

    def wake(self) -> None:
        """Let those who wait look again."""
        for one in self._waiting:
            if not one.done():
                one.set_result(None)
        self._waiting.clear()

    def get(self, message_id: str) -> Message | None:
        """Return a mail by its id."""
        return self._messages.get(message_id)

    def find(
        self, *, to: str = "", subject: str = "", sender: str = "", after: int = 0
    ) -> list[Message]:
        """Return the mails that are as asked for and came after that number."""
        return [
            one
            for one in self._messages.values()
            if int(one.id) > after and one.matches(to, subject, sender)
        ]

    def delete(self, message_id: str) -> bool:
        """Tell whether there was one to delete."""
        gone = self._messages.pop(message_id, None)
        self._size -= len(gone.raw) if gone is not None else 0
        return gone is not None

    def clear(self) -> int:
        """Delete all; return how many there were. Numbers go on."""
        count = len(self._messages)
        self._messages.clear()
        self._size = 0
        return count

    async def wait(
        self, seconds: float, *, to: str = "", subject: str = "", sender: str = "", after: int = 0
    ) -> list[Message]:
        """Return the mails that are as asked for, as soon as there is one; none after so long."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while not (found := self.find(to=to, subject=subject, sender=sender, after=after)):
            left = until - loop.time()
            if left <= 0:
                return []
            coming = loop.create_future()
            self._waiting.add(coming)
            try:
                await asyncio.wait([coming], timeout=left)
            finally:
                self._waiting.discard(coming)
        return found
