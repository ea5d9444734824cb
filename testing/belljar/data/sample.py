"""`library_of`: what data comes of the installed Faker: its version, the locales, and a hash over a sample of values.

Faker's data changes with its versions. The sample is drawn from one seed, so its hash changes when the data does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from belljar.data.errors import BadDataSetting
from belljar.data.fingerprint import Tally
from belljar.data.locales import locales_of

__all__ = ["Library", "library_of"]

_TIMES = 4
_METHODS = """
    name first_name last_name prefix email ascii_email safe_email user_name domain_name url ipv6 address city
    street_address postcode country country_code company catch_phrase job phone_number ssn iban bban swift
    credit_card_number credit_card_expire currency_code pricetag ean13 isbn13 license_plate date_of_birth date_time
    date_time_this_year past_date future_date iso8601 timezone word sentence paragraph text slug file_name mime_type
    color_name hex_color md5 uuid4 password user_agent boolean pyint pyfloat pydecimal pystr random_int
    random_element random_letter latitude longitude locale
"""


@dataclass(frozen=True)
class Library:
    """A Faker's version and locales, and the hash over what it gives."""

    version: str
    locales: tuple[str, ...]
    digest: str

    def __str__(self) -> str:
        return f"{self.version} {','.join(self.locales)} {self.digest}"

    @classmethod
    def parse(cls, text: str, place: str) -> Library:
        """Give what the ini file says; a text that is none raises BadDataSetting."""
        words = text.split()
        if len(words) != 3 or len(words[2]) != 16:
            raise BadDataSetting(
                f"{text!r} is no fingerprint of a data library",
                place=place,
                choices=["VERSION LOCALE[,LOCALE...] HASH, as `40.54.0 en_US 0123456789abcdef`"],
                fix="take the line that a run with data prints, or leave it out",
            )
        return cls(words[0], tuple(words[1].split(",")), words[2])


def library_of(locale: str | Sequence[str], place: str = "locale") -> Library:
    """Give what data comes of the installed Faker in a locale, or in several."""
    return _sampled(tuple(locales_of(locale, place)))


@cache
def _sampled(locales: tuple[str, ...]) -> Library:
    import faker

    from belljar.data.faker_clone import clone
    from belljar.data.fakers import model_of

    tally = Tally()
    for name in locales:
        fake = clone(model_of((name,)), 0, tally)
        for method in _METHODS.split():
            draw = getattr(fake, method, None)
            if draw is None:
                tally.note(name, f"no {method}")
                continue
            for _ in range(_TIMES):
                draw()
    return Library(faker.VERSION, locales, tally.hexdigest())
