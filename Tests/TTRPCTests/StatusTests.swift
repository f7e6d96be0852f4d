import Model
import Protobuf
import Testing

@testable import TTRPC

@Suite("Errors as statuses")
struct StatusTests {
    @Test("an error arrives over the wire unchanged, without its cause")
    func roundTrip() throws {
        let error = PackagingError(
            .resourceExhausted,
            "tenant \"acme\" has no jobs left this hour",
            reason: "QUOTA_EXCEEDED",
            detail: "100 of 100 jobs were used.",
            hint: "Try again later.",
            metadata: ["limit": "jobs_per_hour", "tenantID": "acme"],
            fields: [PackagingError.FieldViolation(field: "chapters[3].title", description: "must not be empty")],
            retryAfter: .milliseconds(1500),
            cause: CancellationError()
        )
        let read = try PackagingError(status: RPCStatus(serialized: error.status().serialized()))
        #expect(read.code == error.code)
        #expect(read.message == error.message)
        #expect(read.reason == error.reason)
        #expect(read.detail == error.detail)
        #expect(read.hint == error.hint)
        #expect(read.metadata == error.metadata)
        #expect(read.fields == error.fields)
        #expect(read.retryAfter == error.retryAfter)
        #expect(read.cause == nil)
    }

    @Test("every code keeps its number", arguments: PackagingError.Code.allCases)
    func codes(_ code: PackagingError.Code) {
        #expect(PackagingError(code, "x").status().code == Int32(code.rawValue))
        #expect(PackagingError(status: RPCStatus(code: Int32(code.rawValue))).code == code)
    }

    @Test("a code of a newer peer becomes unknown, and details that cannot be read are ignored")
    func foreign() {
        let details = [
            ProtoAny(typeURL: "type.googleapis.com/google.rpc.ErrorInfo", value: [0xFF]),
            ProtoAny(typeURL: "type.googleapis.com/some.Other", value: [1, 2]),
        ]
        let error = PackagingError(status: RPCStatus(code: 99, message: "odd", details: details))
        #expect(error.code == .unknown)
        #expect(error.message == "odd")
    }

    @Test("an error whose text cannot be written still has its code")
    func unwritable() throws {
        let frame = Frame.status(PackagingError(.notFound, "a\0b"), on: 1)
        #expect(try TTRPCResponse(serialized: frame.body).status?.code == 5)
    }
}
