import Foundation
import HTTP
import Model
import TestSupport
import Testing

import struct Crypto.SHA256

@testable import CloudBlobs

@Suite("Signatures for S3")
struct AWSSignatureTests {
    /// The account and the time of the examples in Amazon S3 API Reference, "Signature Calculations for the Authorization
    /// Header" and "... Using Query Parameters".
    private let signature = AWSSignature(
        keys: AWSKeys(id: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        region: "us-east-1"
    )
    private let time = Instant(microseconds: 1_369_353_600_000_000)
    private let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    private func signed(_ request: AWSSignature.Request) -> String {
        signature.headers(for: request, bodyHash: emptyHash, at: time).last { $0.name == "Authorization" }?.value ?? ""
    }

    @Test(
        "are those of Amazon's own examples",
        arguments: [
            (
                "/test.txt", [], [("Range", "bytes=0-9")],
                "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
            ),
            ("/", [("lifecycle", "")], [], "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
            (
                "/", [("max-keys", "2"), ("prefix", "J")], [],
                "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
            ),
        ] as [(String, [(String, String)], [(String, String)], String)]
    )
    func examples(
        path: String,
        query: [(String, String)],
        headers: [(String, String)],
        expected: String
    ) {
        let request = AWSSignature.Request(
            method: .get,
            host: "examplebucket.s3.amazonaws.com",
            path: path,
            query: query.map { QueryItem($0.0, $0.1) },
            headers: headers.map { HTTPField($0.0, $0.1) }
        )
        let header = signed(request)
        #expect(header.hasSuffix("Signature=\(expected)"), "\(header)")
        #expect(header.contains("Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "))
    }

    @Test("of a URL that anybody may use, too")
    func presignedExample() {
        let request = AWSSignature.Request(method: .get, host: "examplebucket.s3.amazonaws.com", path: "/test.txt")
        let query = signature.presigned(request, seconds: 86_400, at: time)
        #expect(query.last?.value == "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")
        #expect(query.last?.name == "X-Amz-Signature")
    }

    private struct Case: Decodable {
        let method, host, path, body, id, secret, region, signature: String
        let query, headers: [[String]]
        let token: String?
        let seconds: Int?
        let now: Int64
    }

    @Test("are those of botocore, for a thousand requests and as many URLs")
    func botocore() throws {
        let seed = UInt32.random(in: .min ... .max)
        print("signatures for S3: seed \(seed)")
        let data = try CloudServers.python("signing_cases.py", ["\(seed)", "2000"])
        let cases = try JSONDecoder().decode([Case].self, from: data)
        #expect(cases.count == 2000 && cases.contains { $0.seconds == nil } && cases.contains { $0.seconds != nil })
        for one in cases {
            let signature = AWSSignature(
                keys: AWSKeys(id: one.id, secret: one.secret, sessionToken: one.token),
                region: one.region
            )
            let request = AWSSignature.Request(
                method: try #require(HTTPMethod(rawValue: one.method)),
                host: one.host,
                path: one.path,
                query: one.query.map { QueryItem($0[0], $0[1]) },
                headers: one.headers.map { HTTPField($0[0], $0[1]) }
            )
            let now = Instant(microseconds: one.now * 1_000_000)
            if let seconds = one.seconds {
                let query = signature.presigned(request, seconds: seconds, at: now)
                #expect(query.last?.value == one.signature, "seed \(seed): \(one)")
            } else {
                let body = try #require(Hexadecimal.bytes(of: one.body))
                let hash = Hexadecimal.text(of: Array(SHA256.hash(data: body)))
                let header = signature.headers(for: request, bodyHash: hash, at: now).last?.value ?? ""
                #expect(header.hasSuffix("Signature=\(one.signature)"), "seed \(seed): \(one)")
            }
        }
    }

    @Test("keys show nothing of their secret")
    func redacted() {
        let keys = AWSKeys(id: "AKIA", secret: "hunter2", sessionToken: "hunter3")
        var dumped = ""
        dump(keys, to: &dumped)
        for text in ["\(keys)", String(reflecting: keys), dumped] { #expect(!text.contains("hunter")) }
    }
}
