from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

CHAPTER_KIND_CHAPTER: ChapterKind
CHAPTER_KIND_CLOSING_CREDITS: ChapterKind
CHAPTER_KIND_OPENING_CREDITS: ChapterKind
CHAPTER_KIND_UNSPECIFIED: ChapterKind
DESCRIPTOR: _descriptor.FileDescriptor
MASTERING_FIT: Mastering
MASTERING_OFF: Mastering
MASTERING_UNSPECIFIED: Mastering

class AudioMeasurement(_message.Message):
    __slots__ = ["format", "peak_db", "rms_db", "samples", "source_channels", "source_sample_rate", "warnings"]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    PEAK_DB_FIELD_NUMBER: _ClassVar[int]
    RMS_DB_FIELD_NUMBER: _ClassVar[int]
    SAMPLES_FIELD_NUMBER: _ClassVar[int]
    SOURCE_CHANNELS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_SAMPLE_RATE_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    format: str
    peak_db: float
    rms_db: float
    samples: int
    source_channels: int
    source_sample_rate: int
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, format: _Optional[str] = ..., source_sample_rate: _Optional[int] = ..., source_channels: _Optional[int] = ..., samples: _Optional[int] = ..., peak_db: _Optional[float] = ..., rms_db: _Optional[float] = ..., warnings: _Optional[_Iterable[str]] = ...) -> None: ...

class AudioSpec(_message.Message):
    __slots__ = ["bitrate", "channels", "format", "sample_rate"]
    BITRATE_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_RATE_FIELD_NUMBER: _ClassVar[int]
    bitrate: str
    channels: int
    format: str
    sample_rate: int
    def __init__(self, format: _Optional[str] = ..., bitrate: _Optional[str] = ..., sample_rate: _Optional[int] = ..., channels: _Optional[int] = ...) -> None: ...

class BookMetadata(_message.Message):
    __slots__ = ["authors", "copyright", "description", "digital_voice", "isbn", "language", "narrators", "publisher", "series", "subtitle", "title", "year"]
    AUTHORS_FIELD_NUMBER: _ClassVar[int]
    COPYRIGHT_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    DIGITAL_VOICE_FIELD_NUMBER: _ClassVar[int]
    ISBN_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    NARRATORS_FIELD_NUMBER: _ClassVar[int]
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    SERIES_FIELD_NUMBER: _ClassVar[int]
    SUBTITLE_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    YEAR_FIELD_NUMBER: _ClassVar[int]
    authors: _containers.RepeatedScalarFieldContainer[str]
    copyright: str
    description: str
    digital_voice: bool
    isbn: str
    language: str
    narrators: _containers.RepeatedScalarFieldContainer[str]
    publisher: str
    series: str
    subtitle: str
    title: str
    year: int
    def __init__(self, title: _Optional[str] = ..., subtitle: _Optional[str] = ..., authors: _Optional[_Iterable[str]] = ..., narrators: _Optional[_Iterable[str]] = ..., language: _Optional[str] = ..., publisher: _Optional[str] = ..., isbn: _Optional[str] = ..., description: _Optional[str] = ..., copyright: _Optional[str] = ..., series: _Optional[str] = ..., year: _Optional[int] = ..., digital_voice: bool = ...) -> None: ...

class Cover(_message.Message):
    __slots__ = ["format", "height", "sha256", "size_bytes", "width"]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    format: str
    height: int
    sha256: str
    size_bytes: int
    width: int
    def __init__(self, sha256: _Optional[str] = ..., size_bytes: _Optional[int] = ..., format: _Optional[str] = ..., width: _Optional[int] = ..., height: _Optional[int] = ...) -> None: ...

class PackagingSettings(_message.Message):
    __slots__ = ["all_platforms", "mastering", "overrides", "platforms", "room_tone", "voice"]
    ALL_PLATFORMS_FIELD_NUMBER: _ClassVar[int]
    MASTERING_FIELD_NUMBER: _ClassVar[int]
    OVERRIDES_FIELD_NUMBER: _ClassVar[int]
    PLATFORMS_FIELD_NUMBER: _ClassVar[int]
    ROOM_TONE_FIELD_NUMBER: _ClassVar[int]
    VOICE_FIELD_NUMBER: _ClassVar[int]
    all_platforms: bool
    mastering: Mastering
    overrides: _containers.RepeatedCompositeFieldContainer[PlatformOverride]
    platforms: _containers.RepeatedScalarFieldContainer[str]
    room_tone: RoomTone
    voice: Voice
    def __init__(self, platforms: _Optional[_Iterable[str]] = ..., all_platforms: bool = ..., overrides: _Optional[_Iterable[_Union[PlatformOverride, _Mapping]]] = ..., mastering: _Optional[_Union[Mastering, str]] = ..., room_tone: _Optional[_Union[RoomTone, _Mapping]] = ..., voice: _Optional[_Union[Voice, _Mapping]] = ...) -> None: ...

class PlatformOverride(_message.Message):
    __slots__ = ["bitrate", "platform_id"]
    BITRATE_FIELD_NUMBER: _ClassVar[int]
    PLATFORM_ID_FIELD_NUMBER: _ClassVar[int]
    bitrate: str
    platform_id: str
    def __init__(self, platform_id: _Optional[str] = ..., bitrate: _Optional[str] = ...) -> None: ...

class RoomTone(_message.Message):
    __slots__ = ["head", "tail"]
    HEAD_FIELD_NUMBER: _ClassVar[int]
    TAIL_FIELD_NUMBER: _ClassVar[int]
    head: float
    tail: float
    def __init__(self, head: _Optional[float] = ..., tail: _Optional[float] = ...) -> None: ...

class Scalar(_message.Message):
    __slots__ = ["number", "text"]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    number: float
    text: str
    def __init__(self, text: _Optional[str] = ..., number: _Optional[float] = ...) -> None: ...

class Voice(_message.Message):
    __slots__ = ["name", "provider"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    name: str
    provider: str
    def __init__(self, provider: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class ChapterKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class Mastering(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
