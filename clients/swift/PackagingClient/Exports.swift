@_exported public import PackagingMessages
@_exported public import Protobuf

// A program that imports this library needs the messages and the error type. This way it needs no other import.
@_exported public import struct Model.PackagingError
@_exported public import enum TTRPC.Address
