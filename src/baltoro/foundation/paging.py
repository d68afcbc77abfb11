"""Paging as every list of the REST API does it."""

import msgspec

DEFAULT_PAGE_SIZE = 100
MAX_PAGE_SIZE = 1000


class Page(msgspec.Struct, frozen=True):
    """A slice of a list: `number` counts from 1, `size` rows each."""

    number: int = 1
    size: int = DEFAULT_PAGE_SIZE

    @property
    def offset(self) -> int:
        """Rows to skip."""
        return (self.number - 1) * self.size
