import HTTP

/// Sends requests to a service of blobs, again where that may help.
struct CloudSender: Sendable {
    let dialect: any CloudDialect
    let client: HTTPClient
    var limits = CloudLimits()
    var chance = CloudChance()

    /// Sends a request until it is carried out, refused, or not worth another attempt.
    ///
    /// - Throws: ``CloudFault`` of the last attempt.
    func send(_ request: CloudRequest) async throws(CloudFault) -> CloudAnswer {
        var attempts = CloudAttempts(limits, chance)
        while true {
            switch try await attempt(request) {
            case .answered(let response):
                return CloudAnswer(response: response, isRepeated: attempts.mayHaveHappened)
            case .failed(let failure):
                try await attempts.failed(failure)
            }
        }
    }

    /// Sends a request for a part of a blob. Where an answer is cut, the next attempt asks for the rest, and only of the same
    /// blob.
    ///
    /// - Parameters:
    ///   - count: The most bytes that all answers together can have.
    ///   - request: The request for what begins so many bytes further, if the blob still has this entity tag.
    /// - Throws: ``CloudFault`` of the last attempt.
    func read(
        upTo count: Int,
        _ request: (_ skipping: Int, _ tag: String?) -> CloudRequest
    ) async throws(CloudFault) -> [UInt8] {
        var attempts = CloudAttempts(limits, chance)
        var bytes: [UInt8] = []
        var tag: String?
        while true {
            let request = request(bytes.count, tag)
            switch try await attempt(request) {
            case .answered(let response):
                return bytes + response.body
            case .failed(let failure):
                if let partial = failure.partial, let found = partial["ETag"], !partial.body.isEmpty,
                    dialect.fault(in: partial, to: request) == nil
                {
                    bytes += partial.body
                    tag = found
                    guard bytes.count < count else { return bytes }
                    // An attempt that moved on does not count: a long way may be cut often.
                    attempts = CloudAttempts(limits, chance)
                }
                try await attempts.failed(failure)
            }
        }
    }

    private enum Outcome {
        case answered(HTTPResponse)
        case failed(CloudAttempts.Failure)
    }

    private func attempt(_ request: CloudRequest) async throws(CloudFault) -> Outcome {
        let signed = try await dialect.signed(request, limits)
        do throws(HTTPError) {
            let response = try await client.send(signed)
            guard let fault = dialect.fault(in: response, to: request) else { return .answered(response) }
            // An error of the server may come after it has done what was asked.
            let asked = response["Retry-After"].flatMap { Int($0) }.map { Duration.seconds(max(0, $0)) }
            return .failed(.init(fault: fault, mayHaveHappened: response.status >= 500, asked: asked))
        } catch {
            let isFinal = error.kind == .cancelled || error.kind == .tooLarge
            let fault = CloudFault(kind: isFinal ? .refused : .transient, message: error.message)
            return .failed(.init(fault: fault, mayHaveHappened: error.kind == .broken, partial: error.partial))
        }
    }
}

/// Counts the attempts at a request, and waits between them.
struct CloudAttempts: Sendable {
    /// How an attempt failed.
    struct Failure: Sendable {
        var fault: CloudFault
        /// Whether it may have been carried out all the same.
        var mayHaveHappened: Bool
        /// How long the service asks to wait.
        var asked: Duration?
        /// What came of an answer that was cut.
        var partial: HTTPResponse?
    }

    private let limits: CloudLimits
    private let chance: CloudChance
    private let begin: Duration
    private var count = 1
    /// Whether one of the attempts that failed may have been carried out.
    private(set) var mayHaveHappened = false

    init(_ limits: CloudLimits, _ chance: CloudChance) {
        self.limits = limits
        self.chance = chance
        begin = chance.elapsed()
    }

    /// Returns when it is time for the next attempt.
    ///
    /// - Throws: ``CloudFault`` if there is none.
    mutating func failed(_ failure: Failure) async throws(CloudFault) {
        mayHaveHappened = mayHaveHappened || failure.mayHaveHappened
        var fault = failure.fault
        fault.mayHaveHappened = mayHaveHappened
        guard fault.kind == .transient, count < limits.attempts, chance.elapsed() - begin < limits.budget else {
            if count > 1 { fault.message += ", at attempt \(count)" }
            throw fault
        }
        do {
            try await chance.sleep(limits.wait(after: count, share: chance.share(), asked: failure.asked))
        } catch {
            fault.kind = .refused
            throw fault
        }
        count += 1
    }
}

/// The time and the chance that attempts depend on; a test has its own.
struct CloudChance: Sendable {
    /// The time since some moment, which no change of the clock changes.
    var elapsed: @Sendable () -> Duration = { CloudChance.start.duration(to: ContinuousClock().now) }
    /// Waits; throws when the task is cancelled.
    var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    /// A number from 0 to 1.
    var share: @Sendable () -> Double = { .random(in: 0..<1) }

    private static let start = ContinuousClock().now
}
