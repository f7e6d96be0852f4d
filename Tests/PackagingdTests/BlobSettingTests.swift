import TestSupport
import Testing

@testable import packagingd

@Suite("Where blobs are kept")
struct BlobSettingTests {
    @Test(
        "a folder or a bucket, with a prefix or without",
        arguments: [
            ("file:///srv/blobs", .folder("/srv/blobs"), "file:///srv/blobs"),
            ("s3://khipu", .s3(bucket: "khipu", prefix: ""), "s3://khipu"),
            ("s3://khipu/", .s3(bucket: "khipu", prefix: ""), "s3://khipu"),
            ("s3://khipu-books.eu/Audio/", .s3(bucket: "khipu-books.eu", prefix: "Audio"), "s3://khipu-books.eu/Audio"),
        ] as [(String, BlobPlace, String)]
    )
    func places(url: String, place: BlobPlace, text: String) throws {
        try withBench("blob-url: \(url)\n") { bench in
            let configuration = try bench.load()
            #expect(configuration.blobs == place)
            #expect("\(configuration.values["blob-url"]?.value, default: "none")" == text)
        }
    }

    @Test(
        "a name that the service would refuse, and a prefix that clients would change, are refused before a start",
        arguments: [
            "azure://khipu", "S3://khipu", "s3://", "s3://ab", "s3://-khipu",
            "s3://khipu_books", "s3://khipu//a", "s3://khipu/../a", "s3://khipu/a./b", "s3://khipu/a b",
            "s3://khipu/a?b=c",
            "s3://khipu/a%2Fb", "s3://key:hunter2@khipu", "file://srv/blobs", "blobs",
        ]
    )
    func refused(url: String) throws {
        try withBench("blob-url: \(url)\n") { bench in
            let mistakes = try bench.mistakes()
            #expect(mistakes.count == 1 && mistakes[0].hasPrefix("1: blob-url: "), "\(mistakes)")
            #expect(!mistakes.joined().contains("hunter2"))
        }
    }

    @Test("what belongs to a bucket is refused for a folder, and taken for a bucket")
    func belonging() throws {
        let lines = [
            ("blob-endpoint", "https://blobs.example.com/"), ("blob-region", "eu-central-1"),
            ("blob-path-style", "true"),
        ]
        for (name, value) in lines {
            try withBench("\(name): \(value)\n") { bench in
                let reason = "belongs to a bucket, and blob-url names a folder"
                #expect(try bench.mistakes() == ["1: \(name): \(reason)"])
                try bench.write("blob-url: s3://khipu\n\(name): \(value)\n")
                _ = try bench.load()
            }
        }
    }

    @Test(
        "servers and proxies are URLs without secrets, and others than this machine are reached with TLS",
        arguments: [
            "blob-endpoint: http://blobs.example.com", "blob-endpoint: https://ada:hunter2@blobs.example.com",
            "blob-endpoint: https://blobs.example.com/?sig=hunter2", "blob-endpoint: blobs.example.com",
            "http-proxy: http://ada:hunter2@proxy:3128", "http-proxy: proxy:3128", "blob-region: EU Central",
        ]
    )
    func servers(line: String) throws {
        try withBench("\(line)\n") { bench in
            let mistakes = try bench.mistakes()
            #expect(mistakes.count == 1 && mistakes[0].hasPrefix("1: "), "\(mistakes)")
            #expect(!mistakes.joined().contains("hunter2"))
        }
    }

    @Test("a file with keys is refused where others can read it, and is not quoted")
    func credentials() throws {
        try withBench { bench in
            let file = bench.folder.file("keys")
            try writeSecret("aws_secret_access_key = aHVudGVyMg\n", to: file)
            try bench.write("blob-url: s3://khipu\nblob-credentials-file: \(file)\n")
            #expect(try !bench.load().table.contains("aHVudGVyMg"))
            try writeSecret("aws_secret_access_key = aHVudGVyMg\n", to: file, mode: 0o644)
            let mistakes = try bench.mistakes()
            #expect(mistakes.count == 1 && mistakes[0].contains("can be read or written by other users"), "\(mistakes)")
            #expect(!mistakes.joined().contains("aHVudGVyMg"))
        }
    }
}
