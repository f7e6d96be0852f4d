"""Reads a book folder: `book.yaml`, and the names, sizes and paragraphs of the files that it mentions.

Reading is strict: an unknown key is a fault. All faults of a folder are reported together.
"""

from __future__ import annotations

import difflib
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from ._proto import models

FILE_NAME = "book.yaml"
# The daemon has these values too; Tests/PlanningTests/PlatformListTests.swift compares them.
PLATFORMS = ("apple", "google", "spotify", "acx", "kobo")
_USUAL_HEAD_SECONDS = 0.75
_USUAL_TAIL_SECONDS = 1.5
_MOST_ROOM_TONE_SECONDS = 5

AUDIO_ENDINGS = ("wav", "flac", "mp3", "m4a", "mp4", "aac", "ogg", "oga", "opus")

_MAX_TEXT_FILE_BYTES = 16 * 1024 * 1024
_MAX_SEGMENTS = 200_000
_MAX_SEGMENT_BYTES = 20_000
_MAX_AUDIO_BYTES = 1024 * 1024 * 1024
_MAX_COVER_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class BookProblem:
    """One thing that is wrong in a book folder, and where."""

    message: str
    file: str = FILE_NAME
    line: int | None = None
    """From 1; None where the file as a whole is wrong."""

    def __str__(self) -> str:
        return f"{self.file}{'' if self.line is None else f':{self.line}'}: {self.message}"


class BookError(ValueError):
    """Everything that is wrong in a book folder: first book.yaml in the order of its lines, then the text files."""

    def __init__(self, folder: Path, problems: list[BookProblem]) -> None:
        super().__init__("\n".join(f"{folder / ''}{problem}" for problem in problems))
        self.folder = folder
        self.problems = tuple(problems)

    def __reduce__(self) -> tuple[type[BookError], tuple[Path, list[BookProblem]]]:
        # Task queues send what was raised from process to process.
        return BookError, (self.folder, [*self.problems])


@dataclass(frozen=True)
class BookFile:
    """A file of the folder: its name in the book, and where it lies with every symbolic link followed."""

    name: str
    path: Path
    size_bytes: int


@dataclass(frozen=True)
class BookSegment:
    text: str = ""
    audio: BookFile | None = None
    voice: models.Voice | None = None
    text_file: str | None = field(default=None, compare=False, repr=False)
    """The text file that it was read from; None for book.yaml."""
    line: int | None = field(default=None, compare=False, repr=False)
    """Its line in that file, from 1."""


@dataclass(frozen=True)
class BookChapter:
    title: str
    kind: models.ChapterKind = models.ChapterKind.CHAPTER
    segments: list[BookSegment] = field(default_factory=list)


@dataclass(frozen=True)
class BookFolder:
    """A book folder, read and checked. Nothing of the audio is in memory."""

    path: Path
    metadata: models.BookMetadata
    settings: models.PackagingSettings
    cover: BookFile | None
    chapters: list[BookChapter]
    lines: dict[str, int] = field(default_factory=dict, compare=False, repr=False)
    """The lines of book.yaml by the names of the fields in messages, such as "bitrate of packaging of kobo"."""

    def problem(self, wire_field: str, description: str) -> BookProblem | None:
        """What the daemon found wrong with a field of an import, such as `header.settings.overrides[kobo].bitrate`, at the
        place where the book has the field; None if the field is not of the book.
        """
        if match := re.fullmatch(r"chapters\[(\d+)\]\.segments\[(\d+)\](?:\.([a-z_]+).*)?", wire_field):
            chapter, place = int(match[1]), int(match[2])
            if chapter >= len(self.chapters) or place >= len(self.chapters[chapter].segments):
                return None
            segment = self.chapters[chapter].segments[place]
            name = f"{f'{match[3]} of ' if match[3] else ''}chapter {chapter + 1}, segment {place + 1}"
            return BookProblem(f"{name} {description}", segment.text_file or FILE_NAME, segment.line)
        names = self._names(wire_field)
        if not names:
            return None
        name = next((name for name in names if name in self.lines), names[0])
        return BookProblem(f"{name} {description}", line=self.lines.get(name))

    def _names(self, wire_field: str) -> list[str]:
        if match := re.fullmatch(r"chapters\[(\d+)\](?:\.([a-z_]+))?", wire_field):
            chapter = f"chapter {int(match[1]) + 1}"
            return [f"{match[2] or 'title'} of {chapter}", chapter]
        if match := re.fullmatch(r"header\.settings\.overrides\[([a-z0-9]+)\](?:\.([a-z_]+))?", wire_field):
            # A platform, or the number of the override as it was sent.
            sent, platform = self.settings.overrides, match[1]
            if platform.isdecimal() and int(platform) < len(sent):
                platform = sent[int(platform)].platform_id
            return [f"{match[2] or 'bitrate'} of packaging of {platform}", f"packaging of {platform}"]
        if match := re.fullmatch(r"header\.settings\.(room_tone|voice)\.([a-z_]+)", wire_field):
            return [f"{match[2]} of {match[1]}", match[1]]
        if match := re.fullmatch(r"header\.(?:metadata|settings)\.([a-z_]+)(?:\[(\d+)\])?", wire_field):
            return [*([f"{match[1]}, item {int(match[2]) + 1},"] if match[2] else []), match[1]]
        return ["chapters"] if wire_field in ("chapters", "segments") else []


