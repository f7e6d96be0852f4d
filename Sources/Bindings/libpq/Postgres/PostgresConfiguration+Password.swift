internal import CPQ
internal import Glibc

extension PostgresConfiguration {
    /// Whether `url`, or a string of libpq's keywords and values, contains a password.
    ///
    /// False if libpq cannot parse it; connecting will report that.
    package static func holdsPassword(_ url: String) -> Bool {
        guard let options = unsafe PQconninfoParse(url, nil) else { return false }
        defer { unsafe PQconninfoFree(options) }
        var option = unsafe options
        while let keyword = unsafe option.pointee.keyword {
            let isSecret = unsafe strcmp(keyword, "password") == 0 || strcmp(keyword, "sslpassword") == 0
            if isSecret, unsafe option.pointee.val != nil { return true }
            unsafe option += 1
        }
        return false
    }

    /// Whether libpq can parse `url`, or a string of its keywords and values.
    package static func canParse(_ url: String) -> Bool {
        guard let options = unsafe PQconninfoParse(url, nil) else { return false }
        unsafe PQconninfoFree(options)
        return true
    }
}
