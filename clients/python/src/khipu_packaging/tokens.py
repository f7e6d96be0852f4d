"""Where tokens come from."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Union

from .errors import InvalidArgumentError

TOKEN_VARIABLE = "PACKAGING_TOKEN"
"""The environment variable that holds a token."""

TOKEN_FILE_VARIABLE = "PACKAGING_TOKEN_FILE"
"""The environment variable that names the file with the token."""

TokenSource = Callable[[], Union[str, Awaitable[str]]]
"""Gives the token that is valid now.

It is asked for each connection, before a token ends, and once more when the daemon refuses one. An ordinary function is
called in a thread, so that it may wait; what a coroutine function gives is awaited in the client's loop.
"""


def token_from_file(path: str | os.PathLike[str]) -> TokenSource:
    """A source that reads the file each time it is asked, so that another program may renew the token in it."""

    def read() -> str:
        try:
            return Path(path).read_text().strip()
        except UnicodeDecodeError:
            raise InvalidArgumentError(f'the token file "{os.fspath(path)}" is not text') from None

    return read


class Tokens:
    """The tokens of a client: none, one that stays, or those of a source."""

    def __init__(
        self,
        token: str | TokenSource | None,
        token_file: str | os.PathLike[str] | None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        if token is not None and token_file is not None:
            raise InvalidArgumentError("a token and a token file were given", hint="Give one of the two.")
        self._environment = os.environ if environment is None else environment
        self._given = token_from_file(token_file) if token_file is not None else token

    @property
    def has_source(self) -> bool:
        """Whether there may be another token later."""
        return not isinstance(self._source(), str)

    async def present(self) -> str:
        """The token to call with; empty if there is none."""
        source = self._source()
        if isinstance(source, str):
            return source
        if token := await _ask(source):
            return token
        raise InvalidArgumentError("the token source gave no token", hint="See that its file is not empty.")

    async def another(self, refused: str) -> str | None:
        """What the source gives in place of a token that is refused or about to end; None if that is no other one."""
        source = self._source()
        if isinstance(source, str):
            return None
        fresh = await _ask(source)
        return fresh if fresh and fresh != refused else None

    def _source(self) -> str | TokenSource:
        if self._given is not None:
            return self._given
        if token := self._environment.get(TOKEN_VARIABLE):
            return token
        file = self._environment.get(TOKEN_FILE_VARIABLE)
        return token_from_file(file) if file else ""


async def _ask(source: TokenSource) -> str:
    found = source() if inspect.iscoroutinefunction(source) else await asyncio.to_thread(source)
    token = found if isinstance(found, str) else await found
    if not isinstance(token, str):
        raise InvalidArgumentError("the token source gave something else than a text")
    return token.strip()
