import DatabaseTestSupport
import Postgres
import TestSupport
import Testing

@Suite("Listening")
struct ListenTests {
    /// Expects `event` to be the next, in time.
    private func expect(
        _ event: PostgresEvent?,
        from iterator: inout PostgresNotifications.Iterator,
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        let copy = iterator
        let next = try await withTimeLimit("an event") {
            var iterator = copy
            return await iterator.next()
        }
        #expect(next == event, sourceLocation: location)
    }

    @Test("every notification after the first event arrives, in order and with its payload")
    func delivers() async throws {
        try await withDatabase { database in
            var events = database.app.listen(["jobs", "odd \"name\""]).makeAsyncIterator()
            try await expect(.reconnected, from: &events)
            try await database.owner.execute("SELECT pg_notify('jobs', \("first"))")
            try await database.owner.execute("SELECT pg_notify('odd \"name\"', '')")
            try await database.owner.execute("SELECT pg_notify('other', '')")
            try await database.owner.execute("SELECT pg_notify('jobs', 'last')")
            try await expect(.notification(channel: "jobs", payload: "first"), from: &events)
            try await expect(.notification(channel: "odd \"name\"", payload: ""), from: &events)
            try await expect(.notification(channel: "jobs", payload: "last"), from: &events)
        }
    }

    @Test("a notification that is rolled back never arrives")
    func rolledBack() async throws {
        try await withDatabase { database in
            var events = database.app.listen(["jobs"]).makeAsyncIterator()
            try await expect(.reconnected, from: &events)
            _ = try await postgresError {
                _ = try await database.owner.transaction(["SELECT pg_notify('jobs', 'no')", "SELECT 1/0"])
            }
            try await database.owner.execute("SELECT pg_notify('jobs', 'yes')")
            try await expect(.notification(channel: "jobs", payload: "yes"), from: &events)
        }
    }

    @Test("after a lost connection a listener listens again, and is told that it may have missed something")
    func reconnects() async throws {
        try await withDatabase { database in
            var events = database.app.listen(["jobs"]).makeAsyncIterator()
            try await expect(.reconnected, from: &events)
            for round in 0..<3 {
                let pids = try await database.owner.query(
                    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
                )
                #expect(pids.count == 1)
                try await database.terminate([try pids[0].decode("pid")])
                try await expect(.reconnected, from: &events)
                try await database.owner.execute("SELECT pg_notify('jobs', \("\(round)"))")
                try await expect(.notification(channel: "jobs", payload: "\(round)"), from: &events)
            }
        }
    }

    @Test("a listener ends with its client, and a listener that is no longer used leaves no connection behind")
    func ends() async throws {
        try await withDatabase { database in
            try await withClient(database.appConfiguration) { client in
                var events = client.listen(["jobs"]).makeAsyncIterator()
                try await expect(.reconnected, from: &events)
                await client.close()
                try await expect(nil, from: &events)
                var late = client.listen(["jobs"]).makeAsyncIterator()
                try await expect(nil, from: &late)
            }
            try await withTimeLimit("the end of the listener's connection") {
                while try await !database.owner.query(
                    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
                ).isEmpty {}
            }
        }
    }

    @Test("a task that is cancelled stops waiting for events")
    func cancelled() async throws {
        try await withDatabase { database in
            let events = database.app.listen(["jobs"])
            let heard = TestEvent<Void>()
            let task = Task {
                for await _ in events { heard.happen() }
            }
            try await heard.wait("the first event")
            task.cancel()
            try await withTimeLimit("the end of the loop") { await task.value }
        }
    }
}
