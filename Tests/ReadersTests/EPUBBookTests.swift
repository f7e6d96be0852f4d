import Foundation
import TestSupport
import Testing
import XML

@testable import Readers

@Suite("EPUBs of other programs")
struct EPUBBookTests {
    /// A book of one spoken chapter. Its audio is only a file name, because reading the text does not read the audio.
    private static let files: [(name: String, content: String)] = [
        ("mimetype", "application/epub+zip"),
        (
            "META-INF/container.xml",
            """
            <?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
            <rootfiles><rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/></rootfiles>
            </container>
            """
        ),
        (
            "EPUB/package.opf",
            """
            <package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/" version="3.0">
            <metadata><dc:title>Tom &amp; J&#xE9;r&#244;me</dc:title><dc:creator>An Author</dc:creator>
            <dc:identifier>urn:isbn:9783161484100</dc:identifier>
            <meta property="media:narrator">A Narrator</meta>
            <meta property="media:duration">0:00:05.5</meta>
            <meta property="media:duration" refines="#o1">5.5s</meta></metadata>
            <manifest><item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>
            <item id="c1" href="text/one%20two.xhtml" media-overlay="o1" media-type="application/xhtml+xml"/>
            <item id="o1" href="o/1.smil" media-type="application/smil+xml"/>
            <item id="a1" href="audio/1.mp3" media-type="audio/mpeg"/></manifest>
            <spine><itemref idref="c1"/></spine></package>
            """
        ),
        ("EPUB/nav.xhtml", "<html xmlns=\"http://www.w3.org/1999/xhtml\"><body><nav/></body></html>"),
        (
            "EPUB/text/one two.xhtml",
            "<!DOCTYPE html><html xmlns='http://www.w3.org/1999/xhtml'><body><p id=\"s1\">A</p><p id=\"s2\">B</p></body></html>"
        ),
        (
            "EPUB/o/1.smil",
            """
            <smil xmlns="http://www.w3.org/ns/SMIL" version="3.0"><body><seq>
            <!-- <par> is no par -->
            <par><text src="../text/one%20two.xhtml#s1"/><audio src="../audio/1.mp3" clipBegin="0.75s" clipEnd="0:03"/></par>
            <par><text src="../text/one%20two.xhtml#s2"/><audio src="../audio/1.mp3" clipBegin="3000ms" clipEnd="6.25"/></par>
            </seq></body></smil>
            """
        ),
        ("EPUB/audio/1.mp3", "sound"),
    ]

    /// The book, with `old` in one of its files replaced by `new`.
    private func book(_ file: String = "", _ old: String = "", _ new: String = "") throws -> EPUBBook {
        let bytes: [UInt8] = try withTemporaryFolder { folder in
            for (name, content) in Self.files {
                let url = folder.appendingPathComponent(name)
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(),
                    withIntermediateDirectories: true
                )
                let isChanged = name == file
                if isChanged, !old.isEmpty { try #require(content.contains(old)) }
                try Data((isChanged ? content.replacing(old, with: new) : content).utf8).write(to: url)
            }
            let names = Self.files.map(\.name).filter { $0 != file || !old.isEmpty }
            try Oracle.run("zip", ["-q", "-X", "-0", "-D", "a.epub"] + names, in: folder)
            return [UInt8](try Data(contentsOf: folder.appendingPathComponent("a.epub")))
        }
        let source = ByteSource(bytes)
        return try EPUBBook(source, try ZIPArchive(source))
    }

