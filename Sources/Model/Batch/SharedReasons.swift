/// Reasons that several platforms have in common, so that a message gives each reason once.
package struct SharedReasons: Sendable, Hashable {
    /// The platforms for which the reasons hold, in the order in which they were given.
    package var platforms: [String]
    /// The reasons.
    package var reasons: [String]

    /// The reasons of `refusals`, one element for each set of platforms. The order is that in which the reasons first
    /// appear.
    package static func grouped(_ refusals: [(platform: String, reasons: [String])]) -> [SharedReasons] {
        var platforms: [String: [String]] = [:]
        var order: [String] = []
        for (platform, reasons) in refusals {
            for reason in reasons {
                if platforms[reason] == nil { order.append(reason) }
                if platforms[reason]?.last != platform { platforms[reason, default: []].append(platform) }
            }
        }
        var groups: [SharedReasons] = []
        for reason in order {
            let having = platforms[reason] ?? []
            if let index = groups.firstIndex(where: { $0.platforms == having }) {
                groups[index].reasons.append(reason)
            } else {
                groups.append(SharedReasons(platforms: having, reasons: [reason]))
            }
        }
        return groups
    }

    /// Such as "apple, kobo: the book has no title; the book has no cover".
    package var line: String { "\(platforms.joined(separator: ", ")): \(reasons.joined(separator: "; "))" }
}
