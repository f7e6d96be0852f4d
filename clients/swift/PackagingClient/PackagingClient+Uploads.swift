public import PackagingMessages
internal import TTRPC

/// A file to send: its description, and where its bytes are.
public struct Upload<Header: Sendable & Hashable>: Sendable, Hashable {
    /// The description that is sent before the bytes. Its digest and size must be those of the file.
    public var header: Header
    /// The file with the bytes.
    public var path: String

    /// An upload of the file at `path`.
    public init(_ header: Header, path: String) {
        self.header = header
        self.path = path
    }
}

extension PackagingClient {
    /// The bytes of a file in one message. They are few, so that other calls of the connection are not delayed.
    static let pieceBytes = 256 * 1024

    /// Sends one segment's audio. Bytes that the daemon already has are not sent.
    ///
    /// - Throws: ``PackagingError``; with reason `AUDIO_REFUSED` if the bytes are not complete audio.
    public func putAudio(_ upload: Upload<PutAudioHeader>) async throws(PackagingError) -> PutAudioReply {
        try await connection().clientStream(
            ProjectsMethods.putAudio,
            metadata: metadata,
            timeout: nil,
            mayRepeat: true
        ) { (writer: MessageWriter<PutAudioRequest>) async throws(PackagingError) in
            let file = try await LocalFile.reading(upload.path)
            try await writer.write(PutAudioRequest(item: .header(upload.header)))
            while true {
                let bytes = try await file.read(upTo: Self.pieceBytes)
                guard !bytes.isEmpty else { return }
                try await writer.write(PutAudioRequest(item: .data(bytes)))
            }
        }
    }

    /// Sends the cover.
    ///
    /// - Throws: ``PackagingError``; with reason `COVER_REFUSED` if the bytes are not a picture that platforms accept.
    public func putCover(_ upload: Upload<PutCoverHeader>) async throws(PackagingError) -> PutCoverReply {
        try await connection().clientStream(
            ProjectsMethods.putCover,
            metadata: metadata,
            timeout: nil,
            mayRepeat: true
        ) { (writer: MessageWriter<PutCoverRequest>) async throws(PackagingError) in
            let file = try await LocalFile.reading(upload.path)
            try await writer.write(PutCoverRequest(item: .header(upload.header)))
            while true {
                let bytes = try await file.read(upTo: Self.pieceBytes)
                guard !bytes.isEmpty else { return }
                try await writer.write(PutCoverRequest(item: .data(bytes)))
            }
        }
    }

    /// Has the daemon check a file by a platform's rules, over a separate connection. The daemon does not keep the
    /// file.
    ///
    /// - Parameter progress: Called after each piece with the number of bytes sent.
    /// - Throws: ``PackagingError``; `resourceExhausted` if the daemon has no room for the file now.
    public func inspect(
        _ upload: Upload<InspectHeader>,
        progress: (_ bytes: Int) -> Void = { _ in }
    ) async throws(PackagingError) -> ValidationReport {
        let connection = try await openConnection()
        do throws(PackagingError) {
            let report = try await connection.clientStream(
                PackagingMethods.inspect,
                metadata: metadata,
                timeout: nil,
                mayRepeat: true
            ) { (writer: MessageWriter<InspectRequest>) async throws(PackagingError) in
                let file = try await LocalFile.reading(upload.path)
                try await writer.write(InspectRequest(item: .header(upload.header)))
                var sent = 0
                while true {
                    let bytes = try await file.read(upTo: Self.pieceBytes)
                    guard !bytes.isEmpty else { return }
                    try await writer.write(InspectRequest(item: .data(bytes)))
                    sent += bytes.count
                    progress(sent)
                }
            }
            await connection.close()
            return report
        } catch {
            await connection.close()
            throw error
        }
    }

    /// Sends many segments' audio over one connection. Several are sent at once, because the daemon measures them in
    /// groups.
    ///
    /// - Parameters:
    ///   - uploads: The files to send. They are started in this order.
    ///   - count: How many are sent at the same time.
    ///   - each: Called with the result of each, one at a time and in the order in which they end. If it throws, the
    ///     rest is stopped.
    public func putAudio(
        _ uploads: [Upload<PutAudioHeader>],
        atOnce count: Int = 32,
        each: (Upload<PutAudioHeader>, Result<PutAudioReply, PackagingError>) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(
            of: (Upload<PutAudioHeader>, Result<PutAudioReply, PackagingError>).self
        ) { group in
            var waiting = uploads[...]
            func start() {
                guard let upload = waiting.popFirst() else { return }
                group.addTask {
                    do throws(PackagingError) {
                        return (upload, .success(try await self.putAudio(upload)))
                    } catch {
                        return (upload, .failure(error))
                    }
                }
            }
            for _ in 0..<max(1, count) { start() }
            while let (upload, result) = try await group.next() {
                try Task.checkCancellation()
                try await each(upload, result)
                start()
            }
        }
    }
}
