package import Model

/// The requirements of a platform as data.
package struct RulePack: Sendable, Hashable {
    /// Levels that a platform measures in each file, in dB of full scale.
    package struct Levels: Sendable, Hashable {
        /// Root mean square of the whole file.
        package let rms: ClosedRange<Double>
        /// The largest absolute sample.
        package let maximumPeak: Double
        /// Root mean square of the quietest half second.
        package let maximumNoiseFloor: Double
    }

    /// Seconds of room tone that a platform requires at the ends of each file.
    package struct RoomTone: Sendable, Hashable {
        /// Before the first word.
        package let head: ClosedRange<Double>
        /// After the last word.
        package let tail: ClosedRange<Double>
    }

    /// The platform.
    package let platform: Platform
    /// The platform's name for people.
    package let name: String
    /// The format of package that it accepts.
    package let packageFormat: Sourced<PackageFormat>
    /// How audio is encoded unless the book says otherwise.
    package let audio: Sourced<AudioSpec>
    /// Lower bit rates, used in this order if a package would be larger than ``maximumPackageBytes``.
    package let bitRateLadder: [Int]
    /// The least number of pixels of each side of the cover.
    package let coverMinimum: Sourced<Int>
    /// The largest number of pixels of each side of the cover, if there is a limit.
    package let coverMaximum: Sourced<Int>?
    /// The most seconds that one audio file may have. A longer chapter is split between segments.
    package let maximumFileSeconds: Sourced<Int>?
    /// The most bytes that one audio file may have.
    package let maximumFileBytes: Sourced<Int64>?
    /// The most bytes that a package may have.
    package let maximumPackageBytes: Sourced<Int64>?
    /// The least number of seconds that a book must have.
    package let minimumBookSeconds: Sourced<Int>?
    /// Levels that each file must have.
    package let levels: Sourced<Levels>?
    /// Room tone that each file must have. It is checked in finished packages; ``rules`` does not list it.
    package let roomTone: Sourced<RoomTone>?
    /// Whether opening and closing credits must be separate files.
    package let credits: Sourced<Bool>
    /// Whether the package must contain the text of every segment.
    package let text: Sourced<Bool>
    /// The platform's rule for synthetic narration.
    package let digitalVoice: Sourced<DigitalVoice>

    /// A platform's rule for synthetic narration.
    package enum DigitalVoice: String, Sendable, Hashable {
        /// Synthetic narration is accepted like any other.
        case allowed
        /// Synthetic narration is accepted if the listing discloses it.
        case disclosed
        /// Synthetic narration is refused without a special authorisation.
        case refused
    }

    /// The lowest accepted bit rate: that of ``audio``, or the last one of the ladder if there is a ladder.
    package var minimumBitRate: Int { bitRateLadder.last ?? audio.value.bitRate }

    /// The encoding of a book for this platform: ``audio``, or with the rate that the book asks for instead.
    ///
    /// The rate is not checked against the rules here, but kept between 1 kbit/s and 1 Mbit/s, so that sizes can be
    /// computed from it.
    package func audioSpec(for settings: PackagingSettings) -> AudioSpec {
        var spec = audio.value
        if let rate = settings.overrides[platform]?.bitRate { spec.bitRate = min(max(rate, 1000), 1_000_000) }
        return spec
    }

    /// The pack in a form for people.
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
