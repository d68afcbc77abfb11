"""What a decode worker does. Loads the decoder and nothing else of the house."""

import ctypes
import os
import signal
import sys
import threading
from collections import OrderedDict

import msgspec

from baltoro.k6.columns import Decoded
from baltoro.k6.decoder import PushDecoder

_MAX_DECODERS = 512
_PR_SET_PDEATHSIG = 1
_LOOK_S = 2.0


class DecodeLimits(msgspec.Struct, frozen=True):
    """Bytes of a push after decompression."""

    max_batch_bytes: int
    max_json_bytes: int


class RawPush(msgspec.Struct, frozen=True):
    """A push as received.

    Attributes:
        bucket_width: seconds; for protocol version 1, whose samples are single points.
        protocol: 1 or 2.
        encoding: the request's `Content-Encoding`.
    """

    run_id: int
    bucket_width: int
    protocol: int
    encoding: str
    body: bytes


class Decoders:
    """The decoders of the runs that are pushed to, the least recently used ones forgotten."""

    def __init__(self) -> None:
        self._by_run: OrderedDict[int, PushDecoder] = OrderedDict()

    def decode(self, push: RawPush, limits: DecodeLimits, *, fresh: bool) -> Decoded:
        """Decode one push.

        Args:
            fresh: forget what was reported of this run before, so that every series is defined again.
        """
        decoder = None if fresh else self._by_run.pop(push.run_id, None)
        if decoder is None:
            decoder = PushDecoder(
                run_id=push.run_id,
                bucket_width=push.bucket_width,
                max_batch_bytes=limits.max_batch_bytes,
                max_json_bytes=limits.max_json_bytes,
            )
        self._by_run[push.run_id] = decoder
        if len(self._by_run) > _MAX_DECODERS:
            self._by_run.popitem(last=False)
        return decoder.decode(push.protocol, push.encoding, push.body)


_decoders = Decoders()


def decode_in_worker(push: RawPush, limits: DecodeLimits, fresh: bool) -> Decoded:  # noqa: FBT001 - called by an executor
    """`Decoders.decode` of this process."""
    return _decoders.decode(push, limits, fresh=fresh)


def die_with_parent(parent: int) -> None:
    """End this worker when the server ends, however it ends.

    The kernel does it on Linux; a thread that looks every two seconds covers other systems and the moment before.
    """
    # Ctrl-C goes to the whole process group: the server decides when its workers may stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    def watch() -> None:
        pause = threading.Event()
        while os.getppid() == parent:
            pause.wait(_LOOK_S)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
