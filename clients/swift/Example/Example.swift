import PackagingClient

/// Packages a project for Google Play Books, follows the job to its end, and lists what there is.
@main
struct Example {
    static func main() async throws {
        let project = CommandLine.arguments[1]
        try await PackagingClient.withConnection(to: PackagingAddress.ofThisProcess()) { client in
            let created = try await client.createAll(
                CreateAllRequest(project: project, platformIDs: ["google"], requestID: "example-1")
            )
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
}
