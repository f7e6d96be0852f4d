/// The voices that an engine has.
///
/// No other voice is ever requested. The engine reads an unknown name as a language with a suffix, so that
/// `no-such-voice` speaks Norwegian, and a name with `..` lets it read outside its folder.
struct EspeakVoices: Sendable {
    /// The languages that have a voice, as tags in lower case.
    private(set) var languages: Set<String> = []
    private var names: Set<String> = []
    private var variants: Set<String> = []

    /// Reads the engine's lists. Their lines have priority, language, age and sex, name, file, and other languages.
    ///
    /// - Parameters:
    ///   - list: The output of `--voices`.
    ///   - variants: The output of `--voices=variant`.
    init(list: String, variants: String) {
        for line in list.split(separator: "\n").dropFirst() {
            let columns = line.split(separator: " ").map { $0.lowercased() }
            guard columns.count >= 5 else { continue }
            languages.insert(columns[1])
            // The list of the British voice contains "(en 2)": it is used for English without a region.
            let others = columns.dropFirst(5).filter { $0.hasPrefix("(") }.map { String($0.dropFirst()) }
            // The list has underscores instead of the spaces in a name.
            let name = columns[3].split(separator: "_").joined(separator: " ")
            names.formUnion([columns[1], name, columns[4]] + others)
        }
        for line in variants.split(separator: "\n").dropFirst() {
            let columns = line.split(separator: " ").map(String.init)
            guard columns.count >= 5, let file = columns[4].split(separator: "/").last else { continue }
            self.variants.insert(String(file))
        }
    }

    /// Whether there is a voice called `name`, which may have a variant after a plus sign: `en-us+f3`.
    func contains(_ name: String) -> Bool {
        let parts = name.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let voice = parts.first, names.contains(voice.lowercased()) else { return false }
        return parts.count == 1 || variants.contains(parts[1])
    }
}
