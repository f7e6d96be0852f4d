import Blobs
import Model
import Synchronization

/// One blob on its way to a service, in blocks that are sent at once.
///
/// A header that is given last takes the first blocks: what follows it is kept until then, as far as it belongs into the last of
/// these. Memory is bounded by the blocks that are in flight, one that is being filled on each side of the header, and
/// nothing else, whatever the size of the blob.
final class CloudUpload: BlobUpload {
    /// The most blocks in flight.
    static let window = 4

    private struct State {
        /// Bytes of the header, and then those behind it in its last block.
        var head: [UInt8] = []
        var headGiven: Int64 = 0
        /// The bytes behind the header that belong into its last block.
        var kept: [UInt8] = []
        /// Bytes of the block that is being filled, behind those.
        var tail: [UInt8] = []
        var size: Int64 = 0
        var nextHead = 1
        var nextTail: Int
        /// The service's name for the upload, once it has begun.
        var upload: String?
        /// The blocks that are being sent or were sent, by their number.
        var blocks: [Int: Task<String, any Error>] = [:]
        /// The blocks in the order in which they were begun, of which the first may be over.
        var inFlight: [Int] = []
        var isOver = false
    }

    private let service: any BlobService
    private let location: BlobLocation
    private let header: Int64
    private let token = UploadToken()
    private let register: UploadRegister
    /// The number of blocks that the header takes, and the bytes behind it in the last of these.
    private let headBlocks: Int
    private let mostKept: Int
    // Calls are made one after another: the lock is never waited for.
    private let state: Mutex<State>

    init(to location: BlobLocation, reserving header: Int64, on service: any BlobService, _ register: UploadRegister) {
        self.service = service
        self.location = location
        self.header = header
        self.register = register
        let block = Int64(service.blocks.size)
        headBlocks = Int((header + block - 1) / block)
        mostKept = Int(Int64(headBlocks) * block - header)
        state = Mutex(State(nextTail: headBlocks + 1))
    }

    func append(_ bytes: [UInt8]) async throws(BlobError) {
        try checkOpen()
        var rest = bytes[...]
        state.withLock { state in
            state.size += Int64(bytes.count)
            let kept = rest.prefix(mostKept - state.kept.count)
            state.kept += kept
            rest = rest.dropFirst(kept.count)
        }
        while !rest.isEmpty {
            let (number, block) = state.withLock { state -> (Int, [UInt8]?) in
                let size = service.blocks.size(of: state.nextTail)
                let part = rest.prefix(size - state.tail.count)
                state.tail += part
                rest = rest.dropFirst(part.count)
                // The last block is sent with the commit, as a blob of one block needs one request.
                guard state.tail.count == size, !rest.isEmpty || state.nextTail > headBlocks + 1 else {
                    return (state.nextTail, nil)
                }
                defer {
                    state.tail = []
                    state.nextTail += 1
                }
                return (state.nextTail, state.tail)
            }
            if let block { try await send(block, number: number) }
        }
    }

    func appendHeader(_ bytes: [UInt8]) async throws(BlobError) {
        try checkOpen()
        var rest = bytes[...]
        while !rest.isEmpty {
            let full = state.withLock { state -> (Int, [UInt8])? in
                let part = rest.prefix(service.blocks.size - state.head.count)
                state.head += part
                state.headGiven += Int64(part.count)
                state.size += Int64(part.count)
                rest = rest.dropFirst(part.count)
                guard state.head.count == service.blocks.size else { return nil }
                defer {
                    state.head = []
                    state.nextHead += 1
                }
                return (state.nextHead, state.head)
            }
            if let (number, block) = full { try await send(block, number: number) }
        }
    }

    func commit(_ hashes: BlobHashes) async throws(BlobError) -> Int64 {
        try checkOpen()
        let (given, size, whole) = state.withLock { state -> (Int64, Int64, [UInt8]?) in
            guard state.blocks.isEmpty else { return (state.headGiven, state.size, nil) }
            defer { (state.head, state.kept, state.tail) = ([], [], []) }
            return (state.headGiven, state.size, state.head + state.kept + state.tail)
        }
        guard given == header else {
            throw BlobError(
                .unavailable,
                "\(given) of \(header) bytes of the header of \"\(location.path)\" were given"
            )
        }
        if let whole {
            try await resolving(size) { () throws(CloudFault) in
                try await service.put(whole, at: location, token: token, replaces: false)
            }
        } else {
            try await sendLast()
            let (upload, tasks) = state.withLock { state in
                (state.upload ?? "", state.blocks.sorted { $0.key < $1.key }.map(\.value))
            }
            var names: [String] = []
            for task in tasks { names.append(try await name(of: task)) }
            try await resolving(size) { () throws(CloudFault) in
                try await service.commit(names, of: upload, at: location, token: token, md5: hashes.md5)
            }
            register.ended(upload)
        }
        state.withLock { $0.isOver = true }
        return size
    }

