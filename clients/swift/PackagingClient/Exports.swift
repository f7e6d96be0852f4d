@_exported public import PackagingMessages
@_exported public import Protobuf

// A program that imports this library needs the messages and the error it throws, and no import beside it.
@_exported public import struct Model.PackagingError
@_exported public import enum TTRPC.Address
