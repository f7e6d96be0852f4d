from google.protobuf import timestamp_pb2 as _timestamp_pb2
from khipu_packaging._proto.khipu.packaging.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor
JOB_STATUS_CANCELLED: JobStatus
JOB_STATUS_COMPLETED: JobStatus
JOB_STATUS_DOWNLOADING_AUDIO: JobStatus
JOB_STATUS_FAILED: JobStatus
JOB_STATUS_GENERATING_AUDIO: JobStatus
JOB_STATUS_PROCESSING: JobStatus
JOB_STATUS_QUEUED: JobStatus
JOB_STATUS_UNSPECIFIED: JobStatus
JOB_STATUS_UPLOADING: JobStatus
PLANNED_ACTION_COPY: PlannedAction
PLANNED_ACTION_ENCODE: PlannedAction
PLANNED_ACTION_LEAVE: PlannedAction
PLANNED_ACTION_UNSPECIFIED: PlannedAction
STORAGE_TIER_ARCHIVE: StorageTier
STORAGE_TIER_TEMP: StorageTier
STORAGE_TIER_UNSPECIFIED: StorageTier

class ArchiveReply(_message.Message):
    __slots__ = ["expires_at", "message", "package_id", "storage_tier"]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    PACKAGE_ID_FIELD_NUMBER: _ClassVar[int]
    STORAGE_TIER_FIELD_NUMBER: _ClassVar[int]
    expires_at: _timestamp_pb2.Timestamp
    message: str
    package_id: str
    storage_tier: StorageTier
    def __init__(self, package_id: _Optional[str] = ..., storage_tier: _Optional[_Union[StorageTier, str]] = ..., expires_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., message: _Optional[str] = ...) -> None: ...

class ArchiveRequest(_message.Message):
    __slots__ = ["package_id", "retention_days"]
    PACKAGE_ID_FIELD_NUMBER: _ClassVar[int]
    RETENTION_DAYS_FIELD_NUMBER: _ClassVar[int]
    package_id: str
    retention_days: int
    def __init__(self, package_id: _Optional[str] = ..., retention_days: _Optional[int] = ...) -> None: ...

class AuditEntry(_message.Message):
    __slots__ = ["actor", "at", "call_id", "id", "method", "outcome", "peer", "target", "tenant"]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    PEER_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    actor: str
    at: _timestamp_pb2.Timestamp
    call_id: str
    id: int
    method: str
    outcome: str
    peer: str
    target: str
    tenant: str
    def __init__(self, id: _Optional[int] = ..., at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., actor: _Optional[str] = ..., method: _Optional[str] = ..., target: _Optional[str] = ..., outcome: _Optional[str] = ..., tenant: _Optional[str] = ..., call_id: _Optional[str] = ..., peer: _Optional[str] = ...) -> None: ...

class AuthenticateReply(_message.Message):
    __slots__ = ["caller", "expires_at", "scopes", "tenant", "tenant_id", "user_id"]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    caller: str
    expires_at: _timestamp_pb2.Timestamp
    scopes: _containers.RepeatedScalarFieldContainer[str]
    tenant: str
    tenant_id: str
    user_id: str
    def __init__(self, tenant_id: _Optional[str] = ..., user_id: _Optional[str] = ..., scopes: _Optional[_Iterable[str]] = ..., expires_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., tenant: _Optional[str] = ..., caller: _Optional[str] = ...) -> None: ...

class AuthenticateRequest(_message.Message):
    __slots__ = ["token"]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    token: str
    def __init__(self, token: _Optional[str] = ...) -> None: ...

class CancelJobReply(_message.Message):
    __slots__ = ["jobs"]
    JOBS_FIELD_NUMBER: _ClassVar[int]
    jobs: _containers.RepeatedCompositeFieldContainer[Job]
    def __init__(self, jobs: _Optional[_Iterable[_Union[Job, _Mapping]]] = ...) -> None: ...

class CancelJobRequest(_message.Message):
    __slots__ = ["batch_id", "job_id"]
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    batch_id: str
    job_id: str
    def __init__(self, job_id: _Optional[str] = ..., batch_id: _Optional[str] = ...) -> None: ...

