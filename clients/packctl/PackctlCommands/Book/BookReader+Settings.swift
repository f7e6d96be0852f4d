internal import PackagingMessages
internal import Yams

internal import enum Model.UsualRoomTone

extension BookReader {
    /// The packaging settings of the book.
    mutating func settings(_ mapping: BookFields.Mapping) -> PackagingSettings {
        PackagingSettings(
            platforms: platforms(mapping),
            // An absent list means every platform, including those of later versions.
            allPlatforms: mapping["platforms"] == nil,
            overrides: overrides(mapping),
            mastering: mastering(mapping),
            roomTone: roomTone(mapping),
            voice: voice(mapping, default: nil)
        )
    }

    private mutating func platforms(_ mapping: BookFields.Mapping) -> [String] {
        var platforms: [String] = []
        for node in fields.list("platforms", in: mapping, example: "[apple, google]") {
            guard let platform = fields.word(node, called: "a platform", of: Self.platforms) else { continue }
            if platforms.contains(platform) {
                fields.report("platforms names \"\(platform)\" twice", at: node)
            } else {
                platforms.append(platform)
            }
        }
        if let node = mapping["platforms"], node.sequence?.isEmpty == true {
            fields.report("platforms names no platform", at: node, hint: "Leave it out for all of them.")
        }
        return platforms
    }

    private mutating func overrides(_ mapping: BookFields.Mapping) -> [PlatformOverride] {
        guard let node = mapping["packaging"],
            let platforms = fields.mapping(node, place: "packaging", allowed: Self.platforms)
        else { return [] }
        return Self.platforms.compactMap { platform in
            guard let node = platforms[platform],
                let settings = fields.mapping(node, place: "packaging of \(platform)", allowed: ["bitrate"])
            else { return nil }
            let bitrate = fields.text("bitrate", in: settings)
            if !bitrate.isEmpty, bitrate.wholeMatch(of: /[1-9][0-9]{0,3}k/) == nil {
                fields.report(
                    "\(fields.name("bitrate", in: settings)) must be written as in 192k",
                    at: settings["bitrate"]
                )
            }
            return PlatformOverride(platformID: platform, bitrate: bitrate)
        }
    }

    private mutating func mastering(_ mapping: BookFields.Mapping) -> Mastering {
        switch fields.word("mastering", in: mapping, of: ["fit", "off"]) {
        case "fit": .fit
        case "off": .off
        default: .unspecified
        }
    }

    private mutating func roomTone(_ mapping: BookFields.Mapping) -> RoomTone? {
        guard let node = mapping["room_tone"],
            let tone = fields.mapping(node, place: "room_tone", allowed: ["head", "tail"])
        else { return nil }
        // The default is the usual room tone, so that a book can set only one end.
        return RoomTone(
            head: fields.number("head", in: tone, range: 0...UsualRoomTone.mostSeconds) ?? UsualRoomTone.headSeconds,
            tail: fields.number("tail", in: tone, range: 0...UsualRoomTone.mostSeconds) ?? UsualRoomTone.tailSeconds
        )
    }

    /// The voice of a book or a segment. If no provider is named, it is that of `default`.
    mutating func voice(_ mapping: BookFields.Mapping, default book: Voice?) -> Voice? {
        guard let node = mapping["voice"] else { return nil }
        let place = mapping.place.isEmpty ? "voice" : "voice of \(mapping.place)"
        let keys = ["provider", "name"]
        guard
            let voice = fields.mapping(node, place: place, allowed: keys, keepsLines: mapping.place.isEmpty)
        else { return nil }
        let provider = fields.word("provider", in: voice, of: ["espeak", "openai", "azure"])
        return Voice(
            provider: provider ?? book?.provider ?? "espeak",
            name: fields.requiredText("name", in: voice, limit: 100)
        )
    }
}
