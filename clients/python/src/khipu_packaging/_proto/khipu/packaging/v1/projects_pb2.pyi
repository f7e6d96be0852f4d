from google.protobuf import timestamp_pb2 as _timestamp_pb2
from khipu_packaging._proto.khipu.packaging.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor
PROJECT_ROLE_OWNER: ProjectRole
PROJECT_ROLE_PACKAGER: ProjectRole
PROJECT_ROLE_READER: ProjectRole
PROJECT_ROLE_UNSPECIFIED: ProjectRole

class DeleteGrantReply(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class DeleteGrantRequest(_message.Message):
    __slots__ = ["project", "user"]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    project: str
    user: str
    def __init__(self, project: _Optional[str] = ..., user: _Optional[str] = ...) -> None: ...

class DeleteProjectReply(_message.Message):
    __slots__ = ["bytes_freed", "packages_deleted"]
    BYTES_FREED_FIELD_NUMBER: _ClassVar[int]
    PACKAGES_DELETED_FIELD_NUMBER: _ClassVar[int]
    bytes_freed: int
    packages_deleted: int
    def __init__(self, packages_deleted: _Optional[int] = ..., bytes_freed: _Optional[int] = ...) -> None: ...

class DeleteProjectRequest(_message.Message):
    __slots__ = ["project"]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    project: str
    def __init__(self, project: _Optional[str] = ...) -> None: ...

class GetProjectRequest(_message.Message):
    __slots__ = ["missing_audio_page_token", "project"]
    MISSING_AUDIO_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    missing_audio_page_token: str
    project: str
    def __init__(self, project: _Optional[str] = ..., missing_audio_page_token: _Optional[str] = ...) -> None: ...

class Grant(_message.Message):
    __slots__ = ["granted_at", "granted_by", "project_id", "role", "user"]
    GRANTED_AT_FIELD_NUMBER: _ClassVar[int]
    GRANTED_BY_FIELD_NUMBER: _ClassVar[int]
    PROJECT_ID_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    granted_at: _timestamp_pb2.Timestamp
    granted_by: str
    project_id: str
    role: ProjectRole
    user: str
    def __init__(self, project_id: _Optional[str] = ..., user: _Optional[str] = ..., role: _Optional[_Union[ProjectRole, str]] = ..., granted_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., granted_by: _Optional[str] = ...) -> None: ...

class ImportChapter(_message.Message):
    __slots__ = ["kind", "title"]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    kind: _common_pb2.ChapterKind
    title: str
    def __init__(self, title: _Optional[str] = ..., kind: _Optional[_Union[_common_pb2.ChapterKind, str]] = ...) -> None: ...

class ImportHeader(_message.Message):
    __slots__ = ["cover_sha256", "metadata", "origin", "replace", "settings", "slug"]
    COVER_SHA256_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    REPLACE_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    SLUG_FIELD_NUMBER: _ClassVar[int]
    cover_sha256: str
    metadata: _common_pb2.BookMetadata
    origin: str
    replace: bool
    settings: _common_pb2.PackagingSettings
    slug: str
    def __init__(self, slug: _Optional[str] = ..., metadata: _Optional[_Union[_common_pb2.BookMetadata, _Mapping]] = ..., settings: _Optional[_Union[_common_pb2.PackagingSettings, _Mapping]] = ..., cover_sha256: _Optional[str] = ..., origin: _Optional[str] = ..., replace: bool = ...) -> None: ...

class ImportProjectReply(_message.Message):
    __slots__ = ["chapters", "created", "missing_audio", "missing_audio_next_page_token", "missing_cover", "project_id", "revision", "segments", "slug", "taken_slug"]
    CHAPTERS_FIELD_NUMBER: _ClassVar[int]
    CREATED_FIELD_NUMBER: _ClassVar[int]
    MISSING_AUDIO_FIELD_NUMBER: _ClassVar[int]
    MISSING_AUDIO_NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MISSING_COVER_FIELD_NUMBER: _ClassVar[int]
    PROJECT_ID_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    SLUG_FIELD_NUMBER: _ClassVar[int]
    TAKEN_SLUG_FIELD_NUMBER: _ClassVar[int]
    chapters: int
    created: bool
    missing_audio: _containers.RepeatedScalarFieldContainer[str]
    missing_audio_next_page_token: str
    missing_cover: bool
    project_id: str
    revision: int
    segments: int
    slug: str
    taken_slug: str
    def __init__(self, project_id: _Optional[str] = ..., slug: _Optional[str] = ..., created: bool = ..., chapters: _Optional[int] = ..., segments: _Optional[int] = ..., missing_audio: _Optional[_Iterable[str]] = ..., missing_audio_next_page_token: _Optional[str] = ..., missing_cover: bool = ..., revision: _Optional[int] = ..., taken_slug: _Optional[str] = ...) -> None: ...

class ImportProjectRequest(_message.Message):
    __slots__ = ["chapter", "header", "segment"]
    CHAPTER_FIELD_NUMBER: _ClassVar[int]
    HEADER_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    chapter: ImportChapter
    header: ImportHeader
    segment: ImportSegment
    def __init__(self, header: _Optional[_Union[ImportHeader, _Mapping]] = ..., chapter: _Optional[_Union[ImportChapter, _Mapping]] = ..., segment: _Optional[_Union[ImportSegment, _Mapping]] = ...) -> None: ...

class ImportSegment(_message.Message):
    __slots__ = ["audio_sha256", "text", "voice"]
    AUDIO_SHA256_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    VOICE_FIELD_NUMBER: _ClassVar[int]
    audio_sha256: str
    text: str
    voice: _common_pb2.Voice
    def __init__(self, text: _Optional[str] = ..., audio_sha256: _Optional[str] = ..., voice: _Optional[_Union[_common_pb2.Voice, _Mapping]] = ...) -> None: ...

class ListGrantsReply(_message.Message):
    __slots__ = ["grants", "next_page_token"]
    GRANTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    grants: _containers.RepeatedCompositeFieldContainer[Grant]
    next_page_token: str
    def __init__(self, grants: _Optional[_Iterable[_Union[Grant, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListGrantsRequest(_message.Message):
    __slots__ = ["page_size", "page_token", "project"]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    project: str
    def __init__(self, project: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListProjectsReply(_message.Message):
    __slots__ = ["next_page_token", "projects"]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PROJECTS_FIELD_NUMBER: _ClassVar[int]
    next_page_token: str
    projects: _containers.RepeatedCompositeFieldContainer[Project]
    def __init__(self, projects: _Optional[_Iterable[_Union[Project, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListProjectsRequest(_message.Message):
    __slots__ = ["page_size", "page_token"]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class Project(_message.Message):
    __slots__ = ["audio_seconds", "cover", "created_at", "created_by", "id", "metadata", "missing_audio", "missing_audio_next_page_token", "revision", "segments_with_audio", "settings", "slug", "total_chapters", "total_segments", "updated_at"]
    AUDIO_SECONDS_FIELD_NUMBER: _ClassVar[int]
    COVER_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    CREATED_BY_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    MISSING_AUDIO_FIELD_NUMBER: _ClassVar[int]
    MISSING_AUDIO_NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_WITH_AUDIO_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    SLUG_FIELD_NUMBER: _ClassVar[int]
    TOTAL_CHAPTERS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    UPDATED_AT_FIELD_NUMBER: _ClassVar[int]
    audio_seconds: float
    cover: _common_pb2.Cover
    created_at: _timestamp_pb2.Timestamp
    created_by: str
    id: str
    metadata: _common_pb2.BookMetadata
    missing_audio: _containers.RepeatedScalarFieldContainer[str]
    missing_audio_next_page_token: str
    revision: int
    segments_with_audio: int
    settings: _common_pb2.PackagingSettings
    slug: str
    total_chapters: int
    total_segments: int
    updated_at: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., slug: _Optional[str] = ..., metadata: _Optional[_Union[_common_pb2.BookMetadata, _Mapping]] = ..., settings: _Optional[_Union[_common_pb2.PackagingSettings, _Mapping]] = ..., cover: _Optional[_Union[_common_pb2.Cover, _Mapping]] = ..., total_chapters: _Optional[int] = ..., total_segments: _Optional[int] = ..., segments_with_audio: _Optional[int] = ..., audio_seconds: _Optional[float] = ..., revision: _Optional[int] = ..., created_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., updated_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., missing_audio: _Optional[_Iterable[str]] = ..., missing_audio_next_page_token: _Optional[str] = ..., created_by: _Optional[str] = ...) -> None: ...

class PutAudioHeader(_message.Message):
    __slots__ = ["project", "provenance", "sha256", "size_bytes"]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    project: str
    provenance: str
    sha256: str
    size_bytes: int
    def __init__(self, project: _Optional[str] = ..., sha256: _Optional[str] = ..., size_bytes: _Optional[int] = ..., provenance: _Optional[str] = ...) -> None: ...

class PutAudioReply(_message.Message):
    __slots__ = ["already_there", "measurement", "segments"]
    ALREADY_THERE_FIELD_NUMBER: _ClassVar[int]
    MEASUREMENT_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    already_there: bool
    measurement: _common_pb2.AudioMeasurement
    segments: int
    def __init__(self, already_there: bool = ..., measurement: _Optional[_Union[_common_pb2.AudioMeasurement, _Mapping]] = ..., segments: _Optional[int] = ...) -> None: ...

class PutAudioRequest(_message.Message):
    __slots__ = ["data", "header"]
    DATA_FIELD_NUMBER: _ClassVar[int]
    HEADER_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    header: PutAudioHeader
    def __init__(self, header: _Optional[_Union[PutAudioHeader, _Mapping]] = ..., data: _Optional[bytes] = ...) -> None: ...

class PutCoverHeader(_message.Message):
    __slots__ = ["project", "sha256", "size_bytes"]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    project: str
    sha256: str
    size_bytes: int
    def __init__(self, project: _Optional[str] = ..., sha256: _Optional[str] = ..., size_bytes: _Optional[int] = ...) -> None: ...

class PutCoverReply(_message.Message):
    __slots__ = ["already_there", "cover"]
    ALREADY_THERE_FIELD_NUMBER: _ClassVar[int]
    COVER_FIELD_NUMBER: _ClassVar[int]
    already_there: bool
    cover: _common_pb2.Cover
    def __init__(self, already_there: bool = ..., cover: _Optional[_Union[_common_pb2.Cover, _Mapping]] = ...) -> None: ...

class PutCoverRequest(_message.Message):
    __slots__ = ["data", "header"]
    DATA_FIELD_NUMBER: _ClassVar[int]
    HEADER_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    header: PutCoverHeader
    def __init__(self, header: _Optional[_Union[PutCoverHeader, _Mapping]] = ..., data: _Optional[bytes] = ...) -> None: ...

class PutGrantRequest(_message.Message):
    __slots__ = ["project", "role", "user"]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    project: str
    role: ProjectRole
    user: str
    def __init__(self, project: _Optional[str] = ..., user: _Optional[str] = ..., role: _Optional[_Union[ProjectRole, str]] = ...) -> None: ...

class RegisterAudioReply(_message.Message):
    __slots__ = ["results"]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[RegisteredAudioResult]
    def __init__(self, results: _Optional[_Iterable[_Union[RegisteredAudioResult, _Mapping]]] = ...) -> None: ...

class RegisterAudioRequest(_message.Message):
    __slots__ = ["audio", "project"]
    AUDIO_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    audio: _containers.RepeatedCompositeFieldContainer[RegisteredAudio]
    project: str
    def __init__(self, project: _Optional[str] = ..., audio: _Optional[_Iterable[_Union[RegisteredAudio, _Mapping]]] = ...) -> None: ...

class RegisteredAudio(_message.Message):
    __slots__ = ["blob_path", "provenance", "segment_id", "sha256"]
    BLOB_PATH_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    blob_path: str
    provenance: str
    segment_id: str
    sha256: str
    def __init__(self, segment_id: _Optional[str] = ..., blob_path: _Optional[str] = ..., sha256: _Optional[str] = ..., provenance: _Optional[str] = ...) -> None: ...

class RegisteredAudioResult(_message.Message):
    __slots__ = ["measurement", "refusal", "segment_id", "sha256"]
    MEASUREMENT_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    measurement: _common_pb2.AudioMeasurement
    refusal: str
    segment_id: str
    sha256: str
    def __init__(self, segment_id: _Optional[str] = ..., refusal: _Optional[str] = ..., measurement: _Optional[_Union[_common_pb2.AudioMeasurement, _Mapping]] = ..., sha256: _Optional[str] = ...) -> None: ...

class UpdateSegmentReply(_message.Message):
    __slots__ = ["missing_audio", "revision"]
    MISSING_AUDIO_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    missing_audio: bool
    revision: int
    def __init__(self, missing_audio: bool = ..., revision: _Optional[int] = ...) -> None: ...

class UpdateSegmentRequest(_message.Message):
    __slots__ = ["audio_sha256", "project", "segment_id", "text"]
    AUDIO_SHA256_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    audio_sha256: str
    project: str
    segment_id: str
    text: str
    def __init__(self, project: _Optional[str] = ..., segment_id: _Optional[str] = ..., text: _Optional[str] = ..., audio_sha256: _Optional[str] = ...) -> None: ...

class ProjectRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
