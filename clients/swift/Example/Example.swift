import Foundation
import PackagingClient

/// Packages a project for Google Play Books, follows the job to its end, and lists what there is.
@main
struct Example {
    static func main() async {
        guard CommandLine.arguments.count == 2 else { end("usage: packaging-example PROJECT", status: 2) }
        do {
            try await package(CommandLine.arguments[1])
        } catch {
            end("packaging-example: \(error)", status: 1)
        }
    }

    static func package(_ project: String) async throws {
        try await PackagingClient.withConnection(to: PackagingAddress.ofThisProcess()) { client in
            // Repeating a call with its id starts nothing twice, so each order has an id of its own.
            let order = CreateAllRequest(project: project, platformIDs: ["google"], requestID: UUID().uuidString)
            let created = try await client.createAll(order)
            // Goes on after the last event it saw when the daemon is restarted meanwhile.
            for try await event in client.events(of: .batchID(created.batchID)) {
                print("\(event.platformID): \(event.progressPercent) % \(event.currentStep)")
            }
            let list = try await client.listPackages(ListPackagesRequest(project: project))
            for package in list.packages {
                print("\(package.fileName), version \(package.version): \(package.fileSizeBytes) bytes")
            }
        }
    }

    static func end(_ message: String, status: Int32) -> Never {
        FileHandle.standardError.write(Data((message + "\n").utf8))
        exit(status)
    }
}