    func abort() async {
        let (upload, tasks) = state.withLock { state -> (String?, [Task<String, any Error>]) in
            defer {
                (state.head, state.kept, state.tail) = ([], [], [])
                state.isOver = true
            }
            return state.isOver ? (nil, []) : (state.upload, Array(state.blocks.values))
        }
        for task in tasks { task.cancel() }
        // A block that arrives after the upload was discarded would begin it anew.
        for task in tasks { _ = await task.result }
        guard let upload else { return }
        // The task may be cancelled, which must not keep this from happening.
        await Task { [service, location] in try? await service.abandon(upload, at: location) }.value
        // What could not be discarded is found by the sweep, which does not keep this upload any more.
        register.ended(upload)
    }

    private func checkOpen() throws(BlobError) {
        guard state.withLock({ $0.isOver }) else { return }
        throw BlobError(.unavailable, "the upload of \"\(location.path)\" is over")
    }

    // MARK: Blocks

    /// What is left in memory, at the end.
    private func sendLast() async throws(BlobError) {
        let last = state.withLock { state in
            let last = [(state.nextHead, state.head + state.kept), (state.nextTail, state.tail)]
            (state.head, state.kept, state.tail) = ([], [], [])
            return last
        }
        for (number, block) in last where !block.isEmpty { try await send(block, number: number) }
    }

    /// Begins to send a block, once fewer than ``window`` are in flight.
    private func send(_ block: [UInt8], number: Int) async throws(BlobError) {
        let upload = try await begun()
        while let first = state.withLock({ $0.inFlight.count < Self.window ? nil : $0.inFlight.first }) {
            if let task = state.withLock({ $0.blocks[first] }) { _ = try await name(of: task) }
            state.withLock { _ = $0.inFlight.removeFirst() }
        }
        let task = Task { [service, location] in
            try await service.stage(block, number: number, of: upload, at: location)
        }
        state.withLock { state in
            state.blocks[number] = task
            state.inFlight.append(number)
        }
    }

    private func begun() async throws(BlobError) -> String {
        if let upload = state.withLock({ $0.upload }) { return upload }
        do throws(CloudFault) {
            try await register.isKept()
            let upload = try await service.begin(at: location, token: token)
            register.began(upload)
            state.withLock { $0.upload = upload }
            return upload
        } catch {
            throw BlobError(writing: error)
        }
    }

    /// Waits for a block; when this task is cancelled, the block is given up.
    private func name(of task: Task<String, any Error>) async throws(BlobError) -> String {
        let result = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            task.cancel()
        }
        do {
            return try result.get()
        } catch {
            throw (error as? CloudFault).map { BlobError(writing: $0) }
                ?? BlobError(.unavailable, "the upload of \"\(location.path)\" was cancelled")
        }
    }

    // MARK: The end

    /// Makes the blob visible with a request whose reply may be lost.
    private func resolving(
        _ size: Int64,
        _ request: () async throws(CloudFault) -> Void
    ) async throws(BlobError) {
        do throws(CloudFault) {
            try await request()
        } catch {
            // A request that was sent twice without our knowing finds what it has done itself: libcurl sends one again where
            // a connection that was kept turns out to be closed.
            let mayBeOurs = error.mayHaveHappened || error.kind == .exists || error.kind == .missing
            if mayBeOurs, await isOurs(size) { return }
            guard error.kind == .exists else { throw BlobError(writing: error) }
            throw BlobError(.alreadyExists, "there is a blob at \"\(location.path)\" already")
        }
    }

    /// Whether the blob that is there is the one that was sent.
    private func isOurs(_ size: Int64) async -> Bool {
        guard let found = try? await service.properties(of: location) else { return false }
        return found.token == token.text && found.size == size
    }
}
