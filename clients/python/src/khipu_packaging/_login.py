"""Who calls on a connection, told to the daemon by a token and renewed before the token ends."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from datetime import datetime, timezone

from ._connection import Connection
from ._proto import models
from ._values import pack, unpack
from .errors import DeadlineExceededError, UnauthenticatedError, UnavailableError
from .tokens import Tokens

# A token is renewed this long before its end, or after four fifths of its time if that is later.
_MARGIN_SECONDS = 60.0
_SHARE = 0.8
# The pause before a source is asked again that had no other token yet, unless the token ends later.
_LEAST_PAUSE = 0.5

# A token that was taken and is refused within so short a time, with nothing done meanwhile, is not replaced once more.
_TAKEN_SECONDS = 1.0


class Login:
    """The token of one connection.

    Renewing it on the connection lets everything go on that runs there. Where no call runs, it is renewed before the
    next one.
    """

    def __init__(self, connection: Connection, tokens: Tokens, metadata: Mapping[str, str], seconds: float) -> None:
        self._connection, self._tokens, self._metadata, self._seconds = connection, tokens, metadata, seconds
        self._token = ""
        self._ends_at: float | None = None
        self._lock = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None
        self._renewing: asyncio.Task[None] | None = None
        self._is_due = False
        self.turn = 0
        """How many tokens the daemon has taken: the name of the present one."""

    async def begin(self, token: str) -> None:
        """Tells the daemon who calls. A token that is refused is replaced once, if the source has another by now.

        Raises `UnauthenticatedError` if the daemon takes none.
        """
        try:
            await self._authenticate(token)
        except UnauthenticatedError:
            fresh = await self._tokens.another(token)
            if fresh is None:
                raise
            await self._authenticate(fresh)
        self._connection.login = self

    async def renew(self, refused: int) -> bool:
        """Takes another token after the one of turn `refused` did not do; False if the source has no other.

        Raises `UnauthenticatedError` if that is refused, too.
        """
        async with self._lock:
            # Of several calls that were refused together, one renews for all.
            if self.turn != refused:
                return True
            fresh = await self._tokens.another(self._token)
            if fresh is None:
                return False
            await self._authenticate(fresh)
            return True

    async def before_call(self) -> None:
        """Renews a token that is about to end, or has ended while no call ran."""
        if self._is_due:
            await self._renew_early()

    def end(self) -> None:
        """The connection is over."""
        self._stop_timer()
        if self._renewing is not None:
            self._renewing.cancel()

    async def _authenticate(self, token: str) -> None:
        request = pack("khipu.packaging.v1.AuthenticateRequest", {"token": token})
        try:
            data = await self._connection.unary(
                "khipu.packaging.v1.Session", "Authenticate", request, timeout=self._seconds, metadata=self._metadata
            )
        except DeadlineExceededError:
            # What took too long is not the caller's call: a watch or a download tries again.
            address = self._connection.address
            raise UnavailableError(f'could not reach the daemon at "{address}": nobody answered') from None
        reply = unpack(models.AuthenticateReply, "khipu.packaging.v1.AuthenticateReply", data)
        self._token, self._is_due = token, False
        self.turn += 1
        remaining = _remaining(reply.expires_at)
        self._ends_at = None if remaining is None else asyncio.get_running_loop().time() + remaining
        if remaining is not None:
            self._wait(max(remaining * _SHARE, remaining - _MARGIN_SECONDS))

    def _wait(self, seconds: float) -> None:
        self._stop_timer()
        if self._connection.is_open:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._due)

    def _due(self) -> None:
        self._timer = None
        if self._connection.has_calls:
            self._renewing = asyncio.ensure_future(self._renew_early())
        else:
            self._is_due = True

    async def _renew_early(self) -> None:
        """Renews the token while it is still good. Where that fails, the calls themselves find out."""
        turn = self.turn
        async with self._lock:
            if self.turn != turn:
                return
            try:
                fresh = await self._tokens.another(self._token)
                if fresh is not None:
                    await self._authenticate(fresh)
                    return
            except Exception:
                # A source that fails for a moment, such as a file that is being replaced.
                pass
            remaining = (self._ends_at or 0) - asyncio.get_running_loop().time()
            self._is_due = remaining <= 0
            if remaining > 0:
                self._wait(max(remaining / 4, _LEAST_PAUSE))

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Refusals:
    """Decides whether a watch or a download goes on with another token after the daemon refused one.

    A refusal while connecting is the last word: another token was asked for there. Otherwise it goes on, unless the
    token before was refused just as soon, without anything having come meanwhile.
    """

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._was_refused = False

    def worked(self) -> None:
        """Something came."""
        self._was_refused = False

    def may_go_on(self, opened_at: float, now: float) -> bool:
        """Whether to connect again. `opened_at` is when the daemon took the token that it now refuses; infinite if it
        took none."""
        if opened_at == math.inf or not self._tokens.has_source:
            return False
        if now - opened_at >= _TAKEN_SECONDS:
            self._was_refused = False
        if self._was_refused:
            return False
        self._was_refused = True
        return True


def _remaining(ends: datetime | None) -> float | None:
    """The seconds until then by this machine's clock; None if it says that this is past, so that it cannot be right."""
    if ends is None:
        return None
    seconds = (ends - datetime.now(timezone.utc)).total_seconds()
    return seconds if seconds > 0 else None
