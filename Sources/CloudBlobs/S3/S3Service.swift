import Blobs
import HTTP
import Model
import XML

import enum Crypto.Insecure

/// Requests to a service that speaks S3. All blobs are in one bucket; the container is the first part of a key.
///
/// Source: Amazon S3 API Reference. Only what others than Amazon also speak is used: plain bodies with their hash, without the
/// newer checksums.
struct S3Service: BlobService {
    let name: String
    /// By default 8 MiB, doubled after each 1,000 parts. There may be 10,000 parts of at least 5 MiB, except for the last one.
    let blocks: BlockSizes
    let prefix: String
    let dialect: S3Dialect
    let sender: CloudSender
    let now: @Sendable () -> Instant

    private static let tokenField = "x-amz-meta-upload"

    init(
        _ settings: S3Settings,
        _ sender: CloudSender,
        _ dialect: S3Dialect,
        blocks: BlockSizes = BlockSizes(size: 8 << 20, doublesAfter: 1000),
        now: @escaping @Sendable () -> Instant
    ) {
        name = "s3://\(settings.bucket)" + (settings.prefix.isEmpty ? "" : "/\(settings.prefix)")
        self.blocks = blocks
        prefix = settings.prefix
        self.dialect = dialect
        self.sender = sender
        self.now = now
    }

    private func path(_ location: BlobLocation) -> String { "/" + PercentEncoding.path(key(location)) }

    private func key(_ location: BlobLocation) -> String {
        (prefix.isEmpty ? "" : prefix + "/") + location.container + "/" + location.path
    }

