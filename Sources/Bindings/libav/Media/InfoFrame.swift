import CLibAV

/// The first frame of an MP3 file: silence that carries the Info tag, with LAME's addition for exact lengths.
///
/// libavformat can write such a frame too, but it gets the padding wrong where the length mod 1152 is 1 to 46, and
/// computes the tag's checksum over the wrong bytes in mono.
struct InfoFrame {
    let bitRate: Int
    let samples: Int
    let fileBytes: Int
    /// CRC-16 of every frame after this one.
    let musicCRC: UInt16

    var bytes: [UInt8] {
        var bytes = header
        bytes += [UInt8](repeating: 0, count: 17)  // side information of a mono frame: no sound
        bytes += Array("Info".utf8)
        bytes += big(0x0F, 4)  // frames, bytes, seek table and quality follow
        bytes += big(MP3Layout.frames(samples: samples), 4)
        bytes += big(fileBytes, 4)
        // At a constant rate, each hundredth of the duration takes a hundredth of the bytes.
        bytes += (0..<100).map { UInt8($0 * 256 / 100) }
        bytes += big(0, 4)
        bytes += encoderName
        bytes.append(1)  // revision 0, constant bit rate
        bytes += [UInt8](repeating: 0, count: 9)  // low-pass, peak and both replay gains: not stated
        bytes.append(0)  // encoding flags
        bytes.append(UInt8(min(255, bitRate / 1000)))
        let padding = MP3Layout.frames(samples: samples) * MP3Layout.frameSamples - MP3Layout.delay - samples
        bytes += big(MP3Layout.delay << 12 | padding, 3)
        bytes.append(0x40)  // the source had 44,100 Hz; mono
        bytes += [0, 0, 0]  // gain, preset
        bytes += big(fileBytes, 4)
        bytes += big(Int(musicCRC), 2)
        var crc = CRC16()
        crc.update(bytes.span)
        bytes += big(Int(crc.value), 2)
        return bytes + [UInt8](repeating: 0, count: MP3Layout.infoBytes(bitRate: bitRate) - bytes.count)
    }

    /// MPEG 1, layer III, no checksum, 44,100 Hz, mono, "original": as LAME writes it.
    private var header: [UInt8] {
        let index = MPEGHeader.bitRates1.firstIndex(of: max(bitRate, 56_000) / 1000) ?? 0
        return [0xFF, 0xFB, UInt8(index << 4), 0xC4]
    }

    /// Players trust the delay and padding only if they know the encoder's name.
    private var encoderName: [UInt8] {
        let name = unsafe "LAME" + String(cString: clibav_lame_version())
        return Array((name + "         ").utf8.prefix(9))
    }

    private func big(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
}
