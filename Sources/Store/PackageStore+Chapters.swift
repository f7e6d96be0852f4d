package import Model
internal import Postgres

extension PackageStore {
    /// Where chapters with these encodings are stored in the project's packages that have not expired. An encoding that
    /// no package has is missing in the answer.
    package func chapters(
        _ encodes: [Digest],
        project: ProjectID,
        tenant: TenantID
    ) async throws(PackagingError) -> [Digest: ChapterSource] {
        let sources = try await wrapped {
            try await client.query(
                """
                SELECT DISTINCT ON (c.encode_digest) c.encode_digest, c.first_byte, c.size_bytes, c.sha256,
                    c.packet_sizes, o.blob_container, o.blob_path
                FROM packaging.object_chapters AS c
                    JOIN packaging.objects AS o ON o.tenant_id = c.tenant_id AND o.id = c.object_id
                    JOIN packaging.packages AS p ON p.tenant_id = o.tenant_id AND p.object_id = o.id
                WHERE c.tenant_id = \(tenant) AND c.encode_digest = ANY (\(encodes))
                    AND p.project_id = \(project) AND p.expires_at > packaging.now() AND o.state = 'live'
                ORDER BY c.encode_digest, p.expires_at DESC
                """,
                as: tenant
            ).map(ChapterSource.init)
        }
        return Dictionary(uniqueKeysWithValues: sources.map { ($0.chapter.encode, $0) })
    }

    /// The packages of a project that were made with these recipes and whose bytes exist, newest first.
    package func packages(
        recipes: some Collection<Digest>,
        project: ProjectID,
        tenant: TenantID
    ) async throws(PackagingError) -> [StoredPackage] {
        try await wrapped {
            try await client.query(
                """
                SELECT \(StoredPackage.columns) FROM packaging.packages AS p
                    JOIN packaging.objects AS o ON o.tenant_id = p.tenant_id AND o.id = p.object_id
                WHERE p.tenant_id = \(tenant) AND p.project_id = \(project)
                    AND p.recipe_digest = ANY (\(Array(recipes)))
                    AND p.expires_at > packaging.now() AND o.state = 'live'
                ORDER BY p.created_at DESC, p.id DESC
                """,
                as: tenant
            ).map(StoredPackage.init)
        }
    }

    /// Records which chapters the bytes at `location` contain, if these are the bytes of a package.
    static func insert(_ chapters: [PackagedChapter], at location: BlobLocation, _ tenant: TenantID) -> SQL {
        // The packet sizes of all chapters are sent as one byte string, with the place of each chapter's part in it.
        var packets: [UInt8] = []
        var lengths: [Int] = []
        var starts: [Int] = []
        for chapter in chapters {
            let sizes = chapter.packetSizes.flatMap {
                [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)]
            }
            starts.append(packets.count + 1)
            lengths.append(sizes.count)
            packets += sizes
        }
        return """
            INSERT INTO packaging.object_chapters
                (tenant_id, object_id, encode_digest, first_byte, size_bytes, sha256, packet_sizes)
            SELECT o.tenant_id, o.id, c.encode_digest, c.first_byte, c.size_bytes, c.sha256,
                substring(\(packets) FROM c.start::integer FOR c.length::integer)
            FROM packaging.objects AS o
                CROSS JOIN unnest(
                    \(chapters.map(\.encode)), \(chapters.map(\.offset)), \(chapters.map(\.bytes)),
                    \(chapters.map(\.sha256)), \(starts), \(lengths)
                ) AS c (encode_digest, first_byte, size_bytes, sha256, start, length)
            WHERE o.tenant_id = \(tenant) AND o.blob_container = \(location.container)
                AND o.blob_path = \(location.path)
            ON CONFLICT (tenant_id, object_id, encode_digest) DO NOTHING
            """
    }
}

extension ChapterSource {
    init(_ row: PostgresRow) throws(PostgresError) {
        let packets = try row.decode([UInt8].self, "packet_sizes")
        let chapter = PackagedChapter(
            encode: try row.decode("encode_digest"),
            offset: try row.decode("first_byte"),
            bytes: try row.decode("size_bytes"),
            sha256: try row.decode("sha256"),
            packetSizes: stride(from: 0, to: packets.count - 1, by: 2).map {
                UInt32(packets[$0]) << 8 | UInt32(packets[$0 + 1])
            }
        )
        self.init(
            chapter: chapter,
            location: BlobLocation(container: try row.decode("blob_container"), path: try row.decode("blob_path"))
        )
    }
}
