import Glibc

/// The group whose members may connect to the Unix sockets.
enum SocketGroup {
    /// The number of the group that `text` names; nil if there is none.
    static func number(of text: String) -> UInt32? {
        if let number = UInt32(text), number != .max { return number }
        guard let entry = unsafe getgrnam(text) else { return nil }
        return unsafe entry.pointee.gr_gid
    }

    /// Whether the process is a member of the group.
    static func isOurs(_ group: UInt32) -> Bool {
        var groups = [gid_t](repeating: 0, count: 65_536)
        let count = unsafe getgroups(CInt(groups.count), &groups)
        return getegid() == group || groups.prefix(Int(max(0, count))).contains(group)
    }

    /// The first folder on the way to `path` that the members of the group cannot enter; nil if there is none, or it cannot be
    /// told because a folder is not there yet.
    static func closedFolder(on path: String, to group: UInt32) -> String? {
        var folder = ""
        for part in path.split(separator: "/").dropLast() {
            folder += "/" + part
            var status = stat()
            guard unsafe stat(folder, &status) == 0 else { return nil }
            let isOpen = status.st_mode & 0o001 != 0 || (status.st_gid == group && status.st_mode & 0o010 != 0)
            if !isOpen { return folder }
        }
        return nil
    }
}
