# SPDX-License-Identifier: EUPL-1.2
"""The stop of a server that a balancer has to leave first."""

import signal
import socket
import time
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from guidance_graph.protocol.health import Readiness


class Server(uvicorn.Server):
    """Goes on for some seconds after SIGTERM, and says meanwhile that it is not ready.

    Another signal ends these seconds. Ctrl+C stops without them, as does a signal while it starts;
    a second Ctrl+C breaks off the answers that run.
    """

    def __init__(self, config: uvicorn.Config, readiness: "Readiness", delay: float) -> None:
        super().__init__(config)
        self._readiness = readiness
        self._delay = delay
        self._end: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal."""
        stopping = self.should_exit
        super().handle_exit(sig, frame)
        if sig == signal.SIGTERM and self.started and self._end is None and not stopping:
            self.should_exit = self._delay == 0
            self._end = time.monotonic() + self._delay
            self._readiness.stopping = True

    async def on_tick(self, counter: int) -> bool:
        """Return whether to stop now."""
        if self._end is not None and time.monotonic() >= self._end:
            self.should_exit = True
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop. Where that shall be at once, end what runs as uvicorn does when its time is up."""
        await super().shutdown(sockets)
        if self.force_exit:
            for task in self.server_state.tasks:
                task.cancel()
            await self.lifespan.shutdown()
