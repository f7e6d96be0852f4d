import Descriptors
import Files
import Glibc
import Logging
import Processes

/// The steps from a state folder to a server that accepts connections.
struct ServerStarter: Sendable {
    let configuration: PrivatePostgresConfiguration
    let user: ServerUser
    let folders: Folders
    let programs: ServerPrograms
    let launcher: Launcher
    let logger: Logger

    /// How often the server's state is read. The server writes its state into a file and cannot notify us.
    private static let step: Duration = .milliseconds(5)
    /// How many attempts to start are made while a server that has ended still holds the lock file or its shared memory.
    /// A zombie counts as alive for the lock file until its parent reaps it. The attempts are counted and not timed,
    /// because on a busy machine one attempt may take as long as all of them elsewhere.
    private static let lockTries = 50

    /// How long processes of a killed server have to notice its end by themselves.
    private static let orphanPatience: Duration = .seconds(2)

    // MARK: First start

    /// Makes the data folder under a temporary name, and renames it when it is complete and on disk.
    func makeDataFolder() async throws(PrivatePostgresError) {
        logger.info("making a database", metadata: ["folder": "\(folders.data)"])
        try? FileTree.removeAll(folders.unfinishedData)
        try await initdb([
            "-U", configuration.adminRole, "--auth-local", "peer", "--auth-host", "reject", "--no-locale", "-E", "UTF8",
            "--no-instructions", "--no-sync",
        ])
        try ServerRoles.mark(folders.unfinishedData + "/" + Folders.rolesMarkName, for: user)
        // Writing everything to disk once at the end takes a sixth of the time that initdb needs to do it step by step.
        if configuration.isDurable { try await initdb(["--sync-only"]) }
        guard unsafe rename(folders.unfinishedData, folders.data) == 0 else {
            throw PrivatePostgresError("could not create the folder \"\(folders.data)\": \(reason(errno))")
        }
    }

    private func initdb(_ arguments: [String]) async throws(PrivatePostgresError) {
        let (child, logStart) = try await launch(programs.initdb, ["-D", folders.unfinishedData] + arguments)
        let status = await child.wait()
        guard status.isSuccess else {
            throw PrivatePostgresError("could not make a database: initdb \(status)", detail: logTail(from: logStart))
        }
    }

    // MARK: Every start

    /// Stops a server that an earlier daemon left behind.
    ///
    /// The lock on the state folder is ours, so no living daemon uses it.
    private func stopLeftover() async throws(PrivatePostgresError) {
        guard let leftover = LeftoverServer(of: folders.data) else { return }
        logger.warning("stopping a Postgres that an earlier daemon left", metadata: ["pid": "\(leftover.pid)"])
        for signal in [SIGINT, SIGQUIT, SIGKILL] {
            leftover.signal(signal)
            let deadline = ContinuousClock.now + configuration.stopTimeout
            while LeftoverServer(of: folders.data)?.pid == leftover.pid {
                guard deadline > .now else { break }
                await pause(Self.step)
            }
            if LeftoverServer(of: folders.data)?.pid != leftover.pid { return }
        }
        throw PrivatePostgresError("could not stop the Postgres that an earlier daemon left, process \(leftover.pid)")
    }

    /// Waits until no process of a killed server is left, and ends those that would stay.
    ///
    /// They may be ended: the first process of their server is dead, so nothing they do is ever finished, and the next
    /// start recovers from the log.
    private func endOrphans() async throws(PrivatePostgresError) {
        guard !Orphans.processes(of: folders.data).isEmpty else { return }
        for patience in [Self.orphanPatience, configuration.stopTimeout] {
            let deadline = ContinuousClock.now + patience
            while !Orphans.processes(of: folders.data).isEmpty, deadline > .now { await pause(.milliseconds(20)) }
            for orphan in Orphans.processes(of: folders.data) {
                logger.warning("ending a process of a killed Postgres", metadata: ["pid": "\(orphan)"])
                kill(orphan, SIGKILL)
            }
        }
        guard let orphan = Orphans.processes(of: folders.data).first else { return }
        throw PrivatePostgresError("could not end process \(orphan) of a Postgres that was killed")
    }

