"""What was decoded lately, within a bound of bytes."""

import threading
from collections import OrderedDict
from collections.abc import Hashable

from baltoro.metrics.block import Block
from baltoro.metrics.merge import size_of


class BlockCache:
    """Decoded blocks, the least recently used ones thrown out first. Safe for several threads.

    Args:
        capacity: bytes.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._blocks: OrderedDict[Hashable, tuple[Block, int]] = OrderedDict()
        self._lock = threading.Lock()
        self.bytes = 0

    def get(self, key: Hashable) -> Block | None:
        """The block, if it is here."""
        with self._lock:
            found = self._blocks.get(key)
            if found is None:
                return None
            self._blocks.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, block: Block) -> None:
        """Keep a block, unless it alone is larger than half of the bound."""
        size = size_of(block.columns)
        with self._lock:
            if key in self._blocks or size * 2 > self._capacity:
                return
            self._blocks[key] = (block, size)
            self.bytes += size
            while self.bytes > self._capacity:
                _, (_, freed) = self._blocks.popitem(last=False)
                self.bytes -= freed
