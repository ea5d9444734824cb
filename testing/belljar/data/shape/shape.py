"""`Shape` and `Field`: what a model's instances are made of, whatever library it is written with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from belljar.data.shape.limits import NO_LIMITS, Limits

if TYPE_CHECKING:
    from belljar.data.shape.checks import Check

__all__ = ["MISSING", "Field", "Relation", "Shape"]


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Any = _Missing()


@dataclass(frozen=True, eq=False)
class Field:
    """One field of a model.

    `name` is the attribute's, `column` the one in its table (None if there is none). `type` is a
    Python type as annotated, without None and without metadata. `default` is a value, or MISSING;
    `default_factory` makes one. A `computed` field is made by the server, or by the model.
    """

    name: str
    type: Any
    nullable: bool = False
    default: Any = MISSING
    default_factory: Callable[[], Any] | None = None
    unique: bool = False
    primary: bool = False
    limits: Limits = NO_LIMITS
    computed: bool = False
    column: str | None = None
    refers_to: Callable[[], tuple[Shape, Field]] | None = None
    # SQLAlchemy's column, for what needs the database's own type.
    origin: Any = None

    @cached_property
    def refers(self) -> tuple[Shape, Field] | None:
        """The model and the field that this one's values are of; None for no foreign key."""
        return None if self.refers_to is None else self.refers_to()

    @property
    def optional(self) -> bool:
        """Whether an instance can be made without it."""
        return (
            self.nullable
            or self.computed
            or self.default is not MISSING
            or self.default_factory is not None
        )

    def __repr__(self) -> str:
        return f"<Field {self.name}: {getattr(self.type, '__name__', self.type)}>"


@dataclass(frozen=True, eq=False)
class Relation:
    """A reference from one model to another: a foreign key, a relationship() or both.

    `name` is the relationship's attribute, or None if there are only columns. `pairs` are this
    side's fields and the other side's, by name. `many` of them are on the other side, and `back` is what the
    other side calls this one. `secondary` is for those through a table of their own.
    """

    name: str | None
    target: Callable[[], Any]
    pairs: tuple[tuple[str, str], ...]
    required: bool = False
    many: bool = False
    back: str | None = None
    secondary: bool = False
    viewonly: bool = False
    # list, set or dict-like, for one-to-many.
    collection: bool = False

    @cached_property
    def model(self) -> Any:
        """The model on the other side."""
        return self.target()

    @property
    def local(self) -> tuple[str, ...]:
        """The names of this side's fields."""
        return tuple(here for here, _ in self.pairs)


@dataclass(frozen=True, eq=False)
class Shape:
    """What a model's instances are made of.

    `kind` is `dataclass`, `pydantic`, `sqlalchemy`, `table` or `class`. `name` is the table's, or the
    model's where there is none. `uniques` are the groups of fields whose values are unique together.
    """

    model: Any
    name: str
    kind: str
    fields: tuple[Field, ...]
    build: Callable[[dict[str, Any]], Any]
    uniques: tuple[tuple[str, ...], ...] = ()
    checks: tuple[Check, ...] = ()
    relations: tuple[Relation, ...] = ()
    schema: str | None = None
    # Fields that the model itself looks at when they are set, and may refuse.
    validated: frozenset[str] = frozenset()
    # Further names that an instance can be given: hybrids, proxies, arguments of __init__.
    settable: frozenset[str] = frozenset()
    _by_name: dict[str, Field] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self._by_name.update({one.name: one for one in self.fields})

    def __repr__(self) -> str:
        return f"<Shape {self.title}>"

    @property
    def title(self) -> str:
        """The model's name, as errors say it."""
        return str(getattr(self.model, "__name__", self.name))

    @property
    def by_name(self) -> Mapping[str, Field]:
        """The fields by name."""
        return self._by_name

    @cached_property
    def by_column(self) -> Mapping[str, Field]:
        """The fields by their column's name."""
        return {one.column: one for one in self.fields if one.column is not None}

    @cached_property
    def relation_by_name(self) -> Mapping[str, Relation]:
        """The relations that have an attribute, by its name."""
        return {one.name: one for one in self.relations if one.name is not None}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every name that a factory or a caller can give a value for."""
        return (*self._by_name, *(n for n in self.relation_by_name if n not in self._by_name))
