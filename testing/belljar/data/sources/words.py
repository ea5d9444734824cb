"""Words that texts are made of: short, plain, and never changed by another library's version."""

from __future__ import annotations

__all__ = ["CITIES", "COUNTRIES", "CURRENCIES", "FIRST_NAMES", "LAST_NAMES", "LOCALES", "WORDS"]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


WORDS = _words("""
    amber anchor apple arrow autumn bamboo basket beacon birch bottle bridge bright button candle canvas
    carbon castle cedar cherry circle clover cobalt copper coral cotton cradle crystal dawn desert drift
    ember feather fern field flint forest garden garnet ginger glass granite hammer harbor hazel honey island
    ivory jasmine jungle kettle lantern laurel lemon linen lotus maple marble meadow melon mirror mountain
    nectar nickel north oak ocean olive onyx orchid oyster paper pearl pebble pepper pine planet plum pocket
    poppy prairie quartz quiet rain raven ribbon river rocket saddle saffron sand sapphire shell silver slate
    smoke snow spruce stone summer sunset thistle thunder timber topaz tulip valley velvet violet walnut
    water willow winter wool yarn yellow zinc
""")
FIRST_NAMES = _words("""
    Ada Alan Amara Anya Ben Carla Chen Clara Dan Edith Elif Emil Fatima Felix Grace Hana Hugo Ines Ivan Jana
    Joan Jonas Kofi Lena Leo Lina Luis Mara Maya Mina Nils Noor Omar Otto Paula Priya Rosa Samir Sofia Tariq
    Tess Theo Uma Vera Wen Yara Yusuf Zoe
""")
LAST_NAMES = _words("""
    Abara Adler Aydin Becker Bell Costa Diaz Dubois Eriksen Falk Fischer Garcia Haddad Hill Ito Jansen Kaya
    Khan Kim Kowalski Kumar Lang Lind Lopez Meyer Mori Nakamura Nielsen Novak Okafor Olsen Park Patel Petrov
    Ramos Rossi Sato Schmidt Silva Singh Smith Sousa Tanaka Torres Vogel Wagner Weber Wong
""")
CITIES = _words("""
    Bergen Cork Delft Evora Graz Lund Lyon Porto Riga Siena Tartu Turku Utrecht York
""")
COUNTRIES = _words("""
    AT BE CA CH DE DK ES FI FR GB IE IT JP NL NO PT SE US
""")
CURRENCIES = _words("""
    CAD CHF DKK EUR GBP JPY NOK SEK USD
""")
LOCALES = _words("""
    de-DE en-GB en-US es-ES fr-FR it-IT nl-NL pt-PT sv-SE
""")