    @Test("a book is read with its tags, clips and the end of its audio, and nothing in it is contradictory")
    func whole() throws {
        let book = try book()
        #expect(book.faults == [])
        #expect(
            book.tags == [
                "title": "Tom & Jérôme", "author": "An Author", "narrator": "A Narrator", "isbn": "9783161484100",
            ]
        )
        #expect(book.audio == ["EPUB/audio/1.mp3"])
        #expect(book.heardUntil == ["EPUB/audio/1.mp3": 6.25])
        #expect(book.clips == 2)
        #expect(book.documents == 1)
    }

    @Test(
        "each contradiction between text and audio is reported",
        arguments: [
            ("EPUB/o/1.smil", "clipBegin=\"0.75s\"", "clipBegin=\"4s\"", "ends before it begins"),
            ("EPUB/o/1.smil", "clipBegin=\"3000ms\"", "clipBegin=\"2.9s\"", "begins before the one before it ends"),
            ("EPUB/o/1.smil", "clipEnd=\"6.25\"", "", "does not say where it begins and ends"),
            ("EPUB/o/1.smil", "clipEnd=\"6.25\"", "clipEnd=\"nan\"", "does not say where it begins and ends"),
            ("EPUB/o/1.smil", "#s2", "#s3", "speaks a text that is not there"),
            ("EPUB/o/1.smil", "clipEnd=\"6.25\"", "clipEnd=\"9.25\"", "says that it lasts 5.5 s"),
            ("EPUB/text/one two.xhtml", "id=\"s2\"", "", "speaks a text that is not there"),
            ("EPUB/o/1.smil", "</seq>", "", "is not well-formed XML"),
            ("EPUB/package.opf", "refines=\"#o1\">5.5s", "refines=\"#o1\">9s", "says that it lasts 9.0 s"),
            ("EPUB/package.opf", "properties=\"nav\"", "", "no navigation document"),
            ("EPUB/package.opf", "idref=\"c1\"", "idref=\"c9\"", "which the package does not list"),
            ("EPUB/audio/1.mp3", "", "", "which is not there"),
            ("mimetype", "epub", "EPUB", "first member"),
        ]
    )
    func contradictions(_ file: String, _ old: String, _ new: String, _ expected: String) throws {
        let book = try book(file, old, new)
        #expect(book.faults.contains { $0.contains(expected) }, "\(book.faults)")
    }

    @Test("entities are never defined: a document that defines one is not read")
    func entities() throws {
        let bomb = "<!DOCTYPE html [<!ENTITY a \"&b;&b;\"><!ENTITY b \"&c;&c;\">]><html>"
        let book = try book("EPUB/text/one two.xhtml", "<!DOCTYPE html><html", bomb.dropLast() + "")
        #expect(book.faults.contains { $0.contains("defines entities") }, "\(book.faults)")
    }

    @Test("XML that is nested without end, or cut anywhere, ends the scan with an error")
    func malformed() throws {
        func scan(_ text: String) throws {
            var scanner = try DocumentScanner(Array(text.utf8))
            while try scanner.next() != nil {}
        }
        #expect(throws: ReaderError.self) { try scan(String(repeating: "<a>", count: 100_000)) }
        let whole = "<a x=\"1\"><!-- c --><b y='2'/><![CDATA[<&]]>text</a>"
        try scan(whole)
        for length in 1..<whole.count {
            #expect(throws: ReaderError.self, "cut after \(length)") { try scan(String(whole.prefix(length))) }
        }
        for text in ["<a></b>", "<a b></a>", "<a b=c></a>", "<a><a/>", "</a>", "< a/>"] {
            #expect(throws: ReaderError.self, "\(text)") { try scan(text) }
        }
    }

    @Test(
        "only the clock values of SMIL 3 are read",
        arguments: [
            ("1:02:03.5", 3723.5), ("02:03.5", 123.5), ("12.5s", 12.5), ("750ms", 0.75), ("1.5h", 5400.0),
            ("2min", 120.0), ("7", 7.0), ("-1s", nil), ("inf", nil), ("1e9", nil), ("", nil), ("1:2:3:4", nil),
            ("::", nil),
        ] as [(String, Double?)]
    )
    func clock(_ text: String, _ seconds: Double?) {
        #expect(SMILClock.seconds(text) == seconds)
    }
}