    /// The location of a key; nil if it is none of ours.
    private func location(_ key: String) -> BlobLocation? {
        let head = prefix.isEmpty ? "" : prefix + "/"
        guard key.hasPrefix(head) else { return nil }
        let parts = key.dropFirst(head.count).split(separator: "/", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        return BlobLocation(container: String(parts[0]), path: String(parts[1]))
    }

    // MARK: Reading

    func properties(of location: BlobLocation) async throws(CloudFault) -> BlobProperties {
        let answer = try await sender.send(CloudRequest(method: .head, path: path(location))).response
        guard let size = answer["Content-Length"].flatMap({ Int64($0) }) else { throw unreadable }
        return BlobProperties(size: size, tag: answer["ETag"] ?? "", token: answer[Self.tokenField], md5: nil)
    }

    func read(_ location: BlobLocation, from offset: Int64, upTo count: Int) async throws(CloudFault) -> [UInt8] {
        do throws(CloudFault) {
            return try await sender.read(upTo: count) { skipping, tag in
                let range = "bytes=\(offset + Int64(skipping))-\(offset + Int64(count) - 1)"
                return CloudRequest(
                    method: .get,
                    path: path(location),
                    headers: [HTTPField("Range", range)] + (tag.map { [HTTPField("If-Match", $0)] } ?? []),
                    limit: count - skipping + CloudRequest.errorLimit
                )
            }
        } catch  where error.kind == .range {
            return []
        }
    }

    func list(_ container: String, prefix: String, after marker: String?) async throws(CloudFault) -> BlobPage {
        let head = key(BlobLocation(container: container, path: ""))
        var query = [QueryItem("list-type", "2"), QueryItem("prefix", head + prefix)]
        if let marker { query.append(QueryItem("continuation-token", marker)) }
        let answer = try await sender.send(CloudRequest(method: .get, path: "/", query: query)).response
        let list = try document(answer, "ListBucketResult")
        let items = list.all("Contents").compactMap { item -> BlobPage.Item? in
            guard let key = item["Key"], key.hasPrefix(head),
                let modified = item["LastModified"].flatMap(ServiceTime.rfc3339)
            else { return nil }
            return BlobPage.Item(path: String(key.dropFirst(head.count)), modified: modified)
        }
        return BlobPage(items: items, next: list.next("NextContinuationToken"), now: ServiceTime.of(answer) ?? now())
    }

    func link(to location: BlobLocation, _ terms: LinkTerms) async throws(CloudFault) -> String {
        let seconds = Int((terms.expiresAt - now()).components.seconds)
        guard seconds > 0 else { throw CloudFault(kind: .refused, message: "a link cannot end before it begins") }
        let query = [
            QueryItem("response-content-disposition", ContentDisposition.attachment(terms.fileName)),
            QueryItem("response-content-type", terms.mediaType),
        ]
        return try dialect.presigned(path(location), query, seconds: min(seconds, AWSSignature.longestLife))
    }

    // MARK: Writing

    func put(
        _ bytes: [UInt8],
        at location: BlobLocation,
        token: UploadToken,
        replaces: Bool
    ) async throws(CloudFault) {
        let headers = [HTTPField("Content-MD5", Self.md5(bytes)), HTTPField(Self.tokenField, token.text)]
        let request = CloudRequest(method: .put, path: path(location), headers: headers, body: bytes)
        if replaces {
            _ = try await sender.send(request)
        } else {
            try await create(request, at: location)
        }
    }

    /// Sends a request that makes a blob visible where none may be.
    private func create(_ request: CloudRequest, at location: BlobLocation) async throws(CloudFault) {
        var conditional = request
        conditional.headers.append(HTTPField("If-None-Match", "*"))
        do throws(CloudFault) {
            _ = try await sender.send(conditional)
        } catch  where error.code == "NotImplemented" {
            // Some services know no conditions. Every path is used by one upload, so nobody comes in between.
            try await checkFree(location)
            _ = try await sender.send(request)
        }
    }

    private func checkFree(_ location: BlobLocation) async throws(CloudFault) {
        do throws(CloudFault) {
            _ = try await properties(of: location)
        } catch  where error.kind == .missing {
            return
        }
        throw CloudFault(kind: .exists, message: "there is a blob at \"\(location.path)\" already")
    }

    func begin(at location: BlobLocation, token: UploadToken) async throws(CloudFault) -> String {
        let answer = try await sender.send(
            CloudRequest(
                method: .post,
                path: path(location),
                query: [QueryItem("uploads")],
                headers: [HTTPField(Self.tokenField, token.text)]
            )
        ).response
        guard let upload = try document(answer, "InitiateMultipartUploadResult")["UploadId"] else { throw unreadable }
        return upload
    }

    func stage(
        _ bytes: [UInt8],
        number: Int,
        of upload: String,
        at location: BlobLocation
    ) async throws(CloudFault) -> String {
        let answer = try await sender.send(
            CloudRequest(
                method: .put,
                path: path(location),
                query: [QueryItem("partNumber", "\(number)"), QueryItem("uploadId", upload)],
                headers: [HTTPField("Content-MD5", Self.md5(bytes))],
                body: bytes
            )
        ).response
        guard let tag = answer["ETag"] else { throw unreadable }
        return tag
    }

    func commit(
        _ blocks: [String],
        of upload: String,
        at location: BlobLocation,
        token: UploadToken,
        md5: [UInt8]
    ) async throws(CloudFault) {
        let parts = blocks.enumerated().map { index, tag in
            "<Part><PartNumber>\(index + 1)</PartNumber><ETag>\(XMLElement.escaped(tag))</ETag></Part>"
        }
        let request = CloudRequest(
            method: .post,
            path: path(location),
            query: [QueryItem("uploadId", upload)],
            headers: [HTTPField("Content-Type", "application/xml")],
            body: Array("<CompleteMultipartUpload>\(parts.joined())</CompleteMultipartUpload>".utf8)
        )
        try await create(request, at: location)
    }

    func abandon(_ upload: String, at location: BlobLocation) async throws(CloudFault) {
        try await ignoringMissing(
            CloudRequest(method: .delete, path: path(location), query: [QueryItem("uploadId", upload)])
        )
    }

    func copy(
        _ source: BlobLocation,
        to target: BlobLocation,
        _ properties: BlobProperties
    ) async throws(CloudFault) {
        // A copy has no condition for its target with all services.
        try await checkFree(target)
        // 5 GB is the most that one request copies.
        guard properties.size <= 5_000_000_000 else { return try await copyParts(source, to: target, properties) }
        _ = try await sender.send(
            CloudRequest(method: .put, path: path(target), headers: copyFields(source, properties))
        )
    }

    func delete(_ location: BlobLocation) async throws(CloudFault) {
        try await ignoringMissing(CloudRequest(method: .delete, path: path(location)))
    }

    func uploads(after marker: String?) async throws(CloudFault) -> UploadPage {
        var query = [QueryItem("uploads"), QueryItem("prefix", prefix.isEmpty ? "" : prefix + "/")]
        // The marker is two: a key, and an upload of it.
        if let parts = marker?.split(separator: "\n", omittingEmptySubsequences: false), parts.count == 2 {
            query += [QueryItem("key-marker", String(parts[0])), QueryItem("upload-id-marker", String(parts[1]))]
        }
        let answer = try await sender.send(CloudRequest(method: .get, path: "/", query: query)).response
        let list = try document(answer, "ListMultipartUploadsResult")
        let items = list.all("Upload").compactMap { item -> UploadPage.Item? in
            guard let location = item["Key"].flatMap(location), let upload = item["UploadId"] else { return nil }
            return UploadPage.Item(
                location: location,
                upload: upload,
                process: nil,
                begun: item["Initiated"].flatMap(ServiceTime.rfc3339)
            )
        }
        let next = list.next("NextKeyMarker").map { $0 + "\n" + (list["NextUploadIdMarker"] ?? "") }
        return UploadPage(items: items, next: next, now: ServiceTime.of(answer) ?? now())
    }

    // MARK: Parts of these

    private func copyFields(_ source: BlobLocation, _ properties: BlobProperties) -> [HTTPField] {
        [
            HTTPField(S3Dialect.copySource, dialect.copyName(path(source))),
            HTTPField("\(S3Dialect.copySource)-if-match", properties.tag),
        ]
    }

    private func copyParts(
        _ source: BlobLocation,
        to target: BlobLocation,
        _ properties: BlobProperties
    ) async throws(CloudFault) {
        let upload = try await begin(at: target, token: UploadToken())
        do throws(CloudFault) {
            var tags: [String] = []
            var offset: Int64 = 0
            while offset < properties.size {
                let end = min(offset + 1 << 30, properties.size)
                let answer = try await sender.send(
                    CloudRequest(
                        method: .put,
                        path: path(target),
                        query: [QueryItem("partNumber", "\(tags.count + 1)"), QueryItem("uploadId", upload)],
                        headers: copyFields(source, properties)
                            + [HTTPField("\(S3Dialect.copySource)-range", "bytes=\(offset)-\(end - 1)")]
                    )
                ).response
                guard let tag = try document(answer, "CopyPartResult")["ETag"] else { throw unreadable }
                tags.append(tag)
                offset = end
            }
            try await commit(tags, of: upload, at: target, token: UploadToken(), md5: [])
        } catch {
            try? await abandon(upload, at: target)
            throw error
        }
    }

    private func ignoringMissing(_ request: CloudRequest) async throws(CloudFault) {
        do throws(CloudFault) {
            _ = try await sender.send(request)
        } catch  where error.kind == .missing {}
    }

    private func document(_ answer: HTTPResponse, _ name: String) throws(CloudFault) -> XMLElement {
        guard let element = XMLElement(document: answer.body), element.name == name else { throw unreadable }
        return element
    }

    private var unreadable: CloudFault {
        CloudFault(kind: .refused, message: "\"\(dialect.endpoint.authority)\" gave an answer that is not S3's")
    }

    private static func md5(_ bytes: [UInt8]) -> String { Base64.text(of: Array(Insecure.MD5.hash(data: bytes))) }
}

extension XMLElement {
    /// What gives the next page, if there is one.
    fileprivate func next(_ name: String) -> String? { self["IsTruncated"] == "true" ? self[name] : nil }
}
