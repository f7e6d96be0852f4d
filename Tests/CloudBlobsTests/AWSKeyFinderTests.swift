import Foundation
import Model
import Synchronization
import TestSupport
import Testing

@testable import CloudBlobs

@Suite("Where keys for S3 are found")
struct AWSKeyFinderTests {
    private let file = """
        # of all accounts
        [default]
        aws_access_key_id = one
        aws_secret_access_key=hunter1
        [ other ]
        aws_access_key_id=two
        AWS_SECRET_ACCESS_KEY = hunter2
        aws_session_token = passing
        [half]
        aws_access_key_id=three
        """

    private func finder(_ environment: [String: String], file: String? = nil) -> AWSKeyFinder {
        AWSKeyFinder(environment: environment, file: file, now: { Instant(microseconds: 0) })
    }

    private let folder = TemporaryFolder("keys")
    private var path: String { folder.file("credentials") }

    init() throws {
        try Data(file.utf8).write(to: URL(fileURLWithPath: path))
    }

    @Test("in the variables; else in the profile of the shared file; and a file that is named counts before both")
    func order() throws {
        let variables = ["AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": ""]
        let shared = ["AWS_SHARED_CREDENTIALS_FILE": path]
        #expect(try finder(variables.merging(shared) { $1 }).keys() == AWSKeys(id: "id", secret: "s"))
        #expect(try finder(shared).keys() == AWSKeys(id: "one", secret: "hunter1"))
        let other = AWSKeys(id: "two", secret: "hunter2", sessionToken: "passing")
        #expect(try finder(shared.merging(["AWS_PROFILE": "other"]) { $1 }).keys() == other)
        #expect(try finder(variables, file: path).keys() == AWSKeys(id: "one", secret: "hunter1"))
    }

    @Test("what is missing is named, and no secret is quoted")
    func missing() throws {
        let shared = ["AWS_SHARED_CREDENTIALS_FILE": path]
        let cases: [([String: String], String)] = [
            ([:], "neither AWS_ACCESS_KEY_ID nor a file with keys is named"),
            (["AWS_ACCESS_KEY_ID": "id"], "AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not"),
            (shared.merging(["AWS_PROFILE": "half"]) { $1 }, "profile \"half\" in \"\(path)\" lacks"),
            (shared.merging(["AWS_PROFILE": "none"]) { $1 }, "profile \"none\" in \"\(path)\" lacks"),
            (["HOME": path], "\(path)/.aws/credentials"),
        ]
        for (environment, words) in cases {
            let error = #expect(throws: PackagingError.self) { try finder(environment).keys() }
            #expect(error?.message.contains(words) == true, "\(String(describing: error))")
            #expect(error.map { "\($0)".contains("hunter") } == false)
        }
    }

    @Test("a file is read again after a minute, as keys are replaced")
    func replaced() throws {
        let now = Mutex(Instant(microseconds: 0))
        let finder = AWSKeyFinder(environment: [:], file: path, now: { now.withLock { $0 } })
        #expect(try finder.keys().id == "one")
        try Data("[default]\naws_access_key_id=new\naws_secret_access_key=x\n".utf8)
            .write(to: URL(fileURLWithPath: path))
        now.withLock { $0 = Instant(microseconds: 59_000_000) }
        #expect(try finder.keys().id == "one")
        now.withLock { $0 = Instant(microseconds: 60_000_000) }
        #expect(try finder.keys().id == "new")
    }

    @Test("the region is that of the variables, else of the profile")
    func region() throws {
        let path = folder.file("config")
        try Data("[default]\nregion = eu-west-1\n[profile other]\nregion=eu-central-1\n".utf8)
            .write(to: URL(fileURLWithPath: path))
        #expect(finder([:]).region == nil)
        #expect(finder(["AWS_CONFIG_FILE": path]).region == "eu-west-1")
        #expect(finder(["AWS_CONFIG_FILE": path, "AWS_PROFILE": "other"]).region == "eu-central-1")
        #expect(finder(["AWS_CONFIG_FILE": path, "AWS_REGION": "auto"]).region == "auto")
    }
}
