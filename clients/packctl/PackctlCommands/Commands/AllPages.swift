/// All items of a paged list. The last page has no token for a next one.
func allPages<Item>(_ page: (_ token: String) async throws -> ([Item], next: String)) async throws -> [Item] {
    var items: [Item] = []
    var token = ""
    repeat {
        let (some, next) = try await page(token)
        items += some
        // If a daemon returned the same token again, the loop would never end.
        token = next == token ? "" : next
    } while !token.isEmpty
    return items
}
