"""What SQLAlchemy adds to columns: collections by a key, hybrids that set other fields, validators of several."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    attribute_keyed_dict,
    mapped_column,
    relationship,
    validates,
)

from belljar.data.draw import Draw
from belljar.data.factory import Factory, many, sequence
from belljar.data.factory.making import make, make_many


class Base(DeclarativeBase):
    pass


class Page(Base):
    __tablename__ = "page"
    id: Mapped[int] = mapped_column(primary_key=True)
    first: Mapped[str]
    last: Mapped[str]
    notes: Mapped[dict[str, Note]] = relationship(
        collection_class=attribute_keyed_dict("key"), back_populates="page"
    )

    @hybrid_property
    def title(self) -> str:
        """The two words."""
        return f"{self.first} {self.last}"

    @title.inplace.setter
    def _set_title(self, title: str) -> None:
        self.first, self.last = title.split(" ")


class Note(Base):
    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"))
    page: Mapped[Page] = relationship(back_populates="notes")


class Reader(Base):
    __tablename__ = "reader"
    id: Mapped[int] = mapped_column(primary_key=True)
    contact: Mapped[str]
    points: Mapped[int]

    @validates("contact")
    def _has_an_at(self, key: str, value: str) -> str:
        if "@" not in value:
            raise ValueError("no @")
        return value

    @validates("points")
    def _are_many(self, key: str, value: int) -> int:
        if value < 9000:
            raise ValueError("too few")
        return value


def test_two_validators_are_met_one_after_the_other(draw: Draw) -> None:
    for reader in make_many(draw, Reader, 20):
        assert "@" in reader.contact
        assert reader.points >= 9000


def test_children_lie_under_their_keys(draw: Draw) -> None:
    page = make(draw, Page, notes=many(Note, 3, key=sequence("n{n}")))
    assert sorted(page.notes) == ["n1", "n2", "n3"]
    assert all(note.page is page and note.key == key for key, note in page.notes.items())


def test_a_hybrid_that_is_given_is_not_overwritten(draw: Draw) -> None:
    page = make(draw, Page, title="Ada Lovelace")
    assert (page.first, page.last) == ("Ada", "Lovelace")

    class PageFactory(Factory[Page]):
        title = "Grace Hopper"

    assert make(draw, PageFactory).last == "Hopper"