class ChapterChange(_message.Message):
    __slots__ = ["action", "number", "reasons", "segment_ids", "title"]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_IDS_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    action: PlannedAction
    number: int
    reasons: _containers.RepeatedScalarFieldContainer[str]
    segment_ids: _containers.RepeatedScalarFieldContainer[str]
    title: str
    def __init__(self, number: _Optional[int] = ..., title: _Optional[str] = ..., action: _Optional[_Union[PlannedAction, str]] = ..., reasons: _Optional[_Iterable[str]] = ..., segment_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class CheckReadinessRequest(_message.Message):
    __slots__ = ["page_size", "page_token", "project"]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    project: str
    def __init__(self, project: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class CompletionStats(_message.Message):
    __slots__ = ["chapters_with_complete_audio", "percent_complete", "segments_with_audio", "total_chapters", "total_segments"]
    CHAPTERS_WITH_COMPLETE_AUDIO_FIELD_NUMBER: _ClassVar[int]
    PERCENT_COMPLETE_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_WITH_AUDIO_FIELD_NUMBER: _ClassVar[int]
    TOTAL_CHAPTERS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    chapters_with_complete_audio: int
    percent_complete: float
    segments_with_audio: int
    total_chapters: int
    total_segments: int
    def __init__(self, total_chapters: _Optional[int] = ..., chapters_with_complete_audio: _Optional[int] = ..., total_segments: _Optional[int] = ..., segments_with_audio: _Optional[int] = ..., percent_complete: _Optional[float] = ...) -> None: ...

class CreateAllReply(_message.Message):
    __slots__ = ["batch_id", "existing", "job_ids", "message", "refused"]
    class JobIdsEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    EXISTING_FIELD_NUMBER: _ClassVar[int]
    JOB_IDS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    batch_id: str
    existing: bool
    job_ids: _containers.ScalarMap[str, str]
    message: str
    refused: _containers.RepeatedCompositeFieldContainer[RefusedPlatform]
    def __init__(self, batch_id: _Optional[str] = ..., job_ids: _Optional[_Mapping[str, str]] = ..., message: _Optional[str] = ..., refused: _Optional[_Iterable[_Union[RefusedPlatform, _Mapping]]] = ..., existing: bool = ...) -> None: ...

class CreateAllRequest(_message.Message):
    __slots__ = ["generate_missing_audio", "platform_ids", "project", "request_id", "validate_after_creation"]
    GENERATE_MISSING_AUDIO_FIELD_NUMBER: _ClassVar[int]
    PLATFORM_IDS_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_AFTER_CREATION_FIELD_NUMBER: _ClassVar[int]
    generate_missing_audio: bool
    platform_ids: _containers.RepeatedScalarFieldContainer[str]
    project: str
    request_id: str
    validate_after_creation: bool
    def __init__(self, project: _Optional[str] = ..., platform_ids: _Optional[_Iterable[str]] = ..., generate_missing_audio: bool = ..., validate_after_creation: bool = ..., request_id: _Optional[str] = ...) -> None: ...

class DeletePackageReply(_message.Message):
    __slots__ = ["bytes_freed"]
    BYTES_FREED_FIELD_NUMBER: _ClassVar[int]
    bytes_freed: int
    def __init__(self, bytes_freed: _Optional[int] = ...) -> None: ...

class DeletePackageRequest(_message.Message):
    __slots__ = ["package_id"]
    PACKAGE_ID_FIELD_NUMBER: _ClassVar[int]
    package_id: str
    def __init__(self, package_id: _Optional[str] = ...) -> None: ...

class DownloadChunk(_message.Message):
    __slots__ = ["data", "file_name", "offset", "sha256", "total_size"]
    DATA_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    file_name: str
    offset: int
    sha256: str
    total_size: int
    def __init__(self, offset: _Optional[int] = ..., data: _Optional[bytes] = ..., total_size: _Optional[int] = ..., sha256: _Optional[str] = ..., file_name: _Optional[str] = ...) -> None: ...

class DownloadLink(_message.Message):
    __slots__ = ["expires_at", "url"]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    expires_at: _timestamp_pb2.Timestamp
    url: str
    def __init__(self, url: _Optional[str] = ..., expires_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class DownloadRequest(_message.Message):
    __slots__ = ["offset", "package_id"]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    PACKAGE_ID_FIELD_NUMBER: _ClassVar[int]
    offset: int
    package_id: str
    def __init__(self, package_id: _Optional[str] = ..., offset: _Optional[int] = ...) -> None: ...

class GetDownloadLinkRequest(_message.Message):
    __slots__ = ["package_id"]
    PACKAGE_ID_FIELD_NUMBER: _ClassVar[int]
    package_id: str
    def __init__(self, package_id: _Optional[str] = ...) -> None: ...

class GetJobRequest(_message.Message):
    __slots__ = ["job_id"]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    def __init__(self, job_id: _Optional[str] = ...) -> None: ...

class GetManifestRequest(_message.Message):
    __slots__ = ["page_size", "page_token", "project"]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    project: str
    def __init__(self, project: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class GetTenantUsageRequest(_message.Message):
    __slots__ = ["tenant"]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    def __init__(self, tenant: _Optional[str] = ...) -> None: ...

class InspectHeader(_message.Message):
    __slots__ = ["platform_id", "size_bytes"]
    PLATFORM_ID_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    platform_id: str
    size_bytes: int
    def __init__(self, platform_id: _Optional[str] = ..., size_bytes: _Optional[int] = ...) -> None: ...

class InspectRequest(_message.Message):
    __slots__ = ["data", "header"]
    DATA_FIELD_NUMBER: _ClassVar[int]
    HEADER_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    header: InspectHeader
    def __init__(self, header: _Optional[_Union[InspectHeader, _Mapping]] = ..., data: _Optional[bytes] = ...) -> None: ...

class Job(_message.Message):
    __slots__ = ["attempt", "batch_id", "completed_at", "created_at", "created_by", "current_step", "error_message", "error_reason", "estimated_completion_at", "id", "last_sequence", "package_id", "platform_id", "progress_percent", "project_id", "started_at", "status"]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    COMPLETED_AT_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    CREATED_BY_FIELD_NUMBER: _ClassVar[int]
    CURRENT_STEP_FIELD_NUMBER: _ClassVar[int]
    ERROR_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    ERROR_REASON_FIELD_NUMBER: _ClassVar[int]
    ESTIMATED_COMPLETION_AT_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    PACKAGE_ID_FIELD_NUMBER: _ClassVar[int]
    PLATFORM_ID_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_PERCENT_FIELD_NUMBER: _ClassVar[int]
    PROJECT_ID_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    attempt: int
    batch_id: str
    completed_at: _timestamp_pb2.Timestamp
    created_at: _timestamp_pb2.Timestamp
    created_by: str
    current_step: str
    error_message: str
    error_reason: str
    estimated_completion_at: _timestamp_pb2.Timestamp
    id: str
    last_sequence: int
    package_id: str
    platform_id: str
    progress_percent: int
    project_id: str
    started_at: _timestamp_pb2.Timestamp
    status: JobStatus
    def __init__(self, id: _Optional[str] = ..., project_id: _Optional[str] = ..., batch_id: _Optional[str] = ..., platform_id: _Optional[str] = ..., status: _Optional[_Union[JobStatus, str]] = ..., progress_percent: _Optional[int] = ..., current_step: _Optional[str] = ..., error_message: _Optional[str] = ..., package_id: _Optional[str] = ..., attempt: _Optional[int] = ..., created_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., started_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., completed_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., estimated_completion_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., last_sequence: _Optional[int] = ..., error_reason: _Optional[str] = ..., created_by: _Optional[str] = ...) -> None: ...

class JobEvent(_message.Message):
    __slots__ = ["at", "attempt", "compacted", "current_step", "error_message", "error_reason", "estimated_completion_at", "job_id", "package_id", "platform_id", "progress_percent", "sequence", "status"]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    COMPACTED_FIELD_NUMBER: _ClassVar[int]
    CURRENT_STEP_FIELD_NUMBER: _ClassVar[int]
    ERROR_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    ERROR_REASON_FIELD_NUMBER: _ClassVar[int]
    ESTIMATED_COMPLETION_AT_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    PACKAGE_ID_FIELD_NUMBER: _ClassVar[int]
    PLATFORM_ID_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_PERCENT_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    at: _timestamp_pb2.Timestamp
    attempt: int
    compacted: bool
    current_step: str
    error_message: str
    error_reason: str
    estimated_completion_at: _timestamp_pb2.Timestamp
    job_id: str
    package_id: str
    platform_id: str
    progress_percent: int
    sequence: int
    status: JobStatus
    def __init__(self, sequence: _Optional[int] = ..., job_id: _Optional[str] = ..., platform_id: _Optional[str] = ..., status: _Optional[_Union[JobStatus, str]] = ..., progress_percent: _Optional[int] = ..., current_step: _Optional[str] = ..., error_message: _Optional[str] = ..., package_id: _Optional[str] = ..., at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., estimated_completion_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., compacted: bool = ..., attempt: _Optional[int] = ..., error_reason: _Optional[str] = ...) -> None: ...

class ListAuditReply(_message.Message):
    __slots__ = ["entries", "next_page_token"]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[AuditEntry]
    next_page_token: str
    def __init__(self, entries: _Optional[_Iterable[_Union[AuditEntry, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListAuditRequest(_message.Message):
    __slots__ = ["page_size", "page_token", "tenant"]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    tenant: str
    def __init__(self, tenant: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListJobsReply(_message.Message):
    __slots__ = ["jobs", "next_page_token"]
    JOBS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    jobs: _containers.RepeatedCompositeFieldContainer[Job]
    next_page_token: str
    def __init__(self, jobs: _Optional[_Iterable[_Union[Job, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListJobsRequest(_message.Message):
    __slots__ = ["batch_id", "page_size", "page_token", "project"]
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    batch_id: str
    page_size: int
    page_token: str
    project: str
    def __init__(self, project: _Optional[str] = ..., batch_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListPackagesReply(_message.Message):
    __slots__ = ["next_page_token", "packages", "storage_quota"]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PACKAGES_FIELD_NUMBER: _ClassVar[int]
    STORAGE_QUOTA_FIELD_NUMBER: _ClassVar[int]
    next_page_token: str
    packages: _containers.RepeatedCompositeFieldContainer[Package]
    storage_quota: StorageQuota
    def __init__(self, packages: _Optional[_Iterable[_Union[Package, _Mapping]]] = ..., storage_quota: _Optional[_Union[StorageQuota, _Mapping]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListPackagesRequest(_message.Message):
    __slots__ = ["current_only", "page_size", "page_token", "platform_id", "project"]
    CURRENT_ONLY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PLATFORM_ID_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    current_only: bool
    page_size: int
    page_token: str
    platform_id: str
    project: str
    def __init__(self, project: _Optional[str] = ..., platform_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., current_only: bool = ...) -> None: ...

class ListRevocationsReply(_message.Message):
    __slots__ = ["next_page_token", "revocations"]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    REVOCATIONS_FIELD_NUMBER: _ClassVar[int]
    next_page_token: str
    revocations: _containers.RepeatedCompositeFieldContainer[Revocation]
    def __init__(self, revocations: _Optional[_Iterable[_Union[Revocation, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListRevocationsRequest(_message.Message):
    __slots__ = ["page_size", "page_token", "tenant"]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    tenant: str
    def __init__(self, tenant: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListRulesReply(_message.Message):
    __slots__ = ["platforms"]
    PLATFORMS_FIELD_NUMBER: _ClassVar[int]
    platforms: _containers.RepeatedCompositeFieldContainer[PlatformRules]
    def __init__(self, platforms: _Optional[_Iterable[_Union[PlatformRules, _Mapping]]] = ...) -> None: ...

class ListRulesRequest(_message.Message):
    __slots__ = ["platform_id"]
    PLATFORM_ID_FIELD_NUMBER: _ClassVar[int]
    platform_id: str
    def __init__(self, platform_id: _Optional[str] = ...) -> None: ...

class ListTenantsReply(_message.Message):
    __slots__ = ["next_page_token", "tenants"]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TENANTS_FIELD_NUMBER: _ClassVar[int]
    next_page_token: str
    tenants: _containers.RepeatedCompositeFieldContainer[Tenant]
    def __init__(self, tenants: _Optional[_Iterable[_Union[Tenant, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListTenantsRequest(_message.Message):
    __slots__ = ["page_size", "page_token"]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class Manifest(_message.Message):
    __slots__ = ["chapters", "cover", "metadata", "next_page_token", "project_id", "revision", "slug"]
    CHAPTERS_FIELD_NUMBER: _ClassVar[int]
    COVER_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PROJECT_ID_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    SLUG_FIELD_NUMBER: _ClassVar[int]
    chapters: _containers.RepeatedCompositeFieldContainer[ManifestChapter]
    cover: _common_pb2.Cover
    metadata: _common_pb2.BookMetadata
    next_page_token: str
    project_id: str
    revision: int
    slug: str
    def __init__(self, project_id: _Optional[str] = ..., slug: _Optional[str] = ..., metadata: _Optional[_Union[_common_pb2.BookMetadata, _Mapping]] = ..., cover: _Optional[_Union[_common_pb2.Cover, _Mapping]] = ..., chapters: _Optional[_Iterable[_Union[ManifestChapter, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., revision: _Optional[int] = ...) -> None: ...

class ManifestChapter(_message.Message):
    __slots__ = ["id", "kind", "number", "segments", "title"]
    ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    id: str
    kind: _common_pb2.ChapterKind
    number: int
    segments: _containers.RepeatedCompositeFieldContainer[ManifestSegment]
    title: str
    def __init__(self, id: _Optional[str] = ..., title: _Optional[str] = ..., kind: _Optional[_Union[_common_pb2.ChapterKind, str]] = ..., number: _Optional[int] = ..., segments: _Optional[_Iterable[_Union[ManifestSegment, _Mapping]]] = ...) -> None: ...

class ManifestSegment(_message.Message):
    __slots__ = ["audio_sha256", "duration_seconds", "id", "provenance", "text"]
    AUDIO_SHA256_FIELD_NUMBER: _ClassVar[int]
    DURATION_SECONDS_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    audio_sha256: str
    duration_seconds: float
    id: str
    provenance: str
    text: str
    def __init__(self, id: _Optional[str] = ..., text: _Optional[str] = ..., audio_sha256: _Optional[str] = ..., duration_seconds: _Optional[float] = ..., provenance: _Optional[str] = ...) -> None: ...

class MeasuredSpecs(_message.Message):
    __slots__ = ["audio_codec", "average_rms", "bitrate", "channels", "file_size_mb", "noise_floor", "peak_level", "sample_rate", "total_duration_seconds"]
    AUDIO_CODEC_FIELD_NUMBER: _ClassVar[int]
    AVERAGE_RMS_FIELD_NUMBER: _ClassVar[int]
    BITRATE_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    FILE_SIZE_MB_FIELD_NUMBER: _ClassVar[int]
    NOISE_FLOOR_FIELD_NUMBER: _ClassVar[int]
    PEAK_LEVEL_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_RATE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_DURATION_SECONDS_FIELD_NUMBER: _ClassVar[int]
    audio_codec: str
    average_rms: float
    bitrate: str
    channels: int
    file_size_mb: float
    noise_floor: float
    peak_level: float
    sample_rate: int
    total_duration_seconds: float
    def __init__(self, file_size_mb: _Optional[float] = ..., total_duration_seconds: _Optional[float] = ..., audio_codec: _Optional[str] = ..., bitrate: _Optional[str] = ..., sample_rate: _Optional[int] = ..., channels: _Optional[int] = ..., peak_level: _Optional[float] = ..., average_rms: _Optional[float] = ..., noise_floor: _Optional[float] = ...) -> None: ...

class MissingAudio(_message.Message):
    __slots__ = ["chapter_ids", "next_page_token", "segment_ids"]
    CHAPTER_IDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_IDS_FIELD_NUMBER: _ClassVar[int]
    chapter_ids: _containers.RepeatedScalarFieldContainer[str]
    next_page_token: str
    segment_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, chapter_ids: _Optional[_Iterable[str]] = ..., segment_ids: _Optional[_Iterable[str]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class Package(_message.Message):
    __slots__ = ["archived_at", "audio_spec", "created_at", "created_by", "current", "download_url", "duration_seconds", "expires_at", "file_name", "file_size_bytes", "format", "id", "is_validated", "job_id", "platform_id", "project_id", "same_as_package_id", "sha256", "storage_tier", "validation_passed", "version"]
    ARCHIVED_AT_FIELD_NUMBER: _ClassVar[int]
    AUDIO_SPEC_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    CREATED_BY_FIELD_NUMBER: _ClassVar[int]
    CURRENT_FIELD_NUMBER: _ClassVar[int]
    DOWNLOAD_URL_FIELD_NUMBER: _ClassVar[int]
    DURATION_SECONDS_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    FILE_SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    IS_VALIDATED_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    PLATFORM_ID_FIELD_NUMBER: _ClassVar[int]
    PROJECT_ID_FIELD_NUMBER: _ClassVar[int]
    SAME_AS_PACKAGE_ID_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    STORAGE_TIER_FIELD_NUMBER: _ClassVar[int]
    VALIDATION_PASSED_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    archived_at: _timestamp_pb2.Timestamp
    audio_spec: _common_pb2.AudioSpec
    created_at: _timestamp_pb2.Timestamp
    created_by: str
    current: bool
    download_url: str
    duration_seconds: float
    expires_at: _timestamp_pb2.Timestamp
    file_name: str
    file_size_bytes: int
    format: str
    id: str
    is_validated: bool
    job_id: str
    platform_id: str
    project_id: str
    same_as_package_id: str
    sha256: str
    storage_tier: StorageTier
    validation_passed: bool
    version: int
    def __init__(self, id: _Optional[str] = ..., project_id: _Optional[str] = ..., platform_id: _Optional[str] = ..., format: _Optional[str] = ..., version: _Optional[int] = ..., storage_tier: _Optional[_Union[StorageTier, str]] = ..., file_size_bytes: _Optional[int] = ..., download_url: _Optional[str] = ..., is_validated: bool = ..., validation_passed: bool = ..., created_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., expires_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., archived_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., same_as_package_id: _Optional[str] = ..., audio_spec: _Optional[_Union[_common_pb2.AudioSpec, _Mapping]] = ..., duration_seconds: _Optional[float] = ..., sha256: _Optional[str] = ..., file_name: _Optional[str] = ..., job_id: _Optional[str] = ..., current: bool = ..., created_by: _Optional[str] = ...) -> None: ...

class PackagePlan(_message.Message):
    __slots__ = ["audio_spec", "changes", "duration_seconds", "file_name", "files", "package_format", "platform_id", "recipe_digest", "rejections", "size_bytes", "size_is_exact"]
    AUDIO_SPEC_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    DURATION_SECONDS_FIELD_NUMBER: _ClassVar[int]
    FILES_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    PACKAGE_FORMAT_FIELD_NUMBER: _ClassVar[int]
    PLATFORM_ID_FIELD_NUMBER: _ClassVar[int]
    RECIPE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    REJECTIONS_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    SIZE_IS_EXACT_FIELD_NUMBER: _ClassVar[int]
    audio_spec: _common_pb2.AudioSpec
    changes: PlannedChanges
    duration_seconds: float
    file_name: str
    files: _containers.RepeatedCompositeFieldContainer[PlannedFile]
    package_format: str
    platform_id: str
    recipe_digest: str
    rejections: _containers.RepeatedScalarFieldContainer[str]
    size_bytes: int
    size_is_exact: bool
    def __init__(self, platform_id: _Optional[str] = ..., package_format: _Optional[str] = ..., file_name: _Optional[str] = ..., audio_spec: _Optional[_Union[_common_pb2.AudioSpec, _Mapping]] = ..., size_bytes: _Optional[int] = ..., size_is_exact: bool = ..., duration_seconds: _Optional[float] = ..., files: _Optional[_Iterable[_Union[PlannedFile, _Mapping]]] = ..., rejections: _Optional[_Iterable[str]] = ..., recipe_digest: _Optional[str] = ..., changes: _Optional[_Union[PlannedChanges, _Mapping]] = ...) -> None: ...

class PackagePlans(_message.Message):
    __slots__ = ["plans"]
    PLANS_FIELD_NUMBER: _ClassVar[int]
    plans: _containers.RepeatedCompositeFieldContainer[PackagePlan]
    def __init__(self, plans: _Optional[_Iterable[_Union[PackagePlan, _Mapping]]] = ...) -> None: ...

class PlanPackagesRequest(_message.Message):
    __slots__ = ["include_changes", "platform_ids", "project"]
    INCLUDE_CHANGES_FIELD_NUMBER: _ClassVar[int]
    PLATFORM_IDS_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    include_changes: bool
    platform_ids: _containers.RepeatedScalarFieldContainer[str]
    project: str
    def __init__(self, project: _Optional[str] = ..., platform_ids: _Optional[_Iterable[str]] = ..., include_changes: bool = ...) -> None: ...

class PlannedChanges(_message.Message):
    __slots__ = ["action", "chapters", "package_id", "reasons"]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    CHAPTERS_FIELD_NUMBER: _ClassVar[int]
    PACKAGE_ID_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    action: PlannedAction
    chapters: _containers.RepeatedCompositeFieldContainer[ChapterChange]
    package_id: str
    reasons: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, action: _Optional[_Union[PlannedAction, str]] = ..., package_id: _Optional[str] = ..., reasons: _Optional[_Iterable[str]] = ..., chapters: _Optional[_Iterable[_Union[ChapterChange, _Mapping]]] = ...) -> None: ...

class PlannedFile(_message.Message):
    __slots__ = ["duration_seconds", "name", "size_bytes", "title"]
    DURATION_SECONDS_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    duration_seconds: float
    name: str
    size_bytes: int
    title: str
    def __init__(self, name: _Optional[str] = ..., size_bytes: _Optional[int] = ..., duration_seconds: _Optional[float] = ..., title: _Optional[str] = ...) -> None: ...

class PlatformReadiness(_message.Message):
    __slots__ = ["enabled", "id", "name", "ready", "requirements"]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    READY_FIELD_NUMBER: _ClassVar[int]
    REQUIREMENTS_FIELD_NUMBER: _ClassVar[int]
    enabled: bool
    id: str
    name: str
    ready: bool
    requirements: _containers.RepeatedCompositeFieldContainer[Requirement]
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., enabled: bool = ..., ready: bool = ..., requirements: _Optional[_Iterable[_Union[Requirement, _Mapping]]] = ...) -> None: ...

class PlatformRules(_message.Message):
    __slots__ = ["audio_spec", "name", "package_format", "platform_id", "rules"]
    AUDIO_SPEC_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PACKAGE_FORMAT_FIELD_NUMBER: _ClassVar[int]
    PLATFORM_ID_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    audio_spec: _common_pb2.AudioSpec
    name: str
    package_format: str
    platform_id: str
    rules: _containers.RepeatedCompositeFieldContainer[Rule]
    def __init__(self, platform_id: _Optional[str] = ..., name: _Optional[str] = ..., package_format: _Optional[str] = ..., audio_spec: _Optional[_Union[_common_pb2.AudioSpec, _Mapping]] = ..., rules: _Optional[_Iterable[_Union[Rule, _Mapping]]] = ...) -> None: ...

class Readiness(_message.Message):
    __slots__ = ["completion_stats", "missing_audio", "overall_ready", "platforms"]
    COMPLETION_STATS_FIELD_NUMBER: _ClassVar[int]
    MISSING_AUDIO_FIELD_NUMBER: _ClassVar[int]
    OVERALL_READY_FIELD_NUMBER: _ClassVar[int]
    PLATFORMS_FIELD_NUMBER: _ClassVar[int]
    completion_stats: CompletionStats
    missing_audio: MissingAudio
    overall_ready: bool
    platforms: _containers.RepeatedCompositeFieldContainer[PlatformReadiness]
    def __init__(self, overall_ready: bool = ..., completion_stats: _Optional[_Union[CompletionStats, _Mapping]] = ..., platforms: _Optional[_Iterable[_Union[PlatformReadiness, _Mapping]]] = ..., missing_audio: _Optional[_Union[MissingAudio, _Mapping]] = ...) -> None: ...

class RefusedPlatform(_message.Message):
    __slots__ = ["platform_id", "reasons"]
    PLATFORM_ID_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    platform_id: str
    reasons: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, platform_id: _Optional[str] = ..., reasons: _Optional[_Iterable[str]] = ...) -> None: ...

class Requirement(_message.Message):
    __slots__ = ["actual", "details", "expected", "id", "met"]
    ACTUAL_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    MET_FIELD_NUMBER: _ClassVar[int]
    actual: _common_pb2.Scalar
    details: str
    expected: _common_pb2.Scalar
    id: str
    met: bool
    def __init__(self, id: _Optional[str] = ..., met: bool = ..., details: _Optional[str] = ..., expected: _Optional[_Union[_common_pb2.Scalar, _Mapping]] = ..., actual: _Optional[_Union[_common_pb2.Scalar, _Mapping]] = ...) -> None: ...

class RetryJobRequest(_message.Message):
    __slots__ = ["job_id"]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    def __init__(self, job_id: _Optional[str] = ...) -> None: ...

class Revocation(_message.Message):
    __slots__ = ["created_at", "created_by", "expires_at", "issued_before", "token_id", "user"]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    CREATED_BY_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    ISSUED_BEFORE_FIELD_NUMBER: _ClassVar[int]
    TOKEN_ID_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    created_at: _timestamp_pb2.Timestamp
    created_by: str
    expires_at: _timestamp_pb2.Timestamp
    issued_before: _timestamp_pb2.Timestamp
    token_id: str
    user: str
    def __init__(self, token_id: _Optional[str] = ..., user: _Optional[str] = ..., issued_before: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., expires_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., created_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., created_by: _Optional[str] = ...) -> None: ...

class RevokeTokenRequest(_message.Message):
    __slots__ = ["expires_at", "tenant", "token_id"]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    TOKEN_ID_FIELD_NUMBER: _ClassVar[int]
    expires_at: _timestamp_pb2.Timestamp
    tenant: str
    token_id: str
    def __init__(self, tenant: _Optional[str] = ..., token_id: _Optional[str] = ..., expires_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RevokeUserRequest(_message.Message):
    __slots__ = ["issued_before", "tenant", "user"]
    ISSUED_BEFORE_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    issued_before: _timestamp_pb2.Timestamp
    tenant: str
    user: str
    def __init__(self, tenant: _Optional[str] = ..., user: _Optional[str] = ..., issued_before: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Rule(_message.Message):
    __slots__ = ["date", "description", "id", "source", "value"]
    DATE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    date: str
    description: str
    id: str
    source: str
    value: _common_pb2.Scalar
    def __init__(self, id: _Optional[str] = ..., description: _Optional[str] = ..., value: _Optional[_Union[_common_pb2.Scalar, _Mapping]] = ..., source: _Optional[str] = ..., date: _Optional[str] = ...) -> None: ...

class StorageQuota(_message.Message):
    __slots__ = ["limit", "unit", "used"]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    limit: float
    unit: str
    used: float
    def __init__(self, used: _Optional[float] = ..., limit: _Optional[float] = ..., unit: _Optional[str] = ...) -> None: ...

class Tenant(_message.Message):
    __slots__ = ["default_retention_days", "drops_oldest_version", "id", "jobs_per_hour", "name", "quota_bytes", "version_limit"]
    DEFAULT_RETENTION_DAYS_FIELD_NUMBER: _ClassVar[int]
    DROPS_OLDEST_VERSION_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    JOBS_PER_HOUR_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    QUOTA_BYTES_FIELD_NUMBER: _ClassVar[int]
    VERSION_LIMIT_FIELD_NUMBER: _ClassVar[int]
    default_retention_days: int
    drops_oldest_version: bool
    id: str
    jobs_per_hour: int
    name: str
    quota_bytes: int
    version_limit: int
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., quota_bytes: _Optional[int] = ..., default_retention_days: _Optional[int] = ..., version_limit: _Optional[int] = ..., jobs_per_hour: _Optional[int] = ..., drops_oldest_version: bool = ...) -> None: ...

class TenantUsage(_message.Message):
    __slots__ = ["archived_packages", "jobs_last_hour", "live_jobs", "next_job_at", "packages", "projects", "storage_bytes", "tenant"]
    ARCHIVED_PACKAGES_FIELD_NUMBER: _ClassVar[int]
    JOBS_LAST_HOUR_FIELD_NUMBER: _ClassVar[int]
    LIVE_JOBS_FIELD_NUMBER: _ClassVar[int]
    NEXT_JOB_AT_FIELD_NUMBER: _ClassVar[int]
    PACKAGES_FIELD_NUMBER: _ClassVar[int]
    PROJECTS_FIELD_NUMBER: _ClassVar[int]
    STORAGE_BYTES_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    archived_packages: int
    jobs_last_hour: int
    live_jobs: int
    next_job_at: _timestamp_pb2.Timestamp
    packages: int
    projects: int
    storage_bytes: int
    tenant: Tenant
    def __init__(self, tenant: _Optional[_Union[Tenant, _Mapping]] = ..., storage_bytes: _Optional[int] = ..., jobs_last_hour: _Optional[int] = ..., next_job_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., live_jobs: _Optional[int] = ..., projects: _Optional[int] = ..., packages: _Optional[int] = ..., archived_packages: _Optional[int] = ...) -> None: ...

class ValidateRequest(_message.Message):
    __slots__ = ["package_id"]
    PACKAGE_ID_FIELD_NUMBER: _ClassVar[int]
    package_id: str
    def __init__(self, package_id: _Optional[str] = ...) -> None: ...

class ValidationIssue(_message.Message):
    __slots__ = ["affected_chapters", "category", "details", "message", "severity"]
    AFFECTED_CHAPTERS_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    affected_chapters: _containers.RepeatedScalarFieldContainer[int]
    category: str
    details: str
    message: str
    severity: str
    def __init__(self, severity: _Optional[str] = ..., category: _Optional[str] = ..., message: _Optional[str] = ..., details: _Optional[str] = ..., affected_chapters: _Optional[_Iterable[int]] = ...) -> None: ...

class ValidationReport(_message.Message):
    __slots__ = ["issues", "specs", "valid"]
    ISSUES_FIELD_NUMBER: _ClassVar[int]
    SPECS_FIELD_NUMBER: _ClassVar[int]
    VALID_FIELD_NUMBER: _ClassVar[int]
    issues: _containers.RepeatedCompositeFieldContainer[ValidationIssue]
    specs: MeasuredSpecs
    valid: bool
    def __init__(self, valid: bool = ..., issues: _Optional[_Iterable[_Union[ValidationIssue, _Mapping]]] = ..., specs: _Optional[_Union[MeasuredSpecs, _Mapping]] = ...) -> None: ...

class WatchJobRequest(_message.Message):
    __slots__ = ["after_sequence", "batch_id", "job_id"]
    AFTER_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    after_sequence: int
    batch_id: str
    job_id: str
    def __init__(self, job_id: _Optional[str] = ..., batch_id: _Optional[str] = ..., after_sequence: _Optional[int] = ...) -> None: ...

class JobStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class StorageTier(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class PlannedAction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
