import ConformanceMessages
import Foundation
import Glibc
import Logging
import TTRPC
import TestSupport

/// A server in a process of its own, so that its memory is measured and not that of its callers.
struct CrowdServer {
    private static let name = "--serve"

    let process: Process
    let address: Address
    let security: ClientSecurity
    private let input: Pipe

    /// The memory of the process in KiB.
    var memory: Int {
        let text = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        return Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0
    }

    /// Starts one, with TLS or without.
    static func start(isSecure: Bool) throws -> CrowdServer {
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = [name]
        var security = ClientSecurity.plain
        if isSecure {
            let certificates = try TestCertificates.shared.get()
            process.arguments = [name, certificates.server.certificate, certificates.server.key]
            security = .tls(ClientTLS(caFile: certificates.ca))
        }
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let address = Address(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw CocoaError(.fileReadUnknown)
        }
        return CrowdServer(process: process, address: address, security: security, input: input)
    }

    func stop() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// Runs the server if the command line asks for it.
    ///
    /// - Returns: Whether it did.
    static func serves(_ arguments: [String]) async throws -> Bool {
        guard arguments.first == name else { return false }
        raiseFileLimit()
        var router = Router()
        router.register(EchoMethods.unary) { message, _ in message }
        // A watch: some events, and then silence until the caller goes.
        router.register(EchoMethods.serverStream) { request, writer, _ in
            // Watchers of different jobs do not hear at the same moment.
            try await Task.sleep(for: .milliseconds(Int.random(in: 0..<250)))
            for index in 0..<request.n {
                try await writer.write(ConformanceMsg(text: String(repeating: "event ", count: 30) + "\(index)"))
                try await Task.sleep(for: .milliseconds(250))
            }
            while !Task.isCancelled { try await Task.sleep(for: .seconds(3600)) }
        }
        var configuration = RPCServer.Configuration()
        configuration.maximumConnections = 20_000
        configuration.maximumConnectionsPerPeer = 20_000
        let server = RPCServer(
            router: router,
            configuration: configuration,
            logger: Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() }
        )
        var security = ListenerSecurity.plain
        if arguments.count == 3 {
            func file(_ path: String) throws -> PEMFile {
                PEMFile(path: path, bytes: Array(try Data(contentsOf: URL(filePath: path))))
            }
            let files = CertificateFiles(
                certificate: try file(arguments[1]),
                key: try file(arguments[2]),
                clientCA: nil
            )
            security = .tls(try ServerCertificates(files))
        }
        let address = try await server.bind(to: .tcp(host: "127.0.0.1", port: 0), security: security)
        try FileHandle.standardOutput.write(contentsOf: Data("\(address)\n".utf8))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            await Task.detached { _ = try? FileHandle.standardInput.readToEnd() }.value
            group.cancelAll()
        }
        return true
    }

    /// Lets the process open as many files as the system allows.
    static func raiseFileLimit() {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
