package import Model

extension RulePack {
    /// The rule pack of `platform`.
    package static func pack(for platform: Platform) -> RulePack {
        switch platform {
        case .apple: .apple
        case .google: .google
        case .spotify: .spotify
        case .acx: .acx
        case .kobo: .kobo
        }
    }

    /// All rule packs, in the order in which platforms are always listed.
    package static var all: [RulePack] { Platform.allCases.map(pack) }

    /// The longest room tone, in seconds, that every platform accepts at the end of a file: ACX's 5 s. At the start of a
    /// file ACX accepts less, 1 s.
    package static let longestRoomTone = all.compactMap { $0.roomTone?.value.tail.upperBound }.min() ?? .infinity

    private static let apple = RulePack(
        platform: .apple,
        name: "Apple Books",
        packageFormat: specified(.m4b),
        audio: specified(AudioSpec(codec: .aac, bitRate: 128_000)),
        bitRateLadder: [],
        coverMinimum: specified(1400),
        coverMaximum: nil,
        maximumFileSeconds: nil,
        maximumFileBytes: nil,
        maximumPackageBytes: nil,
        minimumBookSeconds: nil,
        levels: nil,
        roomTone: nil,
        credits: specified(false),
        text: specified(false),
        digitalVoice: specified(.allowed)
    )

    private static let google = RulePack(
        platform: .google,
        name: "Google Play Books",
        packageFormat: specified(.zipMP3),
        audio: specified(AudioSpec(codec: .mp3, bitRate: 256_000)),
        bitRateLadder: [],
        // Google itself requires 1,024. More is required here, so that one cover is also sufficient for Spotify.
        coverMinimum: specified(3000),
        coverMaximum: read(7200, in: googleFormats),
        maximumFileSeconds: nil,
        maximumFileBytes: nil,
        maximumPackageBytes: nil,
        minimumBookSeconds: read(300, in: googleFormats),
        levels: nil,
        roomTone: nil,
        credits: specified(false),
        text: specified(false),
        digitalVoice: specified(.allowed)
    )

    private static let spotify = RulePack(
        platform: .spotify,
        name: "Spotify",
        packageFormat: specified(.zipMP3),
        audio: specified(AudioSpec(codec: .mp3, bitRate: 256_000)),
        bitRateLadder: [],
        coverMinimum: specified(3000),
        coverMaximum: nil,
        maximumFileSeconds: specified(2 * 3600),
        maximumFileBytes: nil,
        maximumPackageBytes: nil,
        minimumBookSeconds: nil,
        levels: nil,
        roomTone: nil,
        credits: read(true, in: "Spotify for Authors, digest of its audio specification (tomevox.com)"),
        text: specified(false),
        digitalVoice: read(.disclosed, in: "midiaresearch.com, report of February 2025")
    )

    private static let acx = RulePack(
        platform: .acx,
        name: "ACX",
        packageFormat: specified(.zipMP3),
        audio: specified(AudioSpec(codec: .mp3, bitRate: 192_000)),
        bitRateLadder: [],
        coverMinimum: specified(2400),
        coverMaximum: nil,
        maximumFileSeconds: read(120 * 60, in: acxSubmission),
        maximumFileBytes: read(170_000_000, in: "clearvoices.net, copy of the ACX list"),
        maximumPackageBytes: nil,
        minimumBookSeconds: nil,
        levels: read(Levels(rms: -23 ... -18, maximumPeak: -3, maximumNoiseFloor: -60), in: acxSubmission),
        roomTone: read(RoomTone(head: 0.5...1, tail: 1...5), in: acxSubmission),
        credits: read(true, in: acxSubmission),
        text: specified(false),
        digitalVoice: read(.refused, in: "chapterpass.com, ACX human narration policy")
    )

    private static let kobo = RulePack(
        platform: .kobo,
        name: "Kobo",
        packageFormat: specified(.epub3),
        audio: specified(AudioSpec(codec: .mp3, bitRate: 192_000)),
        bitRateLadder: [160_000, 128_000, 112_000, 96_000, 80_000, 64_000, 56_000, 48_000],
        // Kobo's guide names no minimum, so the smallest of the other platforms' is used.
        coverMinimum: chosen(1400),
        coverMaximum: nil,
        maximumFileSeconds: nil,
        maximumFileBytes: nil,
        maximumPackageBytes: specified(200_000_000),
        minimumBookSeconds: nil,
        levels: nil,
        roomTone: nil,
        credits: specified(false),
        text: specified(true),
        digitalVoice: specified(.allowed)
    )

    private static let googleFormats = "Google Play Books Partner Center, help page 3424254"
    private static let acxSubmission = "help.acx.com, ACX audio submission requirements"

    /// A value that Khipu Packaging itself requires. It may be stricter than the platform's own.
    private static func specified<Value>(_ value: Value) -> Sourced<Value> {
        Sourced(value, source: "Khipu cloud packaging design", date: "2025-12-23")
    }

    /// A value of the platform, or of a source that quotes it, as read when the rule packs were made.
    private static func read<Value>(_ value: Value, in source: String) -> Sourced<Value> {
        Sourced(value, source: source, date: "2026-11-22")
    }

    /// A value that no source names but a package needs.
    private static func chosen<Value>(_ value: Value) -> Sourced<Value> {
        Sourced(value, source: "no source; chosen for Khipu Packaging", date: "2026-11-22")
    }
}
