"""A question: an item as a method gets to see it, without its answer."""

from __future__ import annotations

from pathlib import Path

from ...datasets.items import Item
from .records import Record


class Question(Record):
    id: str
    """`SET/ITEM`."""
    text: str
    data: tuple[Path, ...] = ()
    asked: tuple[str, ...] = ()
    """Names under which the quantities of the answer are wanted; empty where the set scores the objective alone."""

    @property
    def prompt(self) -> str:
        """The text, and the names of the quantities that the set's authors score.

        Without them nobody could know under which names to report: OptiBench's own prompt gives them too.
        """
        if not self.asked:
            return self.text
        names = "\n".join(f"- {name}" for name in self.asked)
        return f"{self.text}\n\nReport these quantities, by exactly these names:\n{names}"


def question(item: Item) -> Question:
    return Question(id=f"{item.set}/{item.id}", text=item.text, data=item.data, asked=item.asked)
