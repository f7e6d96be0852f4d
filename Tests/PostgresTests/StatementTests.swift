import Testing

@testable import Postgres

@Suite("Statements")
struct StatementTests {
    @Test("an interpolated value is bound and never part of the text")
    func binds() {
        let name = "x'; DROP TABLE job; --"
        let sql: SQL = "SELECT \(name), \(7) FROM \(unescaped: "job")"
        #expect(sql.text == "SELECT $1, $2 FROM job")
        #expect(sql.parameters == [PostgresValue(name), PostgresValue(7)])
    }

    @Test("a statement inside a statement keeps its values, with new numbers")
    func nests() {
        let condition: SQL = "a = \(1) AND b = \(2)"
        let sql: SQL = "SELECT \(0) WHERE \(condition) AND c = \(3)"
        #expect(sql.text == "SELECT $1 WHERE a = $2 AND b = $3 AND c = $4")
        #expect(sql.parameters == [0, 1, 2, 3].map { PostgresValue($0) })
    }

    @Test("the least recently used statement is deallocated to make room")
    func evicts() {
        var cache = StatementCache(capacity: 2)
        let keys = ["a", "b", "c"].map { StatementCache.Key(SQL(unescaped: $0)) }
        cache.prepared(keys[0], as: "s1")
        cache.prepared(keys[1], as: "s2")
        #expect(cache.name(of: keys[0]) == "s1")
        cache.prepared(keys[2], as: "s3")
        #expect(cache.evicted == ["s2"])
        #expect(cache.name(of: keys[1]) == nil)
        #expect(cache.name(of: keys[0]) == "s1")
        cache.deallocated("s2")
        #expect(cache.evicted == [])
        #expect(cache.count == 2)
    }

    @Test("the same text with values of two types is two statements")
    func typesMatter() {
        let wide: SQL = "SELECT \(1)"
        let narrow: SQL = "SELECT \(Int32(1))"
        #expect(wide.text == narrow.text)
        #expect(StatementCache.Key(wide) != StatementCache.Key(narrow))
    }

    @Test("a slow listener is told once to read everything again, and equal events are kept once")
    func coalesces() {
        var buffer = EventBuffer.State()
        for _ in 0..<3 { buffer.append(.notification(channel: "a", payload: "1")) }
        #expect(buffer.events.count == 1)
        for number in 0...EventBuffer.State.bound {
            buffer.append(.notification(channel: "a", payload: "\(number)"))
        }
        #expect(buffer.popFirst() == .reconnected)
        #expect(buffer.popFirst() == nil)
    }
}
