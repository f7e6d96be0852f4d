import Model
import Store
import Testing

@Suite("Where a book comes from", .serialized)
struct OriginTests {
    private static let tides = ["The tide comes.", "The tide goes.", "The moon pulls.", "The end."]
    private static let stars = ["A star rises.", "A star sets.", "The end."]

    /// Imports a book with these sentences.
    @discardableResult
    private func importBook(
        _ sentences: [String],
        from origin: String,
        slug: String? = nil,
        title: String = "The Tables",
        replaces: Bool = false,
        _ fixture: StoreFixture
    ) async throws -> ImportResult {
        let header = ImportHeader(
            slug: slug,
            metadata: BookMetadata(title: title),
            origin: origin,
            replaces: replaces
        )
        let id = try await fixture.store.projects.beginImport(header, tenant: fixture.tenant)
        let page = ImportPage(
            chapters: [ImportPage.Chapter(number: 1, title: "One", kind: .chapter)],
            segments: sentences.enumerated().map { place, text in
                ImportPage.Segment(chapter: 1, position: place + 1, text: text)
            }
        )
        try await fixture.store.projects.append(page, to: id, tenant: fixture.tenant)
        return try await fixture.store.projects.commitImport(id, tenant: fixture.tenant)
    }

    private func texts(_ project: ProjectID, _ fixture: StoreFixture) async throws -> [String?] {
        try await fixture.snapshot(project).chapters.flatMap(\.segments).map(\.text)
    }

    @Test("another book with an equal title gets a numbered slug, and each of the two is updated from its own folder")
    func equalTitles() async throws {
        try await withStore { fixture in
            let first = try await importBook(Self.tides, from: "a", fixture)
            let second = try await importBook(Self.stars, from: "b", fixture)
            #expect(first.slug == "the-tables" && first.takenSlug.isEmpty)
            #expect(second.created && second.slug == "the-tables-2" && second.takenSlug == "the-tables")
            let third = try await importBook(["All", "is", "new."], from: "c", fixture)
            #expect(third.slug == "the-tables-3")
            // Rewritten from the first word to the last: the folder tells which book it is.
            for (origin, project) in [("b", second.project), ("a", first.project), ("c", third.project)] {
                let again = try await importBook(["Rewritten \(origin)."], from: origin, fixture)
                #expect(!again.created && again.project == project)
            }
            #expect(try await texts(first.project, fixture) == ["Rewritten a."])
        }
    }

    @Test("a folder that was moved, and changed a little, still updates its project, which then knows the new place")
    func moved() async throws {
        try await withStore { fixture in
            let first = try await importBook(Self.tides, from: "a", fixture)
            let moved = try await importBook(["The tide came."] + Self.tides.dropFirst(), from: "b", fixture)
            #expect(!moved.created && moved.project == first.project && moved.takenSlug.isEmpty)
            let again = try await importBook(["All other words."], from: "b", fixture)
            #expect(again.project == first.project)

            let other = try await importBook(Self.stars, from: "c", fixture)
            #expect(other.slug == "the-tables-2")
            let otherMoved = try await importBook(Self.stars, from: "d", fixture)
            #expect(otherMoved.project == other.project)
        }
    }

    @Test(
        "a slug that the caller names is refused if it is another book's, and nothing changes, unless it is to be replaced"
    )
    func namedSlug() async throws {
        try await withStore { fixture in
            let first = try await importBook(Self.tides, from: "a", slug: "tables", fixture)
            let error = await #expect(throws: PackagingError.self) {
                try await importBook(Self.stars, from: "b", slug: "tables", title: "Stars", fixture)
            }
            #expect(error?.code == .failedPrecondition && error?.reason == "SLUG_TAKEN")
            #expect(error?.message == "project \"tables\" is another book: \"The Tables\"")
            #expect(error?.metadata["slug"] == "tables" && error?.metadata["title"] == "The Tables")
            #expect(try await texts(first.project, fixture) == Self.tides)

            let replaced = try await importBook(Self.stars, from: "b", slug: "tables", replaces: true, fixture)
            #expect(replaced.project == first.project)
            #expect(try await texts(first.project, fixture) == Self.stars)
            // The project belongs to the new place now.
            await #expect(throws: PackagingError.self) {
                try await importBook(Self.tides, from: "a", slug: "tables", fixture)
            }
        }
    }

    @Test("with an equal title, a book that is to replace another takes the place of the one without a number")
    func replacedTitle() async throws {
        try await withStore { fixture in
            let first = try await importBook(Self.tides, from: "a", fixture)
            let replaced = try await importBook(Self.stars, from: "b", replaces: true, fixture)
            #expect(!replaced.created && replaced.project == first.project && replaced.takenSlug.isEmpty)
        }
    }

    @Test("where one side has no origin nothing is compared, and an import without one leaves the project its own")
    func noOrigin() async throws {
        try await withStore { fixture in
            let first = try await importBook(Self.tides, from: "", fixture)
            #expect(try await importBook(Self.stars, from: "a", fixture).project == first.project)
            #expect(try await importBook(Self.tides, from: "", fixture).project == first.project)
            #expect(try await importBook(Self.stars, from: "b", fixture).slug == "the-tables-2")
        }
    }

    @Test("a numbered slug has at most 64 characters, and no number is guessed into a project of another name")
    func longTitles() async throws {
        try await withStore { fixture in
            let title = String(repeating: "x", count: 80)
            let first = try await importBook(Self.tides, from: "a", title: title, fixture)
            #expect(first.slug == String(repeating: "x", count: 64))
            let second = try await importBook(Self.stars, from: "b", title: title, fixture)
            #expect(second.slug == String(repeating: "x", count: 62) + "-2")
            #expect(try await importBook(["New."], from: "b", title: title, fixture).project == second.project)

            let named = try await importBook(["Mine."], from: "", slug: "the-tables-2", fixture)
            try await importBook(Self.tides, from: "a", fixture)
            #expect(try await importBook(Self.stars, from: "b", fixture).slug == "the-tables-3")
            #expect(try await texts(named.project, fixture) == ["Mine."])
        }
    }

    @Test("books with an equal title that are imported at once get a project each")
    func atOnce() async throws {
        try await withStore { fixture in
            try await withThrowingTaskGroup { group in
                for number in 0..<6 {
                    group.addTask {
                        _ = try await importBook(["Only \(number)."], from: "\(number)", fixture)
                    }
                }
                try await group.waitForAll()
            }
            let page = try await fixture.store.projects.projects(after: nil, limit: 99, tenant: fixture.tenant)
            #expect(Set(page.elements.map(\.slug)) == Set(["the-tables"] + (2...6).map { "the-tables-\($0)" }))
        }
    }
}
