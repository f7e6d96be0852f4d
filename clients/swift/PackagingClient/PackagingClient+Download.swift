internal import PackagingMessages
internal import TTRPC

/// A package that was downloaded completely.
public struct DownloadedPackage: Sendable, Hashable {
    /// The file.
    public var path: String
    /// Its size.
    public var bytes: Int64
    /// The SHA-256 of the file in hexadecimal. The daemon stated it, and the file was checked against it.
    public var sha256: String
    /// How many of its bytes an earlier attempt had already received.
    public var resumedFrom: Int64
}

extension PackagingClient {
    /// Downloads a package into a file, over a separate connection.
    ///
    /// The bytes go to a file beside `destination` whose name begins with a dot and contains the package's id. Bytes
    /// that an earlier attempt left there are not fetched again, and after a lost connection the download continues
    /// where it stopped. Only a file with the right size and digest gets the name `destination`; a file that has this
    /// name is replaced.
    ///
    /// - Parameters:
    ///   - packageID: The package.
    ///   - destination: The file to write. If it is an existing folder, the daemon's proposed file name is used in it.
    ///   - digest: SHA-256.
    ///   - patience: How long attempts to connect again are made.
    ///   - waitsForDaemon: Whether these attempts are also made before the daemon has answered for this package. By default
    ///     a daemon that cannot be reached at all is an error at once.
    ///   - onInterruption: Called once each time the connection is lost.
    ///   - onResumption: Called with the first bytes after each loss.
    ///   - progress: Called with the number of received bytes and the total.
    /// - Throws: ``PackagingError`` with code `dataLoss` if the bytes differ from the package's.
    public func download<Digest: DigestFunction>(
        _ packageID: String,
        to destination: String,
        verifying digest: Digest.Type,
        patience: Duration = .seconds(60),
        waitsForDaemon: Bool = false,
        onInterruption: (PackagingError) -> Void = { _ in },
        onResumption: () -> Void = {},
        progress: (_ bytes: Int64, _ total: Int64) -> Void = { _, _ in }
    ) async throws(PackagingError) -> DownloadedPackage {
        let isFolder = LocalFile.isFolder(destination)
        let folder = isFolder ? destination : Self.folder(of: destination)
        // An id should be a UUID, but it comes from outside, so it must not be able to name another folder.
        let part = folder + "/." + Self.fileName(packageID, or: "package") + ".part"
        var transfer = Transfer<Digest>(file: try await LocalFile.updating(part))
        try await transfer.takeOverWhatIsThere()
        var resumedFrom = transfer.offset
        do throws(PackagingError) {
            try await receive(
                packageID,
                into: &transfer,
                patience: patience,
                waitsForDaemon: waitsForDaemon,
                onInterruption: onInterruption,
                onResumption: onResumption,
                progress: progress
            )
        } catch {
            // The bytes of an earlier attempt may be wrong. Then everything is fetched once more.
            guard resumedFrom > 0, error.code == .dataLoss || error.code == .outOfRange else {
                if error.code == .dataLoss || transfer.offset == 0 { LocalFile.remove(part) }
                throw error
            }
            try await transfer.startOver()
            resumedFrom = 0
            try await receive(
                packageID,
                into: &transfer,
                patience: patience,
                waitsForDaemon: waitsForDaemon,
                onInterruption: onInterruption,
                onResumption: onResumption,
                progress: progress
            )
        }
        let path = isFolder ? folder + "/" + Self.fileName(transfer.fileName, or: packageID) : destination
        try await transfer.file.publish(as: path)
        return DownloadedPackage(
            path: path,
            bytes: transfer.offset,
            sha256: transfer.expectedDigest,
            resumedFrom: resumedFrom
        )
    }

    private func receive<Digest: DigestFunction>(
        _ packageID: String,
        into transfer: inout Transfer<Digest>,
        patience: Duration,
        waitsForDaemon: Bool,
        onInterruption: (PackagingError) -> Void,
        onResumption: () -> Void,
        progress: (Int64, Int64) -> Void
    ) async throws(PackagingError) {
        var pause = Duration.milliseconds(100)
        var lastByte = ContinuousClock.now
        var isLost = false
        var refusals = Refusals()
        while !transfer.isComplete {
            let before = transfer.offset
            let beganAt = ContinuousClock.now
            do {
                try await receiveOnce(packageID, into: &transfer) { bytes, total in
                    if isLost { onResumption() }
                    isLost = false
                    progress(bytes, total)
                }
            } catch {
                if transfer.offset > before { (pause, lastByte, isLost) = (.milliseconds(100), .now, false) }
                if transfer.offset > before { refusals.worked() }
                if error.code == .unauthenticated, transfer.wasOpened, tokens?.isRenewable == true,
                    refusals.mayGoOn(after: .now - beganAt)
                {
                    continue
                }
                guard error.code == .unavailable, waitsForDaemon || transfer.total != nil, .now - lastByte < patience
                else { throw error }
                if !isLost { onInterruption(error) }
                isLost = true
                do { try await Task.sleep(for: pause) } catch {
                    throw PackagingError(.cancelled, "the download was cancelled")
                }
                pause = min(pause * 2, .seconds(5))
            }
        }
        try transfer.check(packageID)
    }

