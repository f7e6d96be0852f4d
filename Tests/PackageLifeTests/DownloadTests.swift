import Blobs
import Model
import Services
import Store
import Testing

@Suite("Downloads and links")
struct DownloadTests {
    /// More than one stretch. After each stretch the service checks whether the package is still there.
    private let bytes = (0..<9_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 16) }

    /// Downloads `id`. `meanwhile` is called once, when the first piece has arrived.
    private func download(
        _ id: PackageID,
        _ life: PackageLife,
        meanwhile: () async throws -> Void
    ) async throws -> [UInt8] {
        var received: [UInt8] = []
        try await life.service.download(id.description, from: 0, tenant: life.tenant) { _ in
        } receive: { offset, piece in
            #expect(offset == Int64(received.count))
            let isFirst = received.isEmpty
            received += piece
            if isFirst { try await meanwhile() }
        }
        return received
    }

    @Test("a download that runs while the package is archived continues from the new place")
    func archivedMeanwhile() async throws {
        try await PackageLife.with { life in
            let id = try await life.package(try await life.project(), bytes: bytes)
            let received = try await download(id, life) {
                _ = try await life.service.archive(id.description, days: 7, tenant: life.tenant)
                await life.keepHouse()
                #expect(try life.files().count == 1)
            }
            #expect(received == bytes)
        }
    }

    @Test(
        "a link names the package's bytes, file and type, and ends after an hour or with the package",
        arguments: [(0, 3600), (PackageLife.day - 90, PackageLife.day)]
    )
    func links(at seconds: Double, until end: Double) async throws {
        try await PackageLife.with { life in
            let id = try await life.package(try await life.project())
            let package = try #require(try await life.store.packages.package(id, tenant: life.tenant))
            let service = life.service(over: LinkingBlobs(blobs: life.blobs), at: seconds)
            let link = try await service.link(to: id.description, tenant: life.tenant)
            #expect(link.expiresAt == PackageLife.instant(end))
            let path = "\(package.location.container)/\(package.location.path)"
            #expect(link.url == "https://blobs.example/\(path)?\(link.expiresAt)&\(package.fileName)&application/zip")
            let foreign = await #expect(throws: PackagingError.self) {
                try await service.link(to: id.description, tenant: .random())
            }
            #expect(foreign?.reason == "PACKAGE_NOT_FOUND")
        }
    }

    @Test(
        "a download that runs when the package is deleted ends with NOT_FOUND, removed or not",
        arguments: [true, false]
    )
    func deletedMeanwhile(isRemoved: Bool) async throws {
        try await PackageLife.with { life in
            let id = try await life.package(try await life.project(), bytes: bytes)
            let error = await #expect(throws: PackagingError.self) {
                try await download(id, life) {
                    _ = try await life.service.delete(id.description, tenant: life.tenant)
                    if isRemoved { await life.keepHouse() }
                }
            }
            #expect(error?.code == .notFound)
            #expect(error?.message == "package \"\(id)\" does not exist any more")
        }
    }

    @Test(
        "a download that runs when the package expires ends with NOT_FOUND, even with the last byte",
        arguments: [9_000_000, 10]
    )
    func expiresMeanwhile(size: Int) async throws {
        try await PackageLife.with { life in
            let id = try await life.package(try await life.project(), bytes: Array(bytes.prefix(size)))
            let error = await #expect(throws: PackagingError.self) {
                try await download(id, life) { try await life.setClock(seconds: PackageLife.day) }
            }
            #expect(error?.code == .notFound)
        }
    }

    @Test("bytes that are missing though the package lives are reported as lost")
    func lost() async throws {
        try await PackageLife.with { life in
            let id = try await life.package(try await life.project())
            try await life.blobs.delete(try await life.look(id).location)
            let error = await #expect(throws: PackagingError.self) { try await life.download(id) }
            #expect(error?.code == .dataLoss)
        }
    }

    @Test("without a gateway a link is refused, and the error names what to call instead")
    func link() async throws {
        try await PackageLife.with { life in
            let id = try await life.package(try await life.project())
            let error = await #expect(throws: PackagingError.self) {
                try await life.service.link(to: id.description, tenant: life.tenant)
            }
            #expect(error?.code == .failedPrecondition && error?.reason == "NO_GATEWAY")
            #expect(error?.hint == "Call Download, or run \"packctl download \(id)\".")
        }
    }
}

/// A blob store that gives links, whose URLs show what was asked for.
private struct LinkingBlobs: WrappedBlobs {
    let blobs: FileBlobStore

    func link(to location: BlobLocation, _ terms: LinkTerms) async throws(BlobError) -> String? {
        "https://blobs.example/\(location.container)/\(location.path)?\(terms.expiresAt)&\(terms.fileName)&\(terms.mediaType)"
    }
}
