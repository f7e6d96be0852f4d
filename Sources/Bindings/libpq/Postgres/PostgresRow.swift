import CPQ

/// The result of one statement: rows, or the number of rows it changed.
///
/// libpq's documentation: a PGresult is read-only once made and may be passed around freely between threads.
@safe final class PostgresResult: @unchecked Sendable {
    private let result: OpaquePointer
    private let columns: [String: CInt]
    let rowCount: Int

    /// Takes ownership of `result`.
    init(owning result: OpaquePointer) {
        unsafe self.result = result
        var columns: [String: CInt] = [:]
        // If two columns have the same name, the first counts, so it is written last.
        for index in (0..<(unsafe PQnfields(result))).reversed() {
            guard let name = unsafe PQfname(result, index) else { continue }
            columns[unsafe String(cString: name)] = index
        }
        self.columns = columns
        rowCount = Int(unsafe PQntuples(result))
    }

    deinit { unsafe PQclear(result) }

    /// The command and its counts, such as `UPDATE 3`.
    var commandTag: String { unsafe PQcmdStatus(result).map { unsafe String(cString: $0) } ?? "" }

    /// The number of rows a statement inserted, changed, removed or returned; zero for any other.
    var affectedRows: Int { unsafe PQcmdTuples(result).flatMap { unsafe Int(String(cString: $0)) } ?? 0 }

    /// What kind of answer this is.
    var status: ExecStatusType { unsafe PQresultStatus(result) }

    /// The error, if this is one.
    var error: PostgresError? {
        status == PGRES_FATAL_ERROR ? unsafe PostgresError(result: result) : nil
    }

    var rows: [PostgresRow] { (0..<rowCount).map { PostgresRow(result: self, index: $0) } }

    func cell(row: Int, column: String) throws(PostgresError) -> PostgresCell {
        guard let field = columns[column] else {
            throw PostgresError.decoding("the result has no column \"\(column)\"")
        }
        let row = CInt(row)
        var bytes: [UInt8]?
        if unsafe PQgetisnull(result, row, field) == 0, let value = unsafe PQgetvalue(result, row, field) {
            let length = Int(unsafe PQgetlength(result, row, field))
            bytes = unsafe Array(UnsafeRawBufferPointer(start: value, count: length))
        }
        return PostgresCell(column: column, type: PostgresType(rawValue: unsafe PQftype(result, field)), bytes: bytes)
    }
}

/// One row of a result.
///
/// A row keeps the whole result alive, so do not keep one row of many.
package struct PostgresRow: Sendable {
    let result: PostgresResult
    let index: Int

    /// Reads a column.
    ///
    /// - Throws: ``PostgresError`` of kind `decoding` if there is no such column, or it does not hold a `type`.
    package func decode<Value: PostgresDecodable>(
        _ type: Value.Type,
        _ column: String
    ) throws(PostgresError) -> Value {
        try Value(try result.cell(row: index, column: column))
    }

    /// Reads a column as the type that is wanted.
    ///
    /// - Throws: ``PostgresError`` of kind `decoding` if there is no such column, or it does not hold such a value.
    package func decode<Value: PostgresDecodable>(_ column: String) throws(PostgresError) -> Value {
        try decode(Value.self, column)
    }
}
