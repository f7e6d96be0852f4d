import Blobs
import Glibc
import HTTP
import Model
import Testing

/// What every blob store promises. A new kind of store is a new case of ``StoreUnderTest``.
@Suite("Blob store")
struct BlobStoreContract {
    private let location = BlobLocation(container: "t-0-temp", path: "packages/a/book.zip")

    @Test("a committed blob reads back, with its size and hash", arguments: StoreUnderTest.all)
    func readsBack(kind: StoreUnderTest) async throws {
        try await kind.withStore { store in
            let bytes = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let stored = try await store.write(to: location) { append in
                try await append(Array(bytes[..<300_000]))
                try await append(Array(bytes[300_000...]))
            }

            #expect(stored.size == 700_000)
            // The hash that Python's hashlib computes for the same bytes.
            #expect(stored.digest.description == "79e162b82c17fbdb25b029cb39c1c717bf8e161670cf334aa40e996657853949")
            #expect(try await store.size(of: location) == 700_000)
            #expect(try await store.read(location, from: 0, upTo: 1_000_000) == bytes)
            #expect(try await store.read(location, from: 299_999, upTo: 3) == Array(bytes[299_999..<300_002]))
            #expect(try await store.read(location, from: 699_999, upTo: 100) == [bytes[699_999]])
            #expect(try await store.read(location, from: 700_000, upTo: 100).isEmpty)
        }
    }

    @Test("nothing is visible before the commit, nor after an abort", arguments: StoreUnderTest.all)
    func invisibleUntilCommitted(kind: StoreUnderTest) async throws {
        try await kind.withStore { store in
            let upload = try await store.upload(to: location)
            try await upload.append([1, 2, 3])
            await #expect(throws: BlobError.self) { try await store.size(of: location) }
            await upload.abort()
            let error = await #expect(throws: BlobError.self) { try await store.read(location, from: 0, upTo: 1) }
            #expect(error?.kind == .notFound)
            let afterAbort = await #expect(throws: BlobError.self) { try await upload.append([4]) }
            #expect(afterAbort?.kind == .unavailable)
        }
    }

    @Test("a blob is never overwritten: the second commit fails and the first stays", arguments: StoreUnderTest.all)
    func createsOnly(kind: StoreUnderTest) async throws {
        try await kind.withStore { store in
            let first = try await store.upload(to: location)
            let second = try await store.upload(to: location)
            try await first.append([1])
            try await second.append([2])
            try await first.commit(hashes([1]))
            let error = await #expect(throws: BlobError.self) { try await second.commit(hashes([2])) }
            #expect(error?.kind == .alreadyExists)
            #expect(try await store.read(location, from: 0, upTo: 9) == [1])
        }
    }

    @Test("a header that is given last stands before what was given first", arguments: StoreUnderTest.all)
    func header(kind: StoreUnderTest) async throws {
        try await kind.withStore { store in
            let bytes = (0..<500_000).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            let upload = try await store.upload(to: location, reserving: 1000)
            try await upload.append(Array(bytes[1000..<200_000]))
            try await upload.append(Array(bytes[200_000...]))
            try await upload.appendHeader(Array(bytes[..<1]))
            try await upload.appendHeader(Array(bytes[1..<1000]))
            #expect(try await upload.commit(hashes(bytes)) == 500_000)
            #expect(try await store.read(location, from: 0, upTo: 1_000_000) == bytes)
        }
    }

    @Test("a blob whose header is not complete cannot be committed", arguments: StoreUnderTest.all)
    func halfHeader(kind: StoreUnderTest) async throws {
        try await kind.withStore { store in
            let upload = try await store.upload(to: location, reserving: 2)
            try await upload.append([3])
            try await upload.appendHeader([1])
            await #expect(throws: BlobError.self) { try await upload.commit(hashes([1, 3])) }
            let error = await #expect(throws: BlobError.self) { try await store.size(of: location) }
            #expect(error?.kind == .notFound)
        }
    }

