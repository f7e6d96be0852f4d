import Testing
import Wire

@Suite("Messages")
struct RoundTripTests {
    @Test("a job survives the wire")
    func job() throws {
        let job = Job(
            id: "j",
            status: .downloadingAudio,
            progressPercent: 42,
            currentStep: "Лад",
            createdAt: ProtoTimestamp(seconds: 1_766_485_800),
            lastSequence: 1 << 40
        )
        #expect(try Job(serialized: job.serialized()) == job)
    }
}
