"""Turns messages into dataclasses and back, field by field, by name."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message

from ._proto import models
from ._proto.grpc.health.v1 import health_pb2
from ._proto.khipu.packaging.v1 import common_pb2, packaging_pb2, projects_pb2
from .errors import InternalError, InvalidArgumentError

_Value = TypeVar("_Value")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MODULES = {"khipu.packaging.v1": (packaging_pb2, projects_pb2, common_pb2), "grpc.health.v1": (health_pb2,)}


def message_class(full_name: str) -> type[Message]:
    """The class of the message `full_name`."""
    package, _, name = full_name.rpartition(".")
    for module in _MODULES[package]:
        if hasattr(module, name):
            found: type[Message] = getattr(module, name)
            return found
    raise LookupError(full_name)


def pack(full_name: str, fields: Mapping[str, Any]) -> bytes:
    """The bytes of a message with these fields; those that are None stay unset."""
    message = message_class(full_name)()
    try:
        _fill(message, fields)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidArgumentError(f"a field of {full_name} cannot be sent: {error}") from error
    return message.SerializeToString()


def unpack(kind: type[_Value], full_name: str, data: bytes) -> _Value:
    """The value that is encoded in `data`, the bytes of a message."""
    message = decode(full_name, data)
    try:
        return value_of(kind, message)
    except (OverflowError, ValueError) as error:
        raise InternalError(f"the daemon sent a {full_name} with a value out of range") from error


def decode(full_name: str, data: bytes) -> Any:
    """The message that is encoded in `data`."""
    try:
        return message_class(full_name).FromString(data)
    except DecodeError as error:
        raise InternalError(f"the daemon sent a {full_name} that cannot be read") from error


def _fill(message: Message, fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        if value is None:
            continue
        field = message.DESCRIPTOR.fields_by_name[name]
        target = getattr(message, name)
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            if isinstance(value, Mapping):
                target.update(value)
            elif isinstance(value, (list, tuple)):
                for item in value:
                    _fill(target.add(), _shallow(item))
            else:
                target.SetInParent()
                _fill(target, _shallow(value))
        elif isinstance(value, (list, tuple)):
            target.extend(value)
        elif field.message_type is None and hasattr(target, "extend"):
            raise TypeError(f'"{name}" is a list, not {type(value).__name__}')
        else:
            setattr(message, name, int(value) if isinstance(value, enum.IntEnum) else value)


def _shallow(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def value_of(kind: type[_Value], message: Any) -> _Value:
    """The dataclass `kind` with what `message` has."""
    values: dict[str, Any] = {}
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        nested = field.message_type
        if nested is not None and nested.GetOptions().map_entry:
            values[field.name] = dict(value)
        elif _is_list(field, value):
            values[field.name] = tuple(_one(field, item) for item in value)
        elif (nested is not None or field.containing_oneof is not None) and not message.HasField(field.name):
            values[field.name] = None
        else:
            values[field.name] = _one(field, value)
    return kind(**values)


def _is_list(field: FieldDescriptor, value: Any) -> bool:
    return not isinstance(value, (str, bytes, Message)) and hasattr(value, "append")


def _one(field: FieldDescriptor, value: Any) -> Any:
    if field.enum_type is not None:
        kind = getattr(models, field.enum_type.name)
        # A newer daemon may send a value that this version does not know.
        return kind(value) if value in kind._value2member_map_ else kind(0)
    if field.message_type is None:
        return value
    if field.message_type.full_name == "google.protobuf.Timestamp":
        return _EPOCH + timedelta(seconds=value.seconds, microseconds=value.nanos // 1000)
    if field.message_type.name == "Scalar":
        return getattr(value, value.WhichOneof("value") or "text")
    return value_of(getattr(models, field.message_type.name), value)
