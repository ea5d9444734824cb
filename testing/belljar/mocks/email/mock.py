"""`EmailMock`: the model with what belongs to a server: mail on one side, HTTP on the other.

| over HTTP, besides the control API of every mock | |
|---|---|
| `GET /` | a page for a person to look at the mail; `/?namespace=NAME` |
| `GET /ca.pem` | what to trust for STARTTLS and TLS |

and below `/_belljar/ns/NAME/` what `belljar.mocks.email.controlling` has.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from types import MappingProxyType

from belljar.mocks.control_api import PREFIX, ControlApi, Controlled
from belljar.mocks.email.certificates import Certificates
from belljar.mocks.email.controlling import ROUTES, control
from belljar.mocks.email.listening import Listeners
from belljar.mocks.email.mailbox import Mailbox
from belljar.mocks.email.page import page
from belljar.mocks.email.smtp import SIZE
from belljar.mocks.email.transaction import BOUNDARY, MailServer
from belljar.mocks.http import Request, Response
from belljar.mocks.namespaces import Namespace

__all__ = ["EmailMock"]


class EmailMock(Controlled[Mailbox]):
    """An app for the HTTP side; `listeners` are the ports by which mail comes in.

    With `each_its_own` every namespace that asks for ports has them for itself.
    """

    name = "email"
    routes: tuple[str, ...] = ROUTES
    boundaries: Mapping[str, str] = MappingProxyType({BOUNDARY: "smtp"})

    def __init__(
        self,
        certificates: Certificates,
        *,
        size: int = SIZE,
        each_its_own: bool = False,
        listening: type[Listeners] = Listeners,
    ) -> None:
        self._authority = certificates.authority
        self._api = ControlApi(self)
        mail = MailServer(self._api.namespaces, self._api.faults)
        self.listeners = listening(mail, certificates, size=size, each_its_own=each_its_own)

    def __call__(self, request: Request) -> Response | Awaitable[Response]:
        """Answer a request."""
        if request.path.startswith(PREFIX):
            return self._api(request)
        return page(request, self._authority)

    def new(self, namespace: str) -> Mailbox:
        """An empty mailbox."""
        return Mailbox(namespace)

    def drop(self, state: Mailbox) -> None:
        """Let those who wait for its mail look again."""
        state.wake()

    def control(
        self, space: Namespace[Mailbox], request: Request, route: str
    ) -> Response | Awaitable[Response] | None:
        """The answer of the mock's own control routes."""
        if route == "ports" and request.method in ("GET", "POST"):
            return self._ports(space.name, own=request.method == "POST")
        if route == "authority" and request.method == "GET":
            return Response.of_json({"pem": self._authority.decode()})
        return control(space.state, request, route)

    async def _ports(self, name: str, *, own: bool) -> Response:
        ports = await self.listeners.of(name, own=own)
        return Response.of_json({"smtp": ports.smtp, "smtps": ports.smtps})
