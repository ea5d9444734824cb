"""The public face of the email mock is complete."""

from __future__ import annotations

import belljar.mocks.email as package


def test_everything_on_the_menu_is_there_in_order() -> None:
    assert package.__all__ == sorted(
        package.__all__, key=lambda n: (n != n.upper(), n[0].islower(), n)
    )
    assert all(getattr(package, name) is not None for name in package.__all__)
