import ServiceLifecycle

/// One long-lived part of the daemon. Told to stop, it is stopped by `stop` and ends by itself; without one it is cancelled.
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
