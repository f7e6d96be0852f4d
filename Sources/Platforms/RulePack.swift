package import Model

/// A store's requirements as data.
package struct RulePack: Sendable, Hashable {
    /// Levels that a store measures in each file, in dB of full scale.
    package struct Levels: Sendable, Hashable {
        /// Root mean square of the whole file.
        package let rms: ClosedRange<Double>
        /// The largest absolute sample.
        package let maximumPeak: Double
        /// Root mean square of the quietest half second.
        package let maximumNoiseFloor: Double
    }

    /// Seconds of room tone that a platform wants at the ends of each file.
    package struct RoomTone: Sendable, Hashable {
        /// Before the first word.
        package let head: ClosedRange<Double>
        /// After the last word.
        package let tail: ClosedRange<Double>
    }

    /// The store.
    package let platform: Platform
    /// The store's name for people.
    package let name: String
    /// What kind of package it takes.
    package let packageFormat: Sourced<PackageFormat>
    /// How audio is encoded unless the book says otherwise.
    package let audio: Sourced<AudioSpec>
    /// Lower bit rates that are tried, in this order, where a package would be larger than ``maximumPackageBytes``.
    package let bitRateLadder: [Int]
    /// Pixels that each side of the cover needs at least.
    package let coverMinimum: Sourced<Int>
    /// Pixels that each side of the cover has at most, if there is a limit.
    package let coverMaximum: Sourced<Int>?
    /// Seconds that one audio file has at most. A longer chapter is split between segments.
    package let maximumFileSeconds: Sourced<Int>?
    /// Bytes that one audio file has at most.
    package let maximumFileBytes: Sourced<Int64>?
    /// Bytes that a package has at most.
    package let maximumPackageBytes: Sourced<Int64>?
    /// Seconds that a book has at least.
    package let minimumBookSeconds: Sourced<Int>?
    /// Levels that each file must keep.
    package let levels: Sourced<Levels>?
    /// Room tone that each file must have. Judged in finished packages; ``rules`` does not list it.
    package let roomTone: Sourced<RoomTone>?
    /// Whether opening and closing credits must be files of their own.
    package let credits: Sourced<Bool>
    /// Whether the text of every segment goes into the package.
    package let text: Sourced<Bool>
    /// What is said about synthetic narration.
    package let digitalVoice: Sourced<DigitalVoice>

    /// What a store does about synthetic narration.
    package enum DigitalVoice: String, Sendable, Hashable {
        /// Takes it as any other.
        case allowed
        /// Takes it if the listing says so.
        case disclosed
        /// Refuses it without an authorisation of its own.
        case refused
    }

    /// The lowest bit rate that is accepted: ``audio``'s, unless there is a ladder down from it.
    package var minimumBitRate: Int { bitRateLadder.last ?? audio.value.bitRate }

    /// How a book is encoded for this store: ``audio``, or the rate that the book asks for instead.
    ///
    /// The rate is not judged here, but kept between 1 kbit/s and 1 Mbit/s, so that sizes can be computed from it.
    package func audioSpec(for settings: PackagingSettings) -> AudioSpec {
        var spec = audio.value
        if let rate = settings.overrides[platform]?.bitRate { spec.bitRate = min(max(rate, 1000), 1_000_000) }
        return spec
    }

    /// The pack as it is told to people.
    package var summary: PlatformRules {
        PlatformRules(platform: platform, name: name, format: packageFormat.value, audio: audio.value, rules: rules)
    }

    /// Every rule as one line.
    package var rules: [Rule] {
        var rules = [
            Rule("package_format", "The kind of package.", .text(packageFormat.value.rawValue), from: packageFormat),
            Rule("audio_format", "The codec.", .text(audio.value.codec.rawValue), from: audio),
            Rule("audio_bitrate", "Bits per second.", .text(audio.value.bitRateText), from: audio),
            Rule("audio_samplerate", "Samples per second.", .number(Double(audio.value.sampleRate)), from: audio),
            Rule("audio_channels", "Channels.", .number(Double(audio.value.channels)), from: audio),
            Rule(
                "cover_size",
                "Pixels that each side of the cover needs at least.",
                .text("\(coverMinimum.value)x\(coverMinimum.value)"),
                from: coverMinimum
            ),
        ]
        func add<Value>(_ id: String, _ text: String, _ sourced: Sourced<Value>?, _ shown: (Value) -> RuleValue) {
            if let sourced { rules.append(Rule(id, text, shown(sourced.value), from: sourced)) }
        }
        add("cover_maximum", "Pixels that each side of the cover has at most.", coverMaximum) { .text("\($0)x\($0)") }
        add("file_duration", "Seconds that one file has at most.", maximumFileSeconds) { .number(Double($0)) }
        add("audio_file_size", "Bytes that one audio file has at most.", maximumFileBytes) { .number(Double($0)) }
        add("file_size", "Bytes that the package has at most.", maximumPackageBytes) { .number(Double($0)) }
        add("book_duration", "Seconds that the book has at least.", minimumBookSeconds) { .number(Double($0)) }
        add("rms_minimum", "Lowest level of a file in dB.", levels) { .number($0.rms.lowerBound) }
        add("rms_maximum", "Highest level of a file in dB.", levels) { .number($0.rms.upperBound) }
        add("peak", "Highest peak of a file in dB.", levels) { .number($0.maximumPeak) }
        add("noise_floor", "Highest noise floor of a file in dB.", levels) { .number($0.maximumNoiseFloor) }
        add("credits", "Opening and closing credits as files of their own.", credits.value ? credits : nil) { _ in
            .text("required")
        }
        add("text", "The text of every segment.", text.value ? text : nil) { _ in .text("required") }
        add("digital_voice", "Synthetic narration.", digitalVoice) { .text($0.rawValue) }
        return rules
    }
}
