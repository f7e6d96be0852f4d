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
