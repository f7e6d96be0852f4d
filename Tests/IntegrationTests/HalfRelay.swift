import Foundation

/// Stands between a daemon and its callers. One connection gets `bytes` bytes from the daemon and no more, until the
/// daemon is gone; the others get all bytes.
struct HalfRelay {
    /// Where it listens.
    let address: String
    private let program: Running

    /// Starts one at the socket `path`, and returns when it listens.
    ///
    /// - Parameter connection: The number of the connection that is cut, from 1.
    static func start(
        to address: String,
        at path: String,
        bytes: Int,
        ofConnection connection: Int = 1
    ) async throws -> HalfRelay {
        let program = try await Running.start(
            "python3",
            [
                "-c",
                """
                import os, select, socket, sys, threading

                def pass_on(source, sink, limit):
                    try:
                        while limit > 0 and (data := source.recv(min(limit, 65536))):
                            sink.sendall(data)
                            limit -= len(data)
                        if limit <= 0:
                            hang_up = select.poll()
                            hang_up.register(source, select.POLLRDHUP)
                            hang_up.poll()
                    except OSError:
                        pass
                    for end in (source, sink):
                        try:
                            end.shutdown(socket.SHUT_RDWR)
                        except OSError:
                            pass

                def serve(caller, limit):
                    daemon = socket.socket(socket.AF_UNIX)
                    try:
                        daemon.connect(sys.argv[1])
                    except OSError:
                        return caller.close()
                    for ends in ((caller, daemon, 1 << 60), (daemon, caller, limit)):
                        threading.Thread(target=pass_on, args=ends, daemon=True).start()

                listener = socket.socket(socket.AF_UNIX)
                listener.bind(sys.argv[2] + ".new")
                listener.listen()
                os.rename(sys.argv[2] + ".new", sys.argv[2])
                number = 0
                while True:
                    caller = listener.accept()[0]
                    number += 1
                    serve(caller, int(sys.argv[3]) if number == int(sys.argv[4]) else 1 << 60)
                """,
                String(address.trimmingPrefix("unix:")), path, "\(bytes)", "\(connection)",
            ]
        )
        try await within(.seconds(120), "the relay") {
            while !FileManager.default.fileExists(atPath: path) { try await Task.sleep(for: .milliseconds(20)) }
        }
        return HalfRelay(address: "unix:" + path, program: program)
    }
}
