"""Messages and the dataclasses that stand for them."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from support import TEST_SECONDS

from khipu_packaging import HealthStatus, models
from khipu_packaging._proto.khipu.packaging.v1 import packaging_pb2 as pb
from khipu_packaging._proto.khipu.packaging.v1 import projects_pb2 as projects
from khipu_packaging._values import pack, unpack
from khipu_packaging.errors import InternalError, InvalidArgumentError
from khipu_packaging.health import health_of

PACKAGE = "khipu.packaging.v1."


def test_a_moment_is_a_datetime_in_utc_and_an_unset_one_is_none() -> None:
    message = pb.Job(id="j", status=pb.JOB_STATUS_PROCESSING)
    message.created_at.FromJsonString("2026-03-01T10:00:00.25Z")
    job = unpack(models.Job, PACKAGE + "Job", message.SerializeToString())
    assert job.created_at == datetime(2026, 3, 1, 10, 0, 0, 250_000, timezone.utc) and job.completed_at is None
    assert job.status is models.JobStatus.PROCESSING


def test_maps_and_lists_and_choices_have_pythons_types() -> None:
    reply = pb.CreateAllReply(job_ids={"google": "j1"}, refused=[pb.RefusedPlatform(platform_id="acx", reasons=["a"])])
    value = unpack(models.CreateAllReply, PACKAGE + "CreateAllReply", reply.SerializeToString())
    assert value.job_ids == {"google": "j1"}
    assert value.refused == (models.RefusedPlatform(platform_id="acx", reasons=("a",)),)
    requirement = pb.Requirement(id="r")
    requirement.expected.number, requirement.actual.text = 44_100, "128k"
    found = unpack(models.Requirement, PACKAGE + "Requirement", requirement.SerializeToString())
    assert (found.expected, found.actual) == (44_100.0, "128k")
    for passed in (None, False, True):
        package = pb.Package(id="p")
        if passed is not None:
            package.validation_passed = passed
        assert unpack(models.Package, PACKAGE + "Package", package.SerializeToString()).validation_passed is passed


def test_what_is_unset_stays_unset_and_what_is_empty_is_sent() -> None:
    request = PACKAGE + "UpdateSegmentRequest"
    unset = projects.UpdateSegmentRequest.FromString(pack(request, {"project": "p", "text": None}))
    empty = projects.UpdateSegmentRequest.FromString(pack(request, {"project": "p", "text": ""}))
    assert not unset.HasField("text") and empty.HasField("text")


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        ("CreateAllRequest", {"platform_ids": "google"}),
        ("CreateAllRequest", {"project": 7}),
        ("CreateAllRequest", {"platform_ids": ["a", 1]}),
        ("WatchJobRequest", {"after_sequence": 2**63}),
        ("ListJobsRequest", {"page_size": 2**31}),
        ("CreateAllRequest", {"project": "\ud800"}),
    ],
)
def test_a_value_that_cannot_be_sent_is_refused_as_an_argument(message: str, fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        pack(PACKAGE + message, fields)


def test_a_moment_that_python_cannot_tell_is_an_error_of_the_daemon() -> None:
    message = pb.Job()
    message.created_at.seconds = 10**15
    with pytest.raises(InternalError, match="out of range"):
        unpack(models.Job, PACKAGE + "Job", message.SerializeToString())


def test_a_health_that_a_newer_daemon_tells_is_unknown_and_no_yes() -> None:
    found = health_of(b"\x08\x63" + b"\xca\x3e\x01R")  # status 99, field 1001
    assert (found.status, found.reason) == (HealthStatus.UNKNOWN, "R") and not found


def test_it_works_where_protobuf_is_pure_python() -> None:
    """As on Alpine, for which protobuf has no compiled wheel."""
    environment = {**os.environ, "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": "python"}
    this = Path(__file__)
    files = [str(this), str(this.with_name("test_frames.py"))]
    command = [sys.executable, "-m", "pytest", *files, "-k", "not pure_python"]
    ran = subprocess.run(
        command, cwd=this.parents[1], env=environment, capture_output=True, text=True, timeout=TEST_SECONDS
    )
    assert ran.returncode == 0, ran.stdout
