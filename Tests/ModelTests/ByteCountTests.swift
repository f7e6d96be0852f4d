import Model
import Testing

@Suite("Numbers of bytes for people")
struct ByteCountTests {
    @Test(
        "the largest unit that fits, rounded down",
        arguments: [
            (0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (10_239, "9.9 KiB"), (10_240, "10 KiB"),
            ((1 << 20) - 1, "1023 KiB"), (1 << 20, "1.0 MiB"), (1_395_864_371, "1.2 GiB"), (4 << 40, "4.0 TiB"),
            (Int64.max, "8388607 TiB"), (-5, "-5 bytes"),
        ] as [(Int64, String)]
    )
    func words(_ bytes: Int64, _ words: String) {
        #expect(ByteCount(bytes).description == words)
    }
}
