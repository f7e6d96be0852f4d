import Foundation
import Model
import PackagingMessages
import Protobuf

extension Model.BookMetadata {
    init(_ wire: PackagingMessages.BookMetadata) {
        func optional(_ text: String) -> String? { text.isEmpty ? nil : text }
        self.init(
            title: wire.title,
            subtitle: optional(wire.subtitle),
            authors: wire.authors,
            narrators: wire.narrators,
            language: optional(wire.language) ?? "en",
            publisher: optional(wire.publisher),
            isbn: optional(wire.isbn),
            description: optional(wire.description),
            copyright: optional(wire.copyright),
            series: optional(wire.series),
            year: wire.year == 0 ? nil : Int(wire.year),
            digitalVoice: wire.digitalVoice
        )
    }
}

extension PackagingMessages.BookMetadata {
    init(_ model: Model.BookMetadata) {
        self.init(
            title: model.title,
            subtitle: model.subtitle ?? "",
            authors: model.authors,
            narrators: model.narrators,
            language: model.language,
            publisher: model.publisher ?? "",
            isbn: model.isbn ?? "",
            description: model.description ?? "",
            copyright: model.copyright ?? "",
            series: model.series ?? "",
            year: Int32(clamping: model.year ?? 0),
            digitalVoice: model.digitalVoice
        )
    }
}

extension Model.PackagingSettings {
    /// Reads settings. A setting that is missing gets the system's default.
    init(_ wire: PackagingMessages.PackagingSettings?) throws(PackagingError) {
        self.init()
        guard let wire else { return }
        if !wire.allPlatforms && !wire.platforms.isEmpty {
            var platforms: [Platform] = []
            for (index, name) in wire.platforms.enumerated() {
                let platform = try Platform(wire: name, field: "header.settings.platforms[\(index)]")
                if !platforms.contains(platform) { platforms.append(platform) }
            }
            self.platforms = platforms.sorted()
        }
        for (index, override) in wire.overrides.enumerated() {
            let field = "header.settings.overrides[\(index)]"
            let platform = try Platform(wire: override.platformID, field: field + ".platform_id")
            guard !override.bitrate.isEmpty else { continue }
            overrides[platform] = Override(bitRate: try Self.bitRate(override.bitrate, field: field + ".bitrate"))
        }
        switch wire.mastering {
        case .unspecified, .fit: mastering = .fit
        case .off: mastering = .off
        case .unrecognized(let value): throw .invalid("header.settings.mastering", "\(value) is no mastering")
        }
        if let roomTone = wire.roomTone {
            headSeconds = roomTone.head
            tailSeconds = roomTone.tail
        }
        voice = wire.voice.map(Model.Voice.init)
    }

    /// Reads a bit rate as platforms write it: `192k` for 192,000 bits per second.
    private static func bitRate(_ text: String, field: String) throws(PackagingError) -> Int {
        guard text.hasSuffix("k"), let thousands = Int(text.dropLast()), (1...10_000).contains(thousands) else {
            throw .invalid(field, "\"\(text.prefix(80))\" is not a bit rate such as \"192k\"")
        }
        return thousands * 1000
    }
}

extension PackagingMessages.PackagingSettings {
    init(_ model: Model.PackagingSettings) {
        self.init(
            platforms: (model.platforms ?? []).map(\.rawValue),
            allPlatforms: model.platforms == nil,
            overrides: model.overrides.sorted { $0.key < $1.key }.map { platform, override in
                PlatformOverride(
                    platformID: platform.rawValue,
                    bitrate: override.bitRate.map { "\($0 / 1000)k" } ?? ""
                )
            },
            mastering: model.mastering == .fit ? .fit : .off,
            roomTone: RoomTone(head: model.headSeconds, tail: model.tailSeconds),
            voice: model.voice.map(PackagingMessages.Voice.init)
        )
    }
}

extension Model.Voice {
    init(_ wire: PackagingMessages.Voice) {
        self.init(provider: wire.provider, name: wire.name)
    }
}

extension PackagingMessages.Voice {
    init(_ model: Model.Voice) {
        self.init(provider: model.provider, name: model.name)
    }
}

extension PackagingMessages.Cover {
    init(_ model: Model.Cover) {
        self.init(
            sha256: model.digest.description,
            sizeBytes: Int64(model.bytes),
            format: model.format.rawValue,
            width: Int32(clamping: model.width),
            height: Int32(clamping: model.height)
        )
    }
}

extension PackagingMessages.AudioSpec {
    init(_ model: Model.AudioSpec) {
        self.init(
            format: model.codec.rawValue,
            bitrate: model.bitRateText,
            sampleRate: Int32(model.sampleRate),
            channels: Int32(model.channels)
        )
    }
}

extension PackagingMessages.AudioMeasurement {
    init(_ model: Model.AudioMeasurement) {
        self.init(
            format: model.format,
            sourceSampleRate: Int32(clamping: model.sourceSampleRate),
            sourceChannels: Int32(clamping: model.sourceChannels),
            samples: Int64(model.samples),
            peakDB: Self.decibels(model.peak),
            rmsDB: Self.decibels((model.energy / Double(max(1, model.samples))).squareRoot()),
            warnings: model.warnings
        )
    }

    /// An amplitude in dB of full scale, with one decimal; -200 for silence.
    private static func decibels(_ amplitude: Double) -> Double {
        amplitude > 1e-10 ? (200 * log10(amplitude)).rounded() / 10 : -200
    }
}

extension Model.ChapterKind {
    init(_ wire: PackagingMessages.ChapterKind, field: String) throws(PackagingError) {
        switch wire {
        case .unspecified, .chapter: self = .chapter
        case .openingCredits: self = .openingCredits
        case .closingCredits: self = .closingCredits
        case .unrecognized(let value): throw .invalid(field, "\(value) is no kind of chapter")
        }
    }
}

extension Platform {
    /// Reads a platform's id.
    init(wire name: String, field: String) throws(PackagingError) {
        guard let platform = Platform(rawValue: name) else {
            let known = Platform.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid(field, "\"\(name.prefix(80))\" is none of \(known)")
        }
        self = platform
    }
}

extension Digest {
    /// Reads a SHA-256; nil for an empty text.
    init?(wire text: String, field: String) throws(PackagingError) {
        if text.isEmpty { return nil }
        guard let digest = Digest(text) else {
            throw .invalid(field, "\"\(text.prefix(80))\" is not a SHA-256 in hexadecimal")
        }
        self = digest
    }
}

extension ProtoTimestamp {
    init(_ instant: Instant) {
        let seconds = Int64((Double(instant.microseconds) / 1_000_000).rounded(.down))
        self.init(seconds: seconds, nanos: Int32(instant.microseconds - seconds * 1_000_000) * 1000)
    }
}
