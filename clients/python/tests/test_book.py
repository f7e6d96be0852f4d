"""Reading book folders."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import REPOSITORY

from khipu_packaging import BookError, read_book
from khipu_packaging.book import natural_key, paragraphs_of
from khipu_packaging.models import ChapterKind


def written(folder: Path, text: str) -> Path:
    (folder / "book.yaml").write_text(text)
    return folder


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(BookError) as error:
        read_book(written(folder, text))
    return [f"{problem.line}: {problem.message}" for problem in error.value.problems]


def test_the_sample_book_is_read_with_all_its_keys() -> None:
    book = read_book(str(REPOSITORY / "compose/sample"))
    assert book == read_book(REPOSITORY / "compose/sample")
    assert book.metadata.title and book.metadata.authors and book.cover
    assert book.chapters[0].kind is ChapterKind.OPENING_CREDITS
    names = [[segment.audio.name for segment in chapter.segments if segment.audio] for chapter in book.chapters]
    assert ["closing/1.mp3", "closing/2.flac", "closing/9.m4a", "closing/10.ogg", "closing/11.wav"] in names


def test_every_fault_is_told_with_its_line(tmp_path: Path) -> None:
    found = faults(tmp_path, "titel: X\nyear: soon\nplatforms: [apple, apple, amazon]\nchapters:\n  - title: One\n")
    assert found == [
        '1: unknown key "titel"; did you mean "title"?',
        "1: the book has no title",
        "2: year must be a whole number, 1 through 9999",
        '3: platforms names "apple" twice',
        '3: a platform must be apple, google, spotify, acx or kobo, not the text "amazon"',
        "5: chapter 1 needs segments, text_file or audio_dir",
    ]


def test_an_empty_list_of_platforms_and_too_much_room_tone_are_faults(tmp_path: Path) -> None:
    text = "title: X\nplatforms: []\nroom_tone: {head: 5, tail: 5.1}\nchapters:\n  - {title: One, segments: [{text: a}]}\n"
    assert faults(tmp_path, text) == [
        "2: platforms names no platform; leave it out for all of them",
        "3: tail of room_tone must be a number, 0 through 5",
    ]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("/etc/passwd", "is not relative"),
        ("../secret.wav", "leads out"),
        ("link.wav", "is a link that leads out"),
        ("none.wav", "does not exist"),
        (".", "is not a file"),
    ],
)
def test_a_book_names_no_file_outside_its_folder(tmp_path: Path, name: str, why: str) -> None:
    folder = tmp_path / "book"
    folder.mkdir()
    (tmp_path / "secret.wav").write_bytes(b"x")
    (folder / "link.wav").symlink_to(tmp_path / "secret.wav")
    (found,) = faults(folder, f"title: T\nchapters: [{{title: One, segments: [{{audio: {name}}}]}}]\n")
    assert why in found


@pytest.mark.parametrize("text", ["", "a: [", "title: T\ntitle: U\nchapters: []", "- list", "a: &a [*a]", "\t"])
def test_what_is_no_book_is_an_error_and_no_crash(tmp_path: Path, text: str) -> None:
    assert faults(tmp_path, text)


def test_paragraphs_are_runs_of_lines() -> None:
    assert paragraphs_of("One\r\ntwo\n\n\n  three \rfour") == [(1, "One two"), (5, "three four")]


def test_numbered_files_come_in_the_order_of_their_numbers() -> None:
    names = ["10.wav", "2.wav", "b.wav", "01.wav", "1.wav", "a10", "a9"]
    assert sorted(names, key=natural_key) == ["01.wav", "1.wav", "2.wav", "10.wav", "a9", "a10", "b.wav"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "isbn: 978-3-16-148410-1",
            'isbn "978-3-16-148410-1" is not an ISBN: its last digit does not match the others, so one is mistyped',
        ),
        ("isbn: forthcoming", 'isbn "forthcoming" is not an ISBN: it has 10 or 13 digits'),
        ("language: english", 'language must be a language tag such as "en" or "pt-BR", not "english"'),
        ("language: en_US", 'language must be a language tag such as "en" or "pt-BR", not "en_US"'),
        ('authors: [A, " "]', "authors, item 2, is empty"),
        ("narrators: [~]", "narrators, item 1, is empty"),
    ],
)
def test_what_could_only_be_dropped_later_is_a_fault(tmp_path: Path, line: str, message: str) -> None:
    text = f"title: T\n{line}\nchapters:\n  - {{title: One, segments: [{{text: a}}]}}\n"
    assert faults(tmp_path, text) == [f"2: {message}"]


@pytest.mark.parametrize("isbn", ["978-3-16-148410-0", "0-306-40615-2", "080442957X", "978 3 16 148410 0"])
def test_an_isbn_is_taken_as_it_is_written(tmp_path: Path, isbn: str) -> None:
    text = f"title: T\nlanguage: zh-Hant-TW\nisbn: {isbn}\nchapters: [{{title: One, segments: [{{text: a}}]}}]\n"
    assert read_book(written(tmp_path, text)).metadata.isbn == isbn


@pytest.mark.parametrize(
    ("field", "place"),
    [
        ("header.metadata.title", "book.yaml:1: title"),
        ("header.metadata.authors[1]", "book.yaml:2: authors, item 2,"),
        ("header.metadata.isbn", "book.yaml: isbn"),
        ("header.settings.overrides[kobo].bitrate", "book.yaml:3: bitrate of packaging of kobo"),
        ("header.settings.overrides[0].bitrate", "book.yaml:3: bitrate of packaging of kobo"),
        ("header.settings.room_tone.tail", "book.yaml:4: tail of room_tone"),
        ("header.settings.voice.name", "book.yaml:5: name of voice"),
        ("chapters[0].title", "book.yaml:7: title of chapter 1"),
        ("chapters[0].segments[1].text", "book.yaml:10: text of chapter 1, segment 2"),
        ("chapters[0].segments[1].voice.name", "book.yaml:10: voice of chapter 1, segment 2"),
        ("chapters[1].segments[1].text", "c.txt:4: text of chapter 2, segment 2"),
    ],
)
def test_a_field_of_the_wire_is_told_at_its_place_in_the_book(tmp_path: Path, field: str, place: str) -> None:
    (tmp_path / "c.txt").write_text("Third.\n\n\nFourth.\n")
    lines = [
        "title: A",
        "authors: [One, Two]",
        "packaging: {kobo: {bitrate: 192k}}",
        "room_tone: {tail: 2}",
        "voice: {name: en}",
        "chapters:",
        "  - title: One",
        "    segments:",
        "      - text: first",
        "      - text: second",
        "  - {title: Two, text_file: c.txt}",
    ]
    book = read_book(written(tmp_path, "\n".join(lines)))
    assert str(book.problem(field, "is wrong")) == f"{place} is wrong"
    for other in ("header.slug", "chapters[9].segments[0].text", "nonsense"):
        assert book.problem(other, "is wrong") is None
