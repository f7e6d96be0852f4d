internal import Glibc

extension sockaddr_un {
    /// The address of a Unix socket.
    ///
    /// - Parameter path: A path that ``Address/check(path:)`` accepts, so that there is room for a NUL after it.
    init(path: String) {
        self.init()
        sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    }
}
