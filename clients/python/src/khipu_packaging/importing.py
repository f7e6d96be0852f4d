"""Importing a book folder: hash the files, send the description, send the missing files, report refusals."""

from __future__ import annotations

import asyncio
import hashlib
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ._proto import models
from ._uploads import sha256_of
from .book import BookError, BookFolder, read_book
from .errors import PackagingError

if TYPE_CHECKING:
    from .client import Client


@dataclass(frozen=True)
class RefusedAudio:
    """A segment's audio that the daemon refused."""

    chapter: int
    """The chapter's number, from 1."""
    segment: int
    """The segment's number in the chapter, from 1."""
    file: str
    """The file as the book names it."""
    reason: str


@dataclass(frozen=True)
class ImportedBook:
    """The result of an import."""

    project_id: str
    slug: str
    created: bool
    """False when a project was updated."""
    chapters: int
    segments: int
    audio_sent: int
    """How many files the daemon did not have and took."""
    refused_audio: tuple[RefusedAudio, ...]
    cover_refusal: str
    """Why the cover was refused; empty if it was not."""
    segments_keeping_audio: int = 0
    """Segments that keep the audio that they had for the same words, because the new audio was refused."""
    taken_slug: str = ""
    """The slug that the title would give, where another book has it and this one got another; empty otherwise."""

    @property
    def is_whole(self) -> bool:
        """Whether the daemon took all that the folder has."""
        return not self.refused_audio and not self.cover_refusal


async def import_folder(client: Client, folder: Path, slug: str, replace: bool, at_once: int) -> ImportedBook:
    """See `Client.import_book`."""
    book = await asyncio.to_thread(read_book, folder)
    paths = {segment.audio.path for chapter in book.chapters for segment in chapter.segments if segment.audio}
    if book.cover:
        paths.add(book.cover.path)
    digests = {path: await asyncio.to_thread(sha256_of, path) for path in sorted(paths)}
    try:
        reply = await client.import_project(_header(book, slug, replace, digests), _chapters(book, digests))
    except PackagingError as error:
        problems = [book.problem(item.field, item.description) for item in error.field_violations]
        found = [problem for problem in problems if problem]
        if found:
            raise BookError(folder, found) from error
        raise
    cover_refusal = ""
    if reply.missing_cover and book.cover:
        try:
            await client.put_cover(reply.project_id, book.cover.path, sha256=digests[book.cover.path])
        except PackagingError as error:
            if error.reason != "COVER_REFUSED":
                raise
            cover_refusal = error.message
    missing = set(await client.missing_audio(reply))
    # In the order of the book, so that its beginning is complete first.
    order = {
        digests[segment.audio.path]: segment.audio.path
        for chapter in book.chapters
        for segment in chapter.segments
        if segment.audio and digests[segment.audio.path] in missing
    }
    refused, keeping = await _send(client, reply.project_id, order, at_once)
    return ImportedBook(
        project_id=reply.project_id,
        slug=reply.slug,
        created=reply.created,
        chapters=reply.chapters,
        segments=reply.segments,
        audio_sent=len(order) - len(refused),
        refused_audio=tuple(
            RefusedAudio(number, place, segment.audio.name, refused[digests[segment.audio.path]])
            for number, chapter in enumerate(book.chapters, 1)
            for place, segment in enumerate(chapter.segments, 1)
            if segment.audio and digests[segment.audio.path] in refused
        ),
        cover_refusal=cover_refusal,
        segments_keeping_audio=keeping,
        taken_slug=reply.taken_slug,
    )


async def _send(client: Client, project: str, files: dict[str, Path], at_once: int) -> tuple[dict[str, str], int]:
    """Sends files by digest, several at once. Any other error than a refusal stops the rest.

    Returns why some were refused, and how many segments keep their earlier audio because of that.
    """
    refused: dict[str, str] = {}
    keeping = 0
    waiting = iter(files.items())

    async def work() -> None:
        nonlocal keeping
        for digest, path in waiting:
            try:
                await client.put_audio(project, path, sha256=digest)
            except PackagingError as error:
                if error.reason != "AUDIO_REFUSED":
                    raise
                refused[digest] = error.message
                keeping += int(error.info.metadata.get("segmentsKeeping", "0")) if error.info else 0

    workers = [asyncio.ensure_future(work()) for _ in range(max(1, min(at_once, len(files))))]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return refused, keeping


def origin_of(folder: Path, machine: str) -> str:
    """The word by which the daemon recognises where a book comes from: a digest of the machine and the folder's path, so
    that it tells neither. `packctl` computes the same.
    """
    return hashlib.sha256(f"book folder\0{machine}\0{folder}".encode("utf-8", "surrogateescape")).hexdigest()


def _machine() -> str:
    """The machine's own id, or its host name where it has none, as in many containers."""
    try:
        return Path("/etc/machine-id").read_text().strip() or socket.gethostname()
    except (OSError, UnicodeDecodeError):
        return socket.gethostname()


def _header(book: BookFolder, slug: str, replace: bool, digests: dict[Path, str]) -> models.ImportHeader:
    return models.ImportHeader(
        slug=slug,
        metadata=book.metadata,
        settings=book.settings,
        cover_sha256=digests[book.cover.path] if book.cover else "",
        origin=origin_of(book.path, _machine()),
        replace=replace,
    )


def _chapters(
    book: BookFolder, digests: dict[Path, str]
) -> list[tuple[models.ImportChapter, list[models.ImportSegment]]]:
    return [
        (
            models.ImportChapter(title=chapter.title, kind=chapter.kind),
            [
                models.ImportSegment(
                    text=segment.text,
                    audio_sha256=digests[segment.audio.path] if segment.audio else "",
                    voice=segment.voice,
                )
                for segment in chapter.segments
            ],
        )
        for chapter in book.chapters
    ]
