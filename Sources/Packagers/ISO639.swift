/// The names of languages in ID3 and MP4: three letters of ISO 639-2/T.
enum ISO639 {
    /// The three letters for a BCP 47 tag such as `en-GB`. A language of three letters that is not listed here stays as it
    /// is; any other that is not listed gives `und`.
    static func code(for tag: String) -> String {
        let language = tag.prefix { $0 != "-" && $0 != "_" }.lowercased()
        if let code = codes[language] { return code }
        let isCode = language.utf8.count == 3 && language.utf8.allSatisfy { (0x61...0x7A).contains($0) }
        return isCode ? language : "und"
    }

    private static let codes: [String: String] = [
        "af": "afr", "am": "amh", "ar": "ara", "as": "asm", "az": "aze", "be": "bel", "bg": "bul", "bn": "ben",
        "bs": "bos", "ca": "cat", "cs": "ces", "cy": "cym", "da": "dan", "de": "deu", "el": "ell", "en": "eng",
        "eo": "epo", "es": "spa", "et": "est", "eu": "eus", "fa": "fas", "fi": "fin", "fil": "fil", "fr": "fra",
        "ga": "gle", "gl": "glg", "gu": "guj", "he": "heb", "hi": "hin", "hr": "hrv", "hu": "hun", "hy": "hye",
        "id": "ind", "is": "isl", "it": "ita", "ja": "jpn", "jv": "jav", "ka": "kat", "kk": "kaz", "km": "khm",
        "kn": "kan", "ko": "kor", "ky": "kir", "la": "lat", "lo": "lao", "lt": "lit", "lv": "lav", "mk": "mkd",
        "ml": "mal", "mn": "mon", "mr": "mar", "ms": "msa", "mt": "mlt", "my": "mya", "nb": "nob", "ne": "nep",
        "nl": "nld", "nn": "nno", "no": "nor", "or": "ori", "pa": "pan", "pl": "pol", "ps": "pus", "pt": "por",
        "qu": "que", "ro": "ron", "ru": "rus", "si": "sin", "sk": "slk", "sl": "slv", "so": "som", "sq": "sqi",
        "sr": "srp", "su": "sun", "sv": "swe", "sw": "swa", "ta": "tam", "te": "tel", "th": "tha", "tl": "tgl",
        "tr": "tur", "uk": "ukr", "ur": "urd", "uz": "uzb", "vi": "vie", "zh": "zho", "zu": "zul",
    ]
}
