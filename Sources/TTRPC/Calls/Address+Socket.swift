internal import Glibc

extension sockaddr_un {
    /// The address of a Unix socket.
    ///
    /// - Parameter path: One that ``Address/check(path:)`` has passed, so that a NUL follows it here.
    init(path: String) {
        self.init()
        sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    }
}
