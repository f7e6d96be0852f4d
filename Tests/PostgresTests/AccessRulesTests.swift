import Testing

@testable import PrivatePostgres

@Suite("Who may connect to a private Postgres")
struct AccessRulesTests {
    @Test("each user of the system may be each listed role, and a name cannot add to the file")
    func map() {
        let rules = AccessRules(users: ["daemon", "DOM\\a \"b\""], roles: ["owner", "app"])
        #expect(rules.connections.split(separator: "\n").dropFirst() == ["local all all peer map=packagingd"])
        #expect(
            rules.identities.split(separator: "\n").dropFirst() == [
                #"packagingd "daemon" "owner""#,
                #"packagingd "daemon" "app""#,
                #"packagingd "DOM\a ""b""" "owner""#,
                #"packagingd "DOM\a ""b""" "app""#,
            ]
        )
    }

    @Test("only where it is asked for may everybody be every role")
    func open() {
        let rules = AccessRules(users: ["daemon"], roles: ["app"], isOpen: true)
        #expect(rules.connections.hasSuffix("\nlocal all all trust\n"))
    }
}

@Suite("The pause before a server is started again")
struct RestartPauseTests {
    @Test("the first start comes at once, the next ones ever later, up to a limit")
    func grows() {
        var pause = RestartPause()
        let pauses = (1...9).map { _ in pause.next(afterRunningFor: .seconds(1)) }
        #expect(pauses == [0, 0.5, 1, 2, 4, 8, 16, 30, 30].map { .seconds($0) })
    }

    @Test("a server that ran for a minute begins anew, and one that did not start counts as another end")
    func settles() {
        var pause = RestartPause()
        _ = (1...4).map { _ in pause.next(afterRunningFor: .zero) }
        #expect(pause.next(afterRunningFor: .seconds(59)) == .seconds(4))
        #expect(pause.next(afterRunningFor: .seconds(60)) == .zero)
        #expect(pause.next(afterRunningFor: .zero) == .milliseconds(500))
    }
}
