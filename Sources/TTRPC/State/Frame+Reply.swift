internal import Model
internal import Protobuf

extension Frame {
    /// The Response that ends `streamID` with `error`.
    static func status(_ error: PackagingError, on streamID: UInt32) -> Frame {
        if let body = try? TTRPCResponse(status: error.status()).serialized(), body.count <= FrameHeader.maximumLength {
            return Frame(.response, on: streamID, body: body)
        }
        // An error cannot be written if a text contains a NUL or has megabytes. The code is then sent alone, because it
        // matters most.
        let bare = RPCStatus(code: Int32(error.code.rawValue), message: "the error cannot be written")
        return Frame(.response, on: streamID, body: (try? TTRPCResponse(status: bare).serialized()) ?? [])
    }

    /// The Response that ends `streamID` with a reply, or with an error if the reply does not fit into a frame.
    static func reply(_ payload: [UInt8], on streamID: UInt32) -> Frame {
        do {
            let body = try TTRPCResponse(payload: payload).serialized()
            guard body.count <= FrameHeader.maximumLength else {
                return status(.frameTooLong(body.count), on: streamID)
            }
            return Frame(.response, on: streamID, body: body)
        } catch {
            return status(PackagingError(.internal, "cannot write the reply: \(error)"), on: streamID)
        }
    }
}
