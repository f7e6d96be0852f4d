import Blobs
import Model
import Synchronization

/// Tells uploads of daemons that live from those of daemons that ended, for any number of daemons on one store.
///
/// Each process keeps a small blob in the store that names it and its uploads, and writes it again at each sweep. An upload
/// whose process has written nothing for ten minutes is nobody's. All ages are by the service's clock.
final class UploadRegister: Sendable {
    /// Holds the registers. It belongs to no tenant.
    static let container = "packagingd-uploads"
    /// How long a register counts after it was written.
    private let life: Duration
    /// An upload that is younger may be missing in the register of its process.
    private let youth: Duration

    /// Names this process among all that use the store.
    let process: String
    private let service: any BlobService
    private let state = Mutex((uploads: Set<String>(), isWritten: false))

    init(
        _ service: any BlobService,
        process: String = ProcessName.own,
        life: Duration = .seconds(600),
        youth: Duration = .seconds(900)
    ) {
        self.service = service
        self.process = process
        self.life = life
        self.youth = youth
    }

    func began(_ upload: String) { state.withLock { _ = $0.uploads.insert(upload) } }
    func ended(_ upload: String) { state.withLock { _ = $0.uploads.remove(upload) } }

    /// Sees that there is a register of this process before its first upload.
    func isKept() async throws(CloudFault) {
        if !state.withLock({ $0.isWritten }) { try await write() }
    }

    /// Writes the register anew, and discards the uploads of processes without one.
    ///
    /// - Returns: The number of uploads that were discarded.
    func sweep() async throws(CloudFault) -> Int {
        try await write()
        var (living, listed): (Set<String>, Set<String>) = ([], [])
        var marker: String?
        repeat {
            let page = try await service.list(Self.container, prefix: "", after: marker)
            for item in page.items {
                let location = BlobLocation(container: Self.container, path: item.path)
                // Of a process that is long gone. Its uploads were discarded by then.
                if page.now - item.modified > .seconds(86_400) {
                    try await service.delete(location)
                    continue
                }
                guard page.now - item.modified < life else { continue }
                living.insert(String(item.path.split(separator: "/").last ?? ""))
                do throws(CloudFault) {
                    let bytes = try await service.read(location, from: 0, upTo: Self.limit)
                    listed.formUnion(String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init))
                } catch  where error.kind == .missing {}
            }
            marker = page.next
        } while marker != nil
        return try await discard(except: living, listed)
    }

    /// The most bytes of a register that are read: some ten thousand uploads.
    private static let limit = 4 << 20

    private func discard(except living: Set<String>, _ listed: Set<String>) async throws(CloudFault) -> Int {
        var discarded = 0
        var marker: String?
        repeat {
            let page = try await service.uploads(after: marker)
            // A bucket may have uploads of others, with whom we have nothing to do.
            for item in page.items where TenantContainers.has(item.location.container) {
                if let process = item.process {
                    guard !living.contains(process) else { continue }
                } else {
                    guard !listed.contains(item.upload), let begun = item.begun, page.now - begun >= youth else {
                        continue
                    }
                }
                try await service.abandon(item.upload, at: item.location)
                discarded += 1
            }
            marker = page.next
        } while marker != nil
        return discarded
    }

    private func write() async throws(CloudFault) {
        let text = state.withLock { $0.uploads.sorted().map { $0 + "\n" }.joined() }
        // A service that takes no empty blob is none; a line is easier to read for people.
        try await service.put(
            Array("\(process)\n\(text)".utf8),
            at: BlobLocation(container: Self.container, path: "processes/\(process)"),
            token: UploadToken(),
            replaces: true
        )
        state.withLock { $0.isWritten = true }
    }
}

/// The name of this process among all that use a store.
enum ProcessName {
    static let own = Hexadecimal.text(of: (0..<8).map { _ in UInt8.random(in: .min ... .max) })
}
