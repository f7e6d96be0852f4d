/// The four bytes before each MPEG layer III frame (ISO 11172-3 §2.4.1.3, and 13818-3 for half the rates and less).
struct MPEGHeader: Equatable {
    let sampleRate: Int
    let isMono: Bool
    /// Version 1 (32 to 48 kHz); versions 2 and 2.5 have half the samples per frame and shorter side information.
    let isVersion1: Bool
    /// Bytes of the frame, these four included.
    let frameBytes: Int

    var samplesPerFrame: Int { isVersion1 ? 1152 : 576 }

    /// Where an Info or Xing tag begins in a frame that holds one.
    var infoOffset: Int {
        switch (isVersion1, isMono) {
        case (true, false): 36
        case (true, true), (false, false): 21
        case (false, true): 13
        }
    }

    /// Kilobits per second by the header's index, for version 1 and the others.
    static let bitRates1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
    private static let bitRates2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]

    /// Reads a header; nil for anything else, including layers I and II and free format.
    init?(_ bytes: some Collection<UInt8>) {
        let word = bytes.bigEndian
        let version = word >> 19 & 3
        let rateIndex = Int(word >> 12 & 15)
        let sampling = Int(word >> 10 & 3)
        guard word >> 21 == 0x7FF, version != 1, word >> 17 & 3 == 1, (1...14).contains(rateIndex), sampling < 3 else {
            return nil
        }
        isVersion1 = version == 3
        sampleRate = [44_100, 48_000, 32_000][sampling] >> (version == 3 ? 0 : version == 2 ? 1 : 2)
        isMono = word >> 6 & 3 == 3
        let bitRate = (isVersion1 ? MPEGHeader.bitRates1 : MPEGHeader.bitRates2)[rateIndex] * 1000
        let slots = (isVersion1 ? 144 : 72) * bitRate / sampleRate
        frameBytes = slots + Int(word >> 9 & 1)
    }
}