    @Test("bytes that end with an error are not visible, and the error is told", arguments: StoreUnderTest.all)
    func failedWrite(kind: StoreUnderTest) async throws {
        struct Stopped: Error {}
        try await kind.withStore { store in
            await #expect(throws: Stopped.self) {
                try await store.write(to: location) { append in
                    try await append([1])
                    throw Stopped()
                }
            }
            let error = await #expect(throws: BlobError.self) { try await store.size(of: location) }
            #expect(error?.kind == .notFound)
        }
    }

    @Test("a deleted blob is gone, and deleting it again is not an error", arguments: StoreUnderTest.all)
    func deletes(kind: StoreUnderTest) async throws {
        try await kind.withStore { store in
            try await store.write(to: location) { _ in }
            #expect(try await store.size(of: location) == 0)
            try await store.delete(location)
            try await store.delete(location)
            let error = await #expect(throws: BlobError.self) { try await store.size(of: location) }
            #expect(error?.kind == .notFound)
        }
    }

    @Test("uploads that are under way are not removed, and can be committed", arguments: StoreUnderTest.all)
    func keepsLivingUploads(kind: StoreUnderTest) async throws {
        try await kind.withStore { store in
            let upload = try await store.upload(to: location)
            try await upload.append([1, 2])
            #expect(try await store.removeAbandonedUploads() == 0)
            try await upload.append([3])
            try await upload.commit(hashes([1, 2, 3]))
            #expect(try await store.read(location, from: 0, upTo: 9) == [1, 2, 3])
        }
    }

    @Test("the old blobs of one container are removed, and no younger or other ones", arguments: StoreUnderTest.all)
    func removesOld(kind: StoreUnderTest) async throws {
        try await kind.withStore { store in
            let other = BlobLocation(container: "t-0-audio", path: location.path)
            for place in [location, other] {
                try await store.write(to: place) { append in try await append([1]) }
            }
            #expect(try await store.removeBlobs(in: location.container, olderThan: .seconds(3600)) == 0)
            #expect(try await store.size(of: location) == 1)
            #expect(try await store.removeBlobs(in: location.container, olderThan: .zero) == 1)
            let error = await #expect(throws: BlobError.self) { try await store.size(of: location) }
            #expect(error?.kind == .notFound)
            #expect(try await store.size(of: other) == 1)
            #expect(try await store.removeBlobs(in: "t-0-nothing", olderThan: .zero) == 0)
            let refused = await #expect(throws: BlobError.self) {
                try await store.removeBlobs(in: "..", olderThan: .zero)
            }
            #expect(refused?.kind == .invalidLocation)
        }
    }

    @Test("a copy in another container has the same bytes, and its facts are returned", arguments: StoreUnderTest.all)
    func copies(kind: StoreUnderTest) async throws {
        try await kind.withStore { store in
            let bytes = (0..<3_500_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let original = try await store.write(to: location) { append in try await append(bytes) }
            let target = BlobLocation(container: "t-0-archive", path: "packages/a/copy")
            let copied = try await store.copy(location, to: target)
            #expect(copied.size == original.size)
            #expect(copied.digest == nil || copied.digest == original.digest)
            #expect(try await store.read(target, from: 0, upTo: 4_000_000) == bytes)
            try await store.delete(location)
            #expect(try await store.size(of: target) == 3_500_000, "the copy does not depend on the original")
        }
    }

    @Test("a copy overwrites no blob, and a copy of a missing blob is not found", arguments: StoreUnderTest.all)
    func copiesOnce(kind: StoreUnderTest) async throws {
        try await kind.withStore { store in
            let target = BlobLocation(container: "t-0-archive", path: "packages/a/copy")
            let missing = await #expect(throws: BlobError.self) { try await store.copy(location, to: target) }
            #expect(missing?.kind == .notFound)
            for (place, byte) in [(location, 1), (target, 2)] as [(BlobLocation, UInt8)] {
                try await store.write(to: place) { append in try await append([byte]) }
            }
            let taken = await #expect(throws: BlobError.self) { try await store.copy(location, to: target) }
            #expect(taken?.kind == .alreadyExists)
            #expect(try await store.read(target, from: 0, upTo: 9) == [2])
        }
    }

    @Test(
        "a location that a store cannot keep, or that leads out of its container, is refused",
        arguments: StoreUnderTest.all,
        [
            ("t-0-temp", "../t-1-temp/book.zip"), ("t-0-temp", "a/../../x"), ("t-0-temp", "/etc/passwd"),
            ("t-0-temp", ""), ("t-0-temp", "a//b"), ("t-0-temp", "a/./b"), ("t-0-temp", "a\0b"), ("t-0-temp", "a\\b"),
            ("t-0-temp", "a."), ("..", "a"), ("T-0", "a"), ("t--0", "a"), ("-t0", "a"), ("t/0", "a"), ("ab", "a"),
            ("t-0-temp", String(repeating: "x", count: 256)),
        ]
    )
    func refusesPlaces(kind: StoreUnderTest, place: (String, String)) async throws {
        try await kind.withStore { store in
            let location = BlobLocation(container: place.0, path: place.1)
            for attempt in [
                { _ = try await store.upload(to: location) }, { _ = try await store.size(of: location) },
                { _ = try await store.localPath(of: location) }, { try await store.delete(location) },
            ] as [() async throws -> Void] {
                let error = await #expect(throws: BlobError.self) { try await attempt() }
                #expect(error?.kind == .invalidLocation)
            }
        }
    }

    @Test(
        "a large blob whose header is given last reads back, whatever the size of pieces",
        arguments: StoreUnderTest.all
    )
    func large(kind: StoreUnderTest) async throws {
        try await kind.withStore { store in
            // More than two blocks of a cloud, a header of more than one, and an end that is no whole block.
            for (size, header) in [(25_000_001, 9_000_000), (16 << 20, 0), (8 << 20, 100), (17_000_000, 3)] {
                let place = BlobLocation(container: location.container, path: "large/\(size)-\(header)")
                let bytes = pattern(size)
                let upload = try await store.upload(to: place, reserving: Int64(header))
                for start in stride(from: header, to: size, by: 3_000_000) {
                    try await upload.append(Array(bytes[start..<min(start + 3_000_000, size)]))
                }
                if header > 0 { try await upload.appendHeader(Array(bytes[..<header])) }
                #expect(try await upload.commit(hashes(bytes)) == size)
                #expect(try await store.size(of: place) == size)
                var hasher = BlobHasher()
                for try await piece in store.pieces(of: place) { hasher.update(piece) }
                #expect(hasher.finish() == hashes(bytes))
            }
        }
    }

    @Test(
        "a large upload that is aborted leaves nothing, and one whose blob exists changes nothing",
        arguments: StoreUnderTest.all
    )
    func abortsLarge(kind: StoreUnderTest) async throws {
        try await kind.withStore { store in
            let bytes = pattern(20_000_000)
            let aborted = try await store.upload(to: location)
            try await aborted.append(bytes)
            await aborted.abort()
            let error = await #expect(throws: BlobError.self) { try await store.size(of: location) }
            #expect(error?.kind == .notFound)
            let late = try await store.upload(to: location)
            try await late.append(bytes)
            try await store.write(to: location) { append in try await append([1]) }
            let taken = await #expect(throws: BlobError.self) { try await late.commit(hashes(bytes)) }
            #expect(taken?.kind == .alreadyExists)
            await late.abort()
            #expect(try await store.read(location, from: 0, upTo: 9) == [1])
        }
    }

    @Test(
        "names of all kinds are kept apart, and as they are",
        arguments: StoreUnderTest.all
    )
    func names(kind: StoreUnderTest) async throws {
        try await kind.withStore { store in
            let names = ["a b", "a+b", "a%20b", "a%2Fb", "ü-漢", "a#b?c=d&e", "~._-'()*!$,;:@=", "A", "a/b/c"]
            for (number, name) in names.enumerated() {
                let place = BlobLocation(container: "t-0-temp", path: "names/\(name)/x")
                try await store.write(to: place) { append in try await append([UInt8(number)]) }
            }
            for (number, name) in names.enumerated() {
                let place = BlobLocation(container: "t-0-temp", path: "names/\(name)/x")
                #expect(try await store.read(place, from: 0, upTo: 9) == [UInt8(number)], "\(name)")
            }
            // Those that a list gives are those that can be deleted.
            #expect(try await store.removeBlobs(in: "t-0-temp", olderThan: .zero) == names.count)
        }
    }

    @Test("a link gives the bytes under the file's name to anybody until it ends", arguments: StoreUnderTest.linking)
    func links(kind: StoreUnderTest) async throws {
        try await kind.withStores(late: 7200) { store, earlier in
            let place = BlobLocation(container: "t-0-temp", path: "packages/a b/book.zip")
            try await store.write(to: place) { append in try await append([1, 2, 3]) }
            func answer(by store: any BlobStore, until end: Int64) async throws -> HTTPResponse {
                let end = Instant(microseconds: (Int64(Glibc.time(nil)) + end) * 1_000_000)
                let terms = LinkTerms(expiresAt: end, fileName: "Düne \"1\".zip", mediaType: "application/zip")
                let url = try #require(try await store.link(to: place, terms))
                return try await HTTPClient().get(HTTPAddress(url), limit: 9999, timeout: .seconds(60))
            }
            let answered = try await answer(by: store, until: 3600)
            #expect(answered.status == 200 && answered.body == [1, 2, 3])
            #expect(answered["Content-Type"]?.hasPrefix("application/zip") == true)
            #expect(
                answered["Content-Disposition"]
                    == "attachment; filename=\"D_ne _1_.zip\"; filename*=UTF-8''D%C3%BCne%20%221%22.zip"
            )
            // Made two hours ago, for an hour.
            #expect(try await answer(by: earlier, until: -3600).status == 403)
        }
    }

    /// Bytes whose every part differs from every other.
    private func pattern(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 8 &* 7 ^ $0 >> 16 &* 13) }
    }
}
