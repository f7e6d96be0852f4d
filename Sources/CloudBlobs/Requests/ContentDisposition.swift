/// How a server tells a browser the name of a file.
enum ContentDisposition {
    /// Saves the file under `name`: once for old readers, in ASCII, and once as it is (RFC 6266 §4.3, RFC 8187).
    static func attachment(_ name: String) -> String {
        let ascii = String(
            name.unicodeScalars.map { scalar in
                let isPlain =
                    scalar.isASCII && scalar.value >= 0x20 && scalar != "\"" && scalar != "\\" && scalar.value != 0x7F
                return isPlain ? Character(scalar) : "_"
            }
        )
        return "attachment; filename=\"\(ascii)\"; filename*=UTF-8''\(PercentEncoding.part(name))"
    }
}
