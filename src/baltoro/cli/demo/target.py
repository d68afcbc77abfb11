"""A small shop on loopback for the demo to put under load."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_MEAN_LATENCY_S = 0.04
_PHRASES = {200: "OK", 201: "Created", 404: "Not Found"}
_SOLD_OUT_EVERY = 10


def _answer(method: str, path: str) -> tuple[int, object]:
    if path == "/":
        return 200, {"shop": "Baltoro Outfitters"}
    if path == "/products":
        return 200, [{"id": number, "name": f"Rope {number} m"} for number in range(1, 30)]
    if path.startswith("/products/"):
        number = path.removeprefix("/products/")
        if not number.isdecimal() or int(number) % _SOLD_OUT_EVERY == 0:
            return 404, {"error": "no such product"}
        return 200, {"id": int(number), "name": f"Rope {number} m", "price": int(number) * 1.5}
    if path == "/cart" and method == "POST":
        return 201, {"items": 1}
    return 404, {"error": "no such page"}


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One keep-alive connection: as much HTTP/1.1 as k6 needs."""
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            request, *fields = head.split("\r\n")
            method, target, _ = request.split(" ", 2)
            length = next((int(field[15:]) for field in fields if field.lower().startswith("content-length:")), 0)
            if length:
                await reader.readexactly(length)
            await asyncio.sleep(min(0.4, random.expovariate(1 / _MEAN_LATENCY_S)))
            status, content = _answer(method, target.partition("?")[0])
            body = json.dumps(content).encode()
            writer.write(
                f"HTTP/1.1 {status} {_PHRASES[status]}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n".encode()
            )
            writer.write(body)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def running_target() -> AsyncIterator[str]:
    """The address of a target that lives as long as the block."""
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