    /// Removes a lock file of a killed server if its process number belongs to another program by now. The server would
    /// take that program for its predecessor and refuse to start. In containers, where numbers are small, this is usual.
    private func removeStaleLocks() {
        let files = [folders.data + "/postmaster.pid", folders.sockets + "/" + PrivatePostgres.socketName + ".lock"]
        for file in files {
            guard let pid = ServerFiles.processNumber(in: file), kill(pid, 0) == 0,
                Orphans.isServer(pid, on: folders.data) == false
            else { continue }
            logger.notice("removing a lock file of a killed Postgres", metadata: ["file": "\(file)", "pid": "\(pid)"])
            unsafe unlink(file)
        }
    }

    /// Starts the server and waits until it accepts connections. What an earlier one left is removed first.
    func start() async throws(PrivatePostgresError) -> ChildProcess {
        try await stopLeftover()
        try await endOrphans()
        removeStaleLocks()
        return try await startAlone()
    }

    private func startAlone() async throws(PrivatePostgresError) -> ChildProcess {
        var tries = 0
        while true {
            tries += 1
            let (child, logStart) = try await launch(
                programs.postgres,
                configuration.serverArguments(folders),
                // SIGINT requests a fast stop. After SIGKILL the server's own children would live on for a while, and
                // its lock file would stay behind.
                deathSignal: SIGINT
            )
            guard let status = try await ended(beforeReady: child) else { return child }
            let log = logTail(from: logStart)
            // The server says only in its log that its predecessor has not quite ended. Either the process itself is
            // left, or its children, which hold the shared memory until they notice the end.
            let isPassing = log.contains("lock file") || log.contains("shared memory block")
            guard isPassing, tries < Self.lockTries else {
                throw PrivatePostgresError("could not start the private Postgres: it \(status)", detail: log)
            }
            await pause(.milliseconds(200))
        }
    }

    /// Waits until `child` is ready; returns how it ended if it ended before.
    private func ended(beforeReady child: ChildProcess) async throws(PrivatePostgresError) -> ExitStatus? {
        let deadline = ContinuousClock.now + configuration.startTimeout
        while child.exitStatus == nil {
            if isReady(child.pid) { return nil }
            guard deadline > .now, !Task.isCancelled else {
                child.signal(SIGQUIT)
                _ = await child.wait()
                throw PrivatePostgresError(
                    Task.isCancelled
                        ? "the start of the private Postgres was cancelled"
                        : "the private Postgres is not ready after \(configuration.startTimeout)",
                    detail: ServerFiles.tail(of: folders.log, count: 2000)
                )
            }
            await pause(Self.step)
        }
        return child.exitStatus
    }

    /// The first line of the lock file is the server's process id, and the eighth is its state:
    /// `LOCK_FILE_LINE_PM_STATUS` in Postgres' source, which `pg_ctl` reads as well.
    private func isReady(_ pid: Int32) -> Bool {
        let lines = ServerFiles.tail(of: folders.data + "/postmaster.pid", count: 4096)
            .split(separator: "\n", omittingEmptySubsequences: false)
        return lines.count >= 8 && lines[0] == "\(pid)" && lines[7].hasPrefix("ready")
    }

    // MARK: Children

    private func launch(
        _ program: String,
        _ arguments: [String],
        deathSignal: CInt = SIGKILL
    ) async throws(PrivatePostgresError) -> (ChildProcess, logStart: Int) {
        let log = try openLog()
        let logStart = ServerFiles.size(of: folders.log)
        do {
            let child = try await launcher.launch(
                ChildSpecification(
                    executable: program,
                    arguments: arguments,
                    environment: ["LC_ALL": "C", "PATH": programs.folder + ":/usr/bin:/bin"],
                    descriptors: [(1, log), (2, log)],
                    user: user.processUser,
                    workingDirectory: folders.home,
                    deathSignal: deathSignal
                )
            )
            return (child, logStart)
        } catch {
            throw PrivatePostgresError("\(error)")
        }
    }

    /// Opens the server's log for appending. A log of more than 16 MiB is first renamed, and a new one begins.
    private func openLog() throws(PrivatePostgresError) -> Descriptor {
        if ServerFiles.size(of: folders.log) > 16 << 20 { unsafe rename(folders.log, folders.log + ".1") }
        return try openFile(folders.log, O_WRONLY | O_APPEND)
    }

    private func logTail(from offset: Int) -> String {
        ServerFiles.tail(of: folders.log, from: offset, count: 2000)
    }
}
