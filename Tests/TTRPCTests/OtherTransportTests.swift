import Testing

@testable import TTRPC

/// What the other suites say of a Unix socket holds over TCP and TLS as well.
@Suite("The same over TCP, and over TLS", .timeLimit(.minutes(10)))
struct OtherTransportTests {
    /// A test of another suite.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let run: @Sendable () async throws -> Void

        init(_ name: String, _ run: @escaping @Sendable () async throws -> Void) {
            (testDescription, self.run) = (name, run)
        }
    }

    private static let cases: [Case] = [
        Case("frames that are never finished") { try await HostilePeerTests().unfinishedFrames() },
        Case("slow frames") { try await HostilePeerTests().slowFrames() },
        Case("slow streams") { try await HostilePeerTests().slowStream() },
        Case("idle connections") { try await HostilePeerTests().idle() },
        Case("negative timeouts") { try await HostilePeerTests().negativeTimeout() },
        Case("a full house") { try await HostilePeerTests().fullHouse() },
        Case("silence in the reserve") { try await HostilePeerTests().silentInReserve() },
        Case("a thousand calls") { try await FaultTests().sequentialCalls() },
        Case("64 callers") { try await FaultTests().concurrentCalls() },
        Case("a peer that closes") { try await FaultTests().peerCloses() },
        Case("an early answer") { try await FaultTests().earlyAnswer() },
        Case("reading to the end") { try await FaultTests().readsToTheEnd() },
        Case("a burst") { try await FaultTests().burst() },
        Case("a cancelled call") { try await FaultTests().cancelledCall() },
        Case("a body that throws") { try await FaultTests().failedBody() },
        Case("handlers of a closed connection") { try await FaultTests().handlersCancelled() },
        Case("a slow reader") { try await FaultTests().slowReader() },
        Case("a never reading peer") { try await FaultTests().neverReader() },
        Case("a slow handler") { try await FaultTests().slowHandler() },
        Case("a graceful shutdown") { try await ShutdownTests().graceful() },
        Case("the drain timeout") { try await ShutdownTests().drainTimeout() },
        Case("a deadline") { try await ShutdownTests().serverDeadline() },
        Case("values of a connection") { try await ShutdownTests().connectionValues() },
        Case("a reply over 4 MiB") { try await ServerReplayTests().replyTooLong() },
        Case("a lower stream id") { try await ServerReplayTests().lowerStreamID() },
        Case("an oversized header") { try await ServerReplayTests().oversizedHeader() },
        Case("an oversized frame") { try await ServerReplayTests().oversizedWhole() },
        Case("an id that is used again") { try await ServerReplayTests().repeatedInFlight() },
        Case("a last message with the half-close") { try await ServerReplayTests().dataWithRemoteClosed() },
        Case("a message after the half-close") { try await ServerReplayTests().dataAfterHalfClose() },
        Case("a message on an unknown stream") { try await ServerReplayTests().dataOnUnknownStream() },
        Case("a half-close after the end") { try await ServerReplayTests().halfCloseAfterEnd() },
        Case("a message on a unary call") { try await ServerReplayTests().dataOnUnary() },
        Case("a request over 4 MiB") { try await ClientReplayTests().requestTooLong() },
        Case("a message over 4 MiB") { try await ClientReplayTests().messageTooLong() },
    ]

    @Test("every promise about calls and hostile peers holds", arguments: [Transport.tcp, .tls], cases)
    func holds(_ transport: Transport, _ test: Case) async throws {
        try await Transport.$current.withValue(transport) { try await test.run() }
    }

    @Test(
        "every recorded session and every bad input ends as recorded",
        arguments: [Transport.tcp, .tls],
        Transcripts.all.sessions.filter { !$0.defect }
            + Transcripts.all.badInputs.filter { !$0.defect && !ServerReplayTests.ownRules.contains($0.name) }
    )
    func replays(_ transport: Transport, _ session: Transcripts.Session) async throws {
        try await Transport.$current.withValue(transport) {
            if Transcripts.all.badInputs.contains(where: { $0.name == session.name }) {
                try await ServerReplayTests().replaysBadInput(session)
            } else {
                try await ServerReplayTests().replaysSession(session)
            }
        }
    }
}
