"""`ReservedProvider`: e-mail addresses, telephone numbers, hosts and IP addresses that are reserved for examples."""

from __future__ import annotations

from belljar.data.providers.base import OwnProvider

__all__ = ["ReservedProvider"]

_WORDS = "amber birch cedar delta ember flint grove heron ivory juniper kestrel lumen"
# RFC 2606 and RFC 6761: they resolve to nobody's mailbox.
_DOMAIN = "example.com"
# RFC 5737.
_BLOCKS = ("192.0.2", "198.51.100", "203.0.113")
# Blocks that each country's regulator keeps for films and books: prefix, and how many digits follow.
_DRAMA = {
    "AU": ("+614915701", 2),
    "DE": ("+493023125", 3),
    "FR": ("+33199000", 3),
    "GB": ("+447700900", 3),
    "SE": ("+46701740", 3),
    "US": ("+1{area}55501", 2),
}
_AREAS = ("202", "206", "212", "303", "312", "404", "415", "503", "512", "617", "702", "808")


class ReservedProvider(OwnProvider):
    """Where nothing that a test sends can arrive."""

    __provider__ = "belljar.reserved"

    def reserved_email(self, local: str | None = None) -> str:
        """Give an address at example.com, where nobody gets mail."""
        if local is None:
            local = f"{self._word()}.{self._word()}{self.generator.random.randint(1, 9999)}"
        return f"{local}@{_DOMAIN}"

    def reserved_host(self) -> str:
        """Give a host name below example.com."""
        return f"{self._word()}-{self.generator.random.randint(1, 9999)}.{_DOMAIN}"

    def reserved_url(self, path: str | None = None) -> str:
        """Give an https URL of a host below example.com; with a path of one word unless it is said."""
        host = self.reserved_host()
        return f"https://{host}/{(self._word() if path is None else path).lstrip('/')}"

    def reserved_phone_number(self) -> str:
        """Give a number, in E.164, that the locale's country has for fiction; else one of the United States'."""
        prefix, digits = _DRAMA.get(self._country, _DRAMA["US"])
        prefix = prefix.format(area=self._draw(_AREAS))
        return f"{prefix}{self.generator.random.randrange(10**digits):0{digits}}"

    def documentation_ipv4(self) -> str:
        """Give an address of the blocks for documentation: 192.0.2.0/24, 198.51.100.0/24 or 203.0.113.0/24."""
        return f"{self._draw(_BLOCKS)}.{self.generator.random.randint(1, 254)}"

    def documentation_ipv6(self) -> str:
        """Give an address of 2001:db8::/32, which is for documentation."""
        groups = (f"{self.generator.random.getrandbits(16) | 0x1000:x}" for _ in range(6))
        return f"2001:db8:{':'.join(groups)}"

    def loopback_ipv4(self) -> str:
        """Give an address of 127.0.0.0/8 other than 127.0.0.1, which somebody may listen at."""
        chance = self.generator.random
        return f"127.{chance.randint(1, 254)}.{chance.randint(0, 255)}.{chance.randint(1, 254)}"

    def _word(self) -> str:
        return self._draw(_WORDS.split())
