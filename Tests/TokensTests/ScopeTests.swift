import Model
import Testing
import Tokens

@Suite struct ScopeTests {
    @Test("scopes are ordered as they are documented") func order() {
        #expect(Scope.allCases.sorted() == [.read, .package, .admin])
    }
}
