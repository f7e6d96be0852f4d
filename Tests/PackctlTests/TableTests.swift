import Foundation
import PackagingMessages
import Testing

@testable import PackctlCommands

@Suite("Tables")
struct TableTests {
    private static let id = "5f0c9a52-6c1e-4f7a-9d0b-3f6f2f1f8f11"

    private static var table: Table {
        var table = Table(
            .init(heading: "NAME"),
            .init(heading: "SIZE", isNumber: true, givesWay: .leftOut(rank: 2)),
            .init(heading: "MADE", givesWay: .leftOut(rank: 1)),
            .init(heading: "TITLE", givesWay: .cut(to: 6)),
            .init(heading: "ID", givesWay: .ownLine(rank: 3))
        )
        table.add("apple", "12.3 MB", "3 min ago", "The Knot Keeper", id)
        table.add("kobo", "1 kB", "-", "物語の本", "-")
        return table
    }

    @Test("a table that goes to a file or a pipe is complete")
    func complete() {
        #expect(
            Self.table.lines == [
                "NAME      SIZE  MADE       TITLE            ID",
                "apple  12.3 MB  3 min ago  The Knot Keeper  \(Self.id)",
                "kobo      1 kB  -          物語の本         -",
            ]
        )
    }

    @Test("in a narrow terminal texts are cut first, then columns are left out, and at last ids get lines of their own")
    func narrow() {
        let lines = { (width: Int) in Self.table.lines(Table.Layout(width: width, isUnicode: true)) }
        #expect(lines(80)[1] == "apple  12.3 MB  3 min ago  The Knot Keeper  \(Self.id)")
        #expect(lines(75)[1] == "apple  12.3 MB  3 min ago  The Knot …  \(Self.id)")
        #expect(lines(70)[1] == "apple  12.3 MB  The Knot Keeper  \(Self.id)")
        #expect(lines(59)[1] == "apple  The Knot Keep…  \(Self.id)")
        #expect(
            lines(40) == [
                "NAME      SIZE  TITLE", "apple  12.3 MB  The Knot Keeper", "  \(Self.id)",
                "kobo      1 kB  物語の本",
            ]
        )
    }

    @Test("no line is wider than the terminal where ids fit, and no id is ever cut", arguments: 40...140)
    func fits(_ width: Int) {
        let lines = Self.table.lines(Table.Layout(width: width, isUnicode: true))
        #expect(lines.allSatisfy { $0.displayWidth <= width }, "\(lines)")
        #expect(lines.contains { $0.contains(Self.id) })
    }

    @Test("text from right to left is isolated on a Unicode terminal, and nowhere else")
    func rightToLeft() {
        var table = Table(.init(heading: "TITLE"), .init(heading: "N", isNumber: true))
        table.add("ספר הקשרים", "3")
        table.add("plain", "4")
        #expect(
            table.lines(.init(width: 80, isUnicode: true)) == [
                "TITLE       N", "\u{2068}ספר הקשרים\u{2069}  3", "plain       4",
            ]
        )
        for layout in [Table.Layout.complete, .init(width: 80), .init(isUnicode: true)] {
            #expect(table.lines(layout)[1] == "ספר הקשרים  3")
        }
    }

    @Test("a title cannot drive the terminal, or turn the text around it")
    func hostile() {
        var table = Table(.init(heading: "TITLE"))
        table.add("a\u{1B}[2Jb\u{202E}c\u{2066}d\u{200F}e\u{9B}f\u{7}\u{85}g\r\nh")
        for layout in [Table.Layout.complete, .init(width: 80, isUnicode: true)] {
            let text = table.lines(layout).joined()
            let isForbidden = { (scalar: Unicode.Scalar) in
                [.control, .format].contains(scalar.properties.generalCategory)
            }
            #expect(!text.unicodeScalars.contains(where: isForbidden), "\(text)")
        }
    }

    @Test("COLUMNS sets the width; what is no number does not")
    func columns() {
        #expect(Terminal.columns(chosenIn: ["COLUMNS": "40"]) == 40)
        for value in ["", "0", "-3", "wide"] { #expect(Terminal.columns(chosenIn: ["COLUMNS": value]) == nil) }
        #expect(Terminal.columns(chosenIn: [:]) == nil)
        #expect(Terminal.width(ofStream: 99) == nil)
    }
}
