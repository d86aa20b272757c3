"""Magento's search criteria: what a list is asked for. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

IN_ONE_QUESTION: Final = 50
# Servers take about 8,000 characters of address; a character may become up to twelve of them.
CHARS_MAX: Final = 500


class Filter(NamedTuple):
    """One condition: `how` is Magento's word for it, such as eq, in, nin, gt or gteq."""

    field: str
    how: str
    value: str


class Search(NamedTuple):
    """All filters hold; sorted by the fields of `order`, ascending; one page of so many."""

    filters: Sequence[Filter]
    order: Sequence[str] = ()
    page_size: int = 50
    page: int = 1

    @property
    def query(self) -> dict[str, str]:
        """As it goes into an address."""
        asked: dict[str, str] = {}
        for number, (field, how, value) in enumerate(self.filters):
            into = f"searchCriteria[filterGroups][{number}][filters][0]"
            asked |= {f"{into}[field]": field, f"{into}[value]": value, f"{into}[conditionType]": how}
        for number, field in enumerate(self.order):
            into = f"searchCriteria[sortOrders][{number}]"
            asked |= {f"{into}[field]": field, f"{into}[direction]": "ASC"}
        sizes = {"searchCriteria[pageSize]": str(self.page_size), "searchCriteria[currentPage]": str(self.page)}
        return asked | sizes


def any_of(field: str, values: Iterable[str]) -> Iterator[Filter]:
    """Filters, each for a part of the values that one question can ask for.

    Magento parts a list at commas, so a value with a comma is asked for alone."""
    part: list[str] = []
    for value in values:
        if "," in value:
            yield Filter(field, "eq", value)
            continue
        if part and (len(part) == IN_ONE_QUESTION or sum(map(len, part)) + len(value) > CHARS_MAX):
            yield Filter(field, "in", ",".join(part))
            part = []
        part.append(value)
    if part:
        yield Filter(field, "in", ",".join(part))
