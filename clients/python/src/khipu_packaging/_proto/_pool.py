"""The descriptor pool of these messages, apart from the one that all other libraries share."""

from google.protobuf import any_pb2, descriptor_pool, duration_pb2, message_factory, timestamp_pb2

_pool = descriptor_pool.DescriptorPool()
for _module in (any_pb2, duration_pb2, timestamp_pb2):
    _pool.AddSerializedFile(_module.DESCRIPTOR.serialized_pb)
    # Where protobuf is pure Python, as on Alpine, a message can hold only what has its class already.
    for _name in _module.DESCRIPTOR.message_types_by_name:
        message_factory.GetMessageClass(_pool.FindMessageTypeByName(f"{_module.DESCRIPTOR.package}.{_name}"))


def Default() -> descriptor_pool.DescriptorPool:
    """Named as the function that protoc's output calls."""
    return _pool
