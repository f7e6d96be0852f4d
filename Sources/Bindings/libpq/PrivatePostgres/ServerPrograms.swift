import Descriptors
import Files
import Glibc
import Processes

/// Where the programs of one version of Postgres are.
struct ServerPrograms: Sendable {
    let folder: String

    var postgres: String { folder + "/postgres" }
    var initdb: String { folder + "/initdb" }

    /// Finds the programs. If `dataFolder` has data, those of its version in Debian's folders. Otherwise, or if there are
    /// none of that version, the first in `PATH`, those that `pg_config` names, or the newest in Debian's folders. Their
    /// version is not checked: a server of another version than the data does not start, and says so in its log.
    static func find(
        for dataFolder: String,
        launcher: Launcher,
        scratch: String
    ) async throws(PrivatePostgresError)
        -> ServerPrograms
    {
        let debian = "/usr/lib/postgresql"
        let version = ServerFiles.tail(of: dataFolder + "/PG_VERSION", count: 16).prefix { $0.isNumber }
        if !version.isEmpty, let programs = ServerPrograms(in: "\(debian)/\(version)/bin") { return programs }

        let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? ""
        let folders = path.split(separator: ":").map(String.init)
        for folder in folders {
            if let programs = ServerPrograms(in: folder) { return programs }
        }
        if let folder = folders.first(where: { ServerFiles.isExecutable($0 + "/pg_config") }),
            let answer = await bindir(asking: folder + "/pg_config", launcher, scratch),
            let programs = ServerPrograms(in: answer)
        {
            return programs
        }
        let newest = ((try? FileTree.names(in: debian)) ?? []).sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }
        for version in newest {
            if let programs = ServerPrograms(in: "\(debian)/\(version)/bin") { return programs }
        }
        throw PrivatePostgresError(
            "could not find the Postgres server: no folder of PATH and none in \"\(debian)\" has \"initdb\"",
            hint: "Install it (on Debian the package \"postgresql\"), or give a database with --database-url."
        )
    }

    private init?(in folder: String) {
        guard ServerFiles.isExecutable(folder + "/postgres"), ServerFiles.isExecutable(folder + "/initdb") else {
            return nil
        }
        self.folder = folder
    }

    private static func bindir(asking program: String, _ launcher: Launcher, _ scratch: String) async -> String? {
        // The answer goes through a file, because a pipe would need a reader that may have to wait.
        let answer = scratch + "/pg_config.out"
        defer { try? FileTree.removeFile(answer) }
        guard let output = try? openFile(answer, O_WRONLY | O_TRUNC) else { return nil }
        let child = try? await launcher.launch(
            ChildSpecification(executable: program, arguments: ["--bindir"], descriptors: [(1, output)])
        )
        guard await child?.wait() == .exited(0) else { return nil }
        return ServerFiles.tail(of: answer, count: 4096).split(whereSeparator: \.isNewline).first.map(String.init)
    }
}
