"""`strike`: what the toxics of type valkey want to happen to a command."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import NamedTuple

from belljar.mocks.proxy.resp import key_slot
from belljar.mocks.proxy.session import PlannedCall, Wire
from belljar.mocks.proxy.striking import struck
from belljar.mocks.proxy.toxic import Toxic

__all__ = ["ERRORS", "Strike", "strike"]

# What the server says where the word alone is given.
ERRORS = {
    "ASK": "ASK {slot} {to}",
    "BUSY": "BUSY Valkey is busy running a script. You can only call SCRIPT KILL or "
    "SHUTDOWN NOSAVE.",
    "CLUSTERDOWN": "CLUSTERDOWN The cluster is down",
    "ERR": "ERR failed (by belljar)",
    "LOADING": "LOADING Valkey is loading the dataset in memory",
    "MASTERDOWN": "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    "MISCONF": "MISCONF Valkey is configured to save RDB snapshots, but it's currently unable to "
    "persist to disk.",
    "MOVED": "MOVED {slot} {to}",
    "NOAUTH": "NOAUTH Authentication required.",
    "OOM": "OOM command not allowed when used memory > 'maxmemory'.",
    "READONLY": "READONLY You can't write against a read only replica.",
    "TRYAGAIN": "TRYAGAIN Multiple keys request during rehashing of slot",
}
# Before the key there is a script, and how many keys there are; or a subcommand.
_KEY_AT = dict.fromkeys(("EVAL", "EVAL_RO", "EVALSHA", "EVALSHA_RO", "FCALL", "FCALL_RO"), 3) | {
    "OBJECT": 2,
    "XGROUP": 2,
    "XINFO": 2,
}


class Strike(NamedTuple):
    """What happens to one command, and by which toxic."""

    toxic: Toxic
    action: str
    delay: float
    noise: bytes = b""

    @property
    def how(self) -> str:
        """How the connection ends, where it does."""
        return str(self.toxic.values["how"])

    @property
    def size(self) -> int:
        """How many bytes of a reply pass before it is cut."""
        return int(self.toxic.values["bytes"])

    def error(self, command: Sequence[str]) -> str:
        """The error's text."""
        given = str(self.toxic.values["error"])
        text = ERRORS.get(given, given)
        slot = key_slot(command[1]) if len(command) > 1 else 0
        return text.replace("{slot}", str(slot)).replace("{to}", str(self.toxic.values["to"]))


def strike(wire: Wire, toxics: Sequence[Toxic], command: Sequence[str]) -> Strike | None:
    """Return what is to happen: the first toxic's action, and the delays of all; None: nothing."""
    meant = [
        toxic for toxic in toxics if toxic.kind.protocol == "valkey" and _meant(toxic, command)
    ]
    found = struck(wire, meant, lambda: _call(command), lambda: " ".join(command[:2])[:200])
    return Strike(*found) if found else None


def _call(command: Sequence[str]) -> PlannedCall:
    """Return what fault plans tell a command by: its name, and its first key."""
    name = command[0].upper()
    keyed = command[_KEY_AT.get(name, 1) :]
    return name, {"command": name, "key": keyed[0] if keyed else ""}


def _meant(toxic: Toxic, command: Sequence[str]) -> bool:
    values = toxic.values
    name = str(values["command"]).upper()
    if name:
        said = command[0].upper() if command else ""
        subcommand = f"{said} {command[1].upper()}" if len(command) > 1 else said
        if not {said, subcommand} & {one.strip() for one in name.split("|")}:
            return False
    key, regex = str(values["key"]), str(values["regex"])
    if key and not any(fnmatchcase(argument, key) for argument in command[1:2]):
        return False
    return not regex or bool(_compiled(regex).search(" ".join(command)))


@lru_cache(maxsize=256)
def _compiled(regex: str) -> re.Pattern[str]:
    return re.compile(regex)
