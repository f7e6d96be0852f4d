import Foundation
import Testing

@Suite("A daemon under systemd")
struct ServiceManagerTests {
    @Test(
        "it reports when it listens and when it begins to stop, to a socket in the file system or an abstract one",
        arguments: ["", "@"]
    )
    func notifies(_ prefix: String) async throws {
        try await withFolder { folder in
            let address = prefix + folder + "/notify"
            let manager = try await Running.start(
                "python3",
                [
                    "-c",
                    """
                    import socket, sys
                    address = sys.argv[1]
                    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                    receiver.bind("\\0" + address[1:] if address.startswith("@") else address)
                    print("bound", flush=True)
                    while True:
                        message = receiver.recv(4096).decode()
                        print(message, flush=True)
                        if "STOPPING=1" in message: break
                    """,
                    address,
                ]
            )
            try await within(.seconds(120), "the socket") {
                while !manager.output.contains("bound") { try await Task.sleep(for: .milliseconds(20)) }
            }
            let daemon = try await Daemon.start(state: folder + "/state", environment: ["NOTIFY_SOCKET": address])
            try await daemon.stop()
            let heard = try await manager.outcome().output
            #expect(heard == "bound\nREADY=1\nSTATUS=listening on \(daemon.address)\nSTOPPING=1\n")
        }
    }
}
