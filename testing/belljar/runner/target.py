"""Target: what a generated main file knows of its test target."""


class Target:
    """A pytest target: its label, layer, ini file and sources (runfiles paths)."""

    # Not a dataclass: this is imported while the search path is still long.
    def __init__(self, *, label: str, layer: str, config: str, sources: list[str]) -> None:
        self.label = label
        self.layer = layer
        self.config = config
        self.sources = sources
