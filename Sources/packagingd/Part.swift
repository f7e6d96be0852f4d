import ServiceLifecycle

/// One part of the daemon that runs for a long time. To stop it, `stop` is called, and the part then ends by itself. A
/// part without `stop` is cancelled instead.
struct Part: Service {
    private let stop: (@Sendable () -> Void)?
    private let body: @Sendable () async throws -> Void

    init(stop: (@Sendable () -> Void)? = nil, run body: @escaping @Sendable () async throws -> Void) {
        self.stop = stop
        self.body = body
    }

    func run() async throws {
        guard let stop else {
            return try await cancelWhenGracefulShutdown { try await body() }
        }
        try await withGracefulShutdownHandler {
            try await body()
        } onGracefulShutdown: {
            stop()
        }
    }
}