    private func receiveOnce<Digest: DigestFunction>(
        _ packageID: String,
        into transfer: inout Transfer<Digest>,
        progress: (Int64, Int64) -> Void
    ) async throws(PackagingError) {
        transfer.wasOpened = false
        let connection = try await openConnection()
        transfer.wasOpened = true
        do throws(PackagingError) {
            let request = DownloadRequest(packageID: packageID, offset: transfer.offset)
            let chunks = try connection.serverStream(PackagingMethods.download, request, metadata: metadata)
            for try await chunk in chunks {
                try await transfer.take(chunk)
                progress(transfer.offset, transfer.total ?? transfer.offset)
            }
            transfer.streamEnded()
        } catch {
            await connection.close()
            throw error.advisedForTLS
        }
        await connection.close()
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// A name from outside, changed so that it can only name a file in our folder, and shows all of itself: without control
    /// characters and without those that turn the text around them. `other` if nothing is left.
    package static func fileName(_ name: String, or other: String) -> String {
        let scalars = name.unicodeScalars.map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: "-"
            default: scalar == "/" ? "-" : scalar
            }
        }
        let safe = String(String.UnicodeScalarView(scalars)).drop { $0 == "." }
        return safe.isEmpty ? other : String(safe)
    }
}

/// A download into a file. It keeps the number of received bytes and checks that they are right.
private struct Transfer<Digest: DigestFunction> {
    let file: LocalFile
    private(set) var offset: Int64 = 0
    private(set) var total: Int64?
    private(set) var fileName = ""
    private(set) var expectedDigest = ""
    private var digest = Digest()
    private var hasEnded = false
    /// Whether the last attempt got a connection, so that the daemon had taken its token.
    var wasOpened = false

    init(file: LocalFile) { self.file = file }

    /// Whether the stream has ended, so that nothing more is to be fetched.
    var isComplete: Bool { hasEnded }

    mutating func takeOverWhatIsThere() async throws(PackagingError) {
        while true {
            let bytes = try await file.read(upTo: PackagingClient.pieceBytes)
            guard !bytes.isEmpty else { return }
            digest.update(bytes)
            offset += Int64(bytes.count)
        }
    }

    mutating func startOver() async throws(PackagingError) {
        try await file.clear()
        self = Transfer(file: file)
    }

    mutating func take(_ chunk: DownloadChunk) async throws(PackagingError) {
        if chunk.totalSize > 0 { total = chunk.totalSize }
        if !chunk.fileName.isEmpty { fileName = chunk.fileName }
        if !chunk.sha256.isEmpty { expectedDigest = chunk.sha256.lowercased() }
        guard !chunk.data.isEmpty else { return }
        guard chunk.offset == offset else {
            throw PackagingError(.dataLoss, "could not download: bytes \(offset) through \(chunk.offset) are missing")
        }
        // More than was announced would fill the disk.
        guard Int64(chunk.data.count) <= (total ?? 0) - offset else {
            throw PackagingError(
                .dataLoss,
                "could not download: more came than the \(total ?? 0) bytes that were announced"
            )
        }
        try await file.write(chunk.data)
        digest.update(chunk.data)
        offset += Int64(chunk.data.count)
    }

    mutating func streamEnded() { hasEnded = true }

    /// Throws `dataLoss` unless size and digest are those that the daemon stated.
    func check(_ packageID: String) throws(PackagingError) {
        guard let total, total == offset else {
            throw PackagingError(
                .dataLoss,
                "could not download package \"\(packageID)\": \(offset) of \(total ?? 0) bytes came"
            )
        }
        guard !expectedDigest.isEmpty, digest.hexadecimalDigest() == expectedDigest else {
            throw PackagingError(
                .dataLoss,
                "could not download package \"\(packageID)\": the bytes do not have the package's SHA-256"
            )
        }
    }
}