def read_book(folder: str | os.PathLike[str]) -> BookFolder:
    """Reads the folder, or raises `BookError` with all that is wrong in it."""
    folder = Path(folder)
    path = folder / FILE_NAME
    try:
        data = path.read_bytes() if path.stat().st_size <= _MAX_TEXT_FILE_BYTES else None
    except OSError as error:
        problem = "does not exist" if isinstance(error, FileNotFoundError) else "could not be read"
        raise BookError(folder, [BookProblem(problem)]) from error
    if data is None:
        raise BookError(folder, [BookProblem("is larger than 16 MiB")])
    try:
        root = yaml.compose(data.decode("utf-8-sig"), Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise BookError(folder, [BookProblem("is not UTF-8 text")]) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise BookError(folder, [BookProblem(f"not YAML: {error.problem}", line=line)]) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise BookError(folder, [BookProblem(f"is not YAML: {' '.join(str(error).split())}")]) from error
    if root is None:
        raise BookError(folder, [BookProblem("is empty")])
    reader = _Reader(folder)
    book = reader.book(root)
    if book is None or reader.problems:
        reader.problems.sort(key=lambda problem: (problem.file != FILE_NAME, problem.line or 0))
        raise BookError(folder, reader.problems)
    return book


class _Refusal(Exception):
    """What is wrong with a file's name: the end of a sentence that begins with it."""


@dataclass
class _Mapping:
    """A mapping whose keys are all known; `place` is empty for the whole file."""

    place: str
    node: yaml.Node
    values: dict[str, yaml.Node]

    def name(self, key: str) -> str:
        return f"{key} of {self.place}" if self.place else key


class _Reader:
    def __init__(self, folder: Path) -> None:
        self.root = folder.resolve()
        self.lines: dict[str, int] = {}
        self.problems: list[BookProblem] = []
        self.segment_count = 0

    def book(self, root: yaml.Node) -> BookFolder | None:
        texts = ("subtitle", "publisher", "isbn", "description", "copyright", "series")
        known = ("title", "authors", "narrators", "language", "year", "cover", "digital_voice", "chapters")
        choices = ("platforms", "packaging", "mastering", "room_tone", "voice")
        top = self.mapping(root, "", (*texts, *known, *choices))
        if top is None:
            return None
        limits = {"description": 20_000}
        metadata = models.BookMetadata(
            title=self.required_text(top, "title"),
            authors=self.texts(top, "authors"),
            narrators=self.texts(top, "narrators"),
            language=self.text(top, "language"),
            year=int(self.number(top, "year", 1, 9999, whole=True) or 0),
            digital_voice=self.flag(top, "digital_voice"),
            **{key: self.text(top, key, limits.get(key, 500)) for key in texts},
        )
        if metadata.language and not is_language_tag(metadata.language):
            message = f'language must be a language tag such as "en" or "pt-BR", not "{metadata.language[:40]}"'
            self.report(message, top.values["language"])
        if metadata.isbn and (mistake := isbn_mistake(metadata.isbn)):
            self.report(f'isbn "{metadata.isbn[:40]}" {mistake}', top.values["isbn"])
        voice = self.voice(top, None)
        settings = models.PackagingSettings(
            platforms=self.platforms(top),
            # An absent list means every platform, including those of later versions.
            all_platforms="platforms" not in top.values,
            overrides=self.overrides(top),
            mastering=models.Mastering[(self.word(top, "mastering", ("fit", "off")) or "unspecified").upper()],
            room_tone=self.room_tone(top),
            voice=voice,
        )
        cover = self.file(top, "cover", "the cover", _MAX_COVER_BYTES, "64 MiB")
        chapters = self.chapters(top, voice)
        return BookFolder(self.root, metadata, settings, cover, chapters, self.lines)

    # Chapters.

    def chapters(self, top: _Mapping, voice: models.Voice | None) -> list[BookChapter]:
        if "chapters" not in top.values:
            self.report("the book has no chapters", top.node)
        chapters = []
        for number, node in enumerate(self.list(top, "chapters"), 1):
            forms = ("segments", "text_file", "audio_dir")
            mapping = self.mapping(node, f"chapter {number}", ("title", "kind", *forms))
            if mapping is None:
                continue
            title = self.required_text(mapping, "title")
            kind = self.word(mapping, "kind", ("chapter", "opening_credits", "closing_credits")) or "chapter"
            found = [form for form in forms if form in mapping.values]
            segments: list[BookSegment] = []
            if len(found) != 1:
                has = f"has {' and '.join(found)}; it may have one of them" if found else f"needs {_any_of(forms)}"
                self.report(f"chapter {number} {has}", mapping.node)
            elif found == ["segments"]:
                segments = self.segments(mapping, voice)
            elif found == ["text_file"]:
                segments = self.paragraphs(mapping)
            else:
                segments = self.recordings(mapping)
            if self.segment_count <= _MAX_SEGMENTS < self.segment_count + len(segments):
                self.report(f"the book has more than {_MAX_SEGMENTS} segments", mapping.node)
            self.segment_count += len(segments)
            chapters.append(BookChapter(title, models.ChapterKind[kind.upper()], segments))
        return chapters

    def segments(self, chapter: _Mapping, voice: models.Voice | None) -> list[BookSegment]:
        segments = []
        for number, node in enumerate(self.list(chapter, "segments"), 1):
            place = f"{chapter.place}, segment {number}"
            mapping = self.mapping(node, place, ("text", "audio", "voice"), keeps_lines=False)
            if mapping is None:
                continue
            text = self.text(mapping, "text", None)
            audio = self.file(mapping, "audio", f"audio of {mapping.place},", _MAX_AUDIO_BYTES, "1 GiB")
            if not text and "audio" not in mapping.values:
                self.report(f"{mapping.place} has neither text nor audio", mapping.node)
            if len(text.encode()) > _MAX_SEGMENT_BYTES:
                self.report(f"text of {mapping.place} is longer than 20000 bytes", mapping.values["text"])
            segments.append(BookSegment(text, audio, self.voice(mapping, voice), line=node.start_mark.line + 1))
        return segments

    def paragraphs(self, chapter: _Mapping) -> list[BookSegment]:
        what = f"text_file of {chapter.place},"
        file = self.file(chapter, "text_file", what, _MAX_TEXT_FILE_BYTES, "16 MiB")
        if file is None or file.size_bytes > _MAX_TEXT_FILE_BYTES:
            return []
        node = chapter.values["text_file"]
        try:
            # Editors on Windows begin UTF-8 files with a byte order mark, which is not part of the text.
            text = file.path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError:
            self.report(f'{what} "{file.name}" is not UTF-8 text', node)
            return []
        except OSError:
            self.report(f'{what} "{file.name}" could not be read', node)
            return []
        if "\0" in text:
            self.report(f'{what} "{file.name}" is not UTF-8 text', node)
        segments = []
        for line, paragraph in paragraphs_of(text):
            if len(paragraph.encode()) > _MAX_SEGMENT_BYTES:
                self.problems.append(BookProblem("a paragraph is longer than 20000 bytes", file.name, line))
            segments.append(BookSegment(paragraph, text_file=file.name, line=line))
        return segments

    def recordings(self, chapter: _Mapping) -> list[BookSegment]:
        name = self.text(chapter, "audio_dir", 4096)
        segments = []
        try:
            path = self.locate(name)
            if not path.is_dir():
                raise _Refusal("is not a folder")
            entries = sorted((x.name for x in path.iterdir() if not x.name.startswith(".")), key=natural_key)
            for entry in entries:
                try:
                    file = self.regular_file(f"{name.rstrip('/')}/{entry}")
                except _Refusal as refusal:
                    raise _Refusal(f'has "{entry}", which {refusal}') from None
                # The file is refused and not skipped, because a silently missing sentence would be worse.
                if entry.rpartition(".")[2].lower() not in AUDIO_ENDINGS or "." not in entry:
                    raise _Refusal(f'has "{entry}", which is not audio by its name')
                if file.size_bytes > _MAX_AUDIO_BYTES:
                    raise _Refusal(f'has "{entry}", which is larger than 1 GiB')
                line = chapter.values["audio_dir"].start_mark.line + 1
                segments.append(BookSegment(audio=file, line=line))
        except _Refusal as refusal:
            self.report(f'audio_dir of {chapter.place}, "{name}" {refusal}', chapter.values["audio_dir"])
        except OSError:
            self.report(f'audio_dir of {chapter.place}, "{name}" could not be read', chapter.values["audio_dir"])
        return segments

    # Settings.

    def platforms(self, top: _Mapping) -> tuple[str, ...]:
        platforms: list[str] = []
        for node in self.list(top, "platforms"):
            platform = self.one_of(node, "a platform", PLATFORMS)
            if platform in platforms:
                self.report(f'platforms names "{platform}" twice', node)
            elif platform is not None:
                platforms.append(platform)
        listed = top.values.get("platforms")
        if isinstance(listed, yaml.SequenceNode) and not listed.value:
            self.report("platforms names no platform; leave it out for all of them", listed)
        return tuple(platforms)

    def overrides(self, top: _Mapping) -> tuple[models.PlatformOverride, ...]:
        platforms = self.mapping(top.values["packaging"], "packaging", PLATFORMS) if "packaging" in top.values else None
        overrides = []
        for platform in PLATFORMS if platforms else ():
            node = platforms.values.get(platform) if platforms else None
            settings = self.mapping(node, f"packaging of {platform}", ("bitrate",)) if node else None
            if settings is None:
                continue
            bitrate = self.text(settings, "bitrate")
            if bitrate and not re.fullmatch("[1-9][0-9]{0,3}k", bitrate):
                self.report(f"{settings.name('bitrate')} must be written as in 192k", settings.values["bitrate"])
            overrides.append(models.PlatformOverride(platform_id=platform, bitrate=bitrate))
        return tuple(overrides)

    def room_tone(self, top: _Mapping) -> models.RoomTone | None:
        node = top.values.get("room_tone")
        tone = self.mapping(node, "room_tone", ("head", "tail")) if node else None
        if tone is None:
            return None
        head, tail = (self.number(tone, end, 0, _MOST_ROOM_TONE_SECONDS) for end in ("head", "tail"))
        # The usual room tone, so that one end can be given alone.
        return models.RoomTone(
            head=_USUAL_HEAD_SECONDS if head is None else head,
            tail=_USUAL_TAIL_SECONDS if tail is None else tail,
        )

    def voice(self, owner: _Mapping, book: models.Voice | None) -> models.Voice | None:
        """A voice; a provider that is not named is the book's."""
        if "voice" not in owner.values:
            return None
        keeps_lines = not owner.place
        keys = ("provider", "name")
        voice = self.mapping(owner.values["voice"], owner.name("voice"), keys, keeps_lines=keeps_lines)
        if voice is None:
            return None
        provider = self.word(voice, "provider", ("espeak", "openai", "azure"))
        name = self.required_text(voice, "name", 100)
        return models.Voice(provider=provider or (book.provider if book else "espeak"), name=name)

    # Fields.

    def report(self, message: str, node: yaml.Node) -> None:
        self.problems.append(BookProblem(message, line=node.start_mark.line + 1))

    def mapping(
        self, node: yaml.Node, place: str, allowed: tuple[str, ...], *, keeps_lines: bool = True
    ) -> _Mapping | None:
        """The mapping `node`. Its lines are not kept where it is a segment, of which there may be 200,000."""
        if not isinstance(node, yaml.MappingNode):
            self.report(f"{place or 'the book'} must be a mapping, not {_kind(node)}", node)
            return None
        values: dict[str, yaml.Node] = {}
        seen: set[str] = set()
        if keeps_lines:
            self.lines[place] = node.start_mark.line + 1
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else "?"
            if name not in allowed:
                near = difflib.get_close_matches(name, allowed, 1)
                ask = f"; did you mean \"{near[0]}\"?" if near else ""
                self.report(f'unknown key "{name}"{f" in {place}" if place else ""}{ask}', key)
            elif name in seen:
                self.report(f'the key "{name}" stands twice in one mapping', key)
            elif not _is_null(value):
                values[name] = value
                if keeps_lines:
                    self.lines[f"{name} of {place}" if place else name] = key.start_mark.line + 1
            seen.add(name)
        return _Mapping(place, node, values)

    def text(self, mapping: _Mapping, key: str, limit: int | None = 500) -> str:
        node = mapping.values.get(key)
        return "" if node is None else self.text_of(node, mapping.name(key), limit)

    def text_of(self, node: yaml.Node, name: str, limit: int | None) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self.report(f"{name} must be text, not {_kind(node)}", node)
            return ""
        text: str = node.value.strip()
        if limit is not None and len(text) > limit:
            self.report(f"{name} has {len(text)} characters; {limit} are allowed", node)
        if "\0" in text:
            self.report(f"{name} contains a NUL character", node)
        return text

    def required_text(self, mapping: _Mapping, key: str, limit: int = 500) -> str:
        if key not in mapping.values:
            self.report(f"{mapping.place or 'the book'} has no {key}", mapping.node)
            return ""
        before = len(self.problems)
        text = self.text(mapping, key, limit)
        if not text and len(self.problems) == before:
            self.report(f"{mapping.name(key)} is empty", mapping.values[key])
        return text

    def texts(self, mapping: _Mapping, key: str) -> tuple[str, ...]:
        texts = []
        for number, node in enumerate(self.list(mapping, key), 1):
            name, before = f"{mapping.name(key)}, item {number},", len(self.problems)
            self.lines[name] = node.start_mark.line + 1
            text = "" if _is_null(node) else self.text_of(node, name, 500)
            if not text and len(self.problems) == before:
                self.report(f"{name} is empty", node)
            texts.append(text)
        return tuple(texts)

    def list(self, mapping: _Mapping, key: str) -> list[yaml.Node]:
        node = mapping.values.get(key)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.report(f"{mapping.name(key)} must be a list, not {_kind(node)}", node)
            return []
        return [*node.value]

    def flag(self, mapping: _Mapping, key: str) -> bool:
        node = mapping.values.get(key)
        if node is None:
            return False
        word = node.value.lower() if isinstance(node, yaml.ScalarNode) else ""
        if word not in ("true", "false"):
            self.report(f"{mapping.name(key)} must be true or false", node)
        return bool(word == "true")

    def number(self, mapping: _Mapping, key: str, least: int, most: int, *, whole: bool = False) -> float | None:
        node = mapping.values.get(key)
        if node is None:
            return None
        try:
            value = float(int(node.value) if whole else node.value)
        except (TypeError, ValueError):
            value = float("nan")
        if not least <= value <= most:
            kind = "whole number" if whole else "number"
            self.report(f"{mapping.name(key)} must be a {kind}, {least} through {most}", node)
            return None
        return value

    def word(self, mapping: _Mapping, key: str, words: tuple[str, ...]) -> str | None:
        node = mapping.values.get(key)
        return None if node is None else self.one_of(node, mapping.name(key), words)

    def one_of(self, node: yaml.Node, name: str, words: tuple[str, ...]) -> str | None:
        if isinstance(node, yaml.ScalarNode) and node.value in words:
            return str(node.value)
        self.report(f"{name} must be {_any_of(words)}, not {_kind(node)}", node)
        return None

    # Files. A book may come from somebody else, so a name in it must not make us read other files of the user: names
    # are relative, must not contain "..", and a symbolic link must end inside the folder.

    def file(self, mapping: _Mapping, key: str, what: str, limit: int, limit_name: str) -> BookFile | None:
        node = mapping.values.get(key)
        if node is None:
            return None
        name = self.text(mapping, key, 4096)
        try:
            file = self.regular_file(name)
        except (_Refusal, OSError) as error:
            self.report(f'{what} "{name}" {error if isinstance(error, _Refusal) else "could not be read"}', node)
            return None
        if file.size_bytes > limit:
            self.report(f'{what} "{name}" is larger than {limit_name}', node)
        return file

    def regular_file(self, name: str) -> BookFile:
        path = self.locate(name)
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise _Refusal("is not a file")
        return BookFile(name, path, facts.st_size)

    def locate(self, name: str) -> Path:
        if not name or "\0" in name:
            raise _Refusal("is not a path")
        if name.startswith("/"):
            raise _Refusal("is not relative to the book's folder")
        if ".." in name.split("/"):
            raise _Refusal("leads out of the book's folder")
        try:
            path = (self.root / name).resolve()
        except (OSError, RuntimeError):
            raise _Refusal("is a link that leads nowhere") from None
        if not path.is_relative_to(self.root):
            raise _Refusal("is a link that leads out of the book's folder")
        if not path.exists():
            raise _Refusal("does not exist")
        return path


def is_language_tag(text: str) -> bool:
    """Whether a text has the form of a language tag (BCP 47), such as `en` or `pt-BR`."""
    return len(text) <= 35 and re.fullmatch("[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", text) is not None


def isbn_mistake(text: str) -> str:
    """What is wrong with an ISBN, as the end of a sentence; empty for one whose last digit is right."""
    digits = re.sub(r"[\s\-\u2010\u2011]", "", text).upper()
    if not re.fullmatch("[0-9]{13}|[0-9]{9}[0-9X]", digits):
        return "is not an ISBN: it has 10 or 13 digits"
    values = [10 if digit == "X" else int(digit) for digit in digits]
    if len(values) == 10:
        is_right = sum(value * weight for value, weight in zip(values, range(10, 0, -1), strict=True)) % 11 == 0
    else:
        is_right = sum(value * (3 if place % 2 else 1) for place, value in enumerate(values)) % 10 == 0
    return "" if is_right else "is not an ISBN: its last digit does not match the others, so one is mistyped"


def paragraphs_of(text: str) -> list[tuple[int, str]]:
    """Runs of lines between blank ones, joined with one space, each with the line it begins on."""
    paragraphs: list[tuple[int, str]] = []
    is_open = False
    for number, line in enumerate(re.split("\r\n|\n|\r", text), 1):
        words = " ".join(line.split())
        if words and is_open:
            paragraphs[-1] = (paragraphs[-1][0], paragraphs[-1][1] + " " + words)
        elif words:
            paragraphs.append((number, words))
        is_open = bool(words)
    return paragraphs


def natural_key(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """Orders numbered files as people do: `2.wav` before `10.wav`, digits before letters, and totally."""
    pieces = re.findall("[0-9]+|[^0-9]", name)
    # Characters before "0" sort before numbers, as they do in plain text.
    return (
        [
            (1, int(piece), "") if piece[0] in "0123456789" else (0 if piece.lower() < "0" else 2, 0, piece.lower())
            for piece in pieces
        ],
        name,
    )


def _any_of(words: tuple[str, ...]) -> str:
    return ", ".join(words[:-1]) + " or " + words[-1]


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.style is None and node.value in ("", "~", "null", "Null", "NULL")


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    return "nothing" if _is_null(node) else f'the text "{str(node.value)[:40]}"'
