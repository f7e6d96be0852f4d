import XML

/// Reads a document of an EPUB piece by piece.
struct DocumentScanner {
    private var scanner: XMLScanner

    /// - Throws: ``ReaderError`` if it is not UTF-8.
    init(_ bytes: [UInt8]) throws(ReaderError) {
        do throws(XMLError) {
            scanner = try XMLScanner(bytes)
        } catch {
            throw ReaderError(error.reason)
        }
    }

    /// The next piece; nil at the end of the document.
    ///
    /// - Throws: ``ReaderError`` where the document is not well formed, is nested too deeply, or defines entities.
    mutating func next() throws(ReaderError) -> XMLScanner.Event? {
        do throws(XMLError) {
            return try scanner.next()
        } catch {
            throw ReaderError(error.reason)
        }
    }
}
