import Files
import Foundation
import Model
import Testing

@testable import Assets

@Suite("Scratch")
struct ScratchTests {
    @Test("a folder is removed when its work ends, however it ends", arguments: ["done", "failed", "cancelled"])
    func removed(_ end: String) async throws {
        try await withFolder { root in
            let scratch = try ScratchSpace(root: root + "/scratch")
            let tenant = TenantID.random()
            let (begun, tell) = AsyncStream<String>.makeStream()
            let work = Task {
                try await scratch.withFolder(of: tenant, for: "test") { folder in
                    try await folder.perform { () throws(FileError) in
                        _ = try OpenFile(folder.file("received"), .creating)
                    }
                    tell.yield(folder.path)
                    switch end {
                    case "done": return
                    case "failed": throw PackagingError(.internal, "a fault")
                    default: try await Task.sleep(for: .seconds(600))
                    }
                }
            }
            for await path in begun {
                if end == "cancelled" {
                    #expect(FileManager.default.fileExists(atPath: path + "/received"))
                    work.cancel()
                }
                _ = await work.result
                #expect(!FileManager.default.fileExists(atPath: path))
                break
            }
        }
    }
}
