/// The five-character code with which Postgres names an error condition.
package struct SQLState: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The five characters.
    package let rawValue: String

    /// The state with these five characters.
    package init(rawValue: String) { self.rawValue = rawValue }

    private init(_ rawValue: String) { self.rawValue = rawValue }

    /// The first two characters, which name a group of conditions.
    package var errorClass: String { String(rawValue.prefix(2)) }

    /// The five characters.
    package var description: String { rawValue }

    /// A row refers by foreign key to a row that does not exist, or a row that is still referred to was to be removed.
    package static let foreignKeyViolation = Self("23503")
    /// A row with this key exists.
    package static let uniqueViolation = Self("23505")
    /// A CHECK refuses the row.
    package static let checkViolation = Self("23514")
    /// A column may not be NULL.
    package static let notNullViolation = Self("23502")
    /// An EXCLUDE constraint refuses the row.
    package static let exclusionViolation = Self("23P01")
    /// The effects of two transactions are not compatible; the whole transaction must be repeated.
    package static let serializationFailure = Self("40001")
    /// Two transactions waited for each other; the whole transaction must be repeated.
    package static let deadlockDetected = Self("40P01")
    /// A lock was not granted within `lock_timeout`, or at once with NOWAIT.
    package static let lockNotAvailable = Self("55P03")
    /// A statement was cancelled, or took longer than `statement_timeout`.
    package static let queryCanceled = Self("57014")
    /// An administrator ended the connection, or the server stops.
    package static let adminShutdown = Self("57P01")
    /// Another server process crashed, and all connections were ended.
    package static let crashShutdown = Self("57P02")
    /// The server starts, stops or recovers.
    package static let cannotConnectNow = Self("57P03")
    /// The transaction did nothing for longer than `idle_in_transaction_session_timeout`.
    package static let idleInTransactionTimeout = Self("25P03")
    /// An earlier statement of the transaction failed.
    package static let inFailedTransaction = Self("25P02")
    /// The transaction is READ ONLY.
    package static let readOnlyTransaction = Self("25006")
    /// The disk of the server is full.
    package static let diskFull = Self("53100")
    /// The disk of the server, or its file system, failed.
    package static let ioError = Self("58030")
    /// The server has no connection left.
    package static let tooManyConnections = Self("53300")
    /// The role lacks a privilege, or a row level security policy refuses a new row.
    package static let insufficientPrivilege = Self("42501")
    /// The password is wrong.
    package static let invalidPassword = Self("28P01")
    /// The database does not exist.
    package static let invalidCatalogName = Self("3D000")
    /// The table does not exist.
    package static let undefinedTable = Self("42P01")
    /// The object exists.
    package static let duplicateObject = Self("42710")
    /// The statement cannot be parsed.
    package static let syntaxError = Self("42601")
    /// A text is not a value of its type.
    package static let invalidTextRepresentation = Self("22P02")
    /// A text holds U+0000 or bytes that are not UTF-8.
    package static let characterNotInRepertoire = Self("22021")
    /// One of our functions raised an error without a code.
    package static let raiseException = Self("P0001")
    /// A remembered plan no longer fits the table.
    static let featureNotSupported = Self("0A000")
    /// A remembered statement is gone.
    static let invalidSQLStatementName = Self("26000")
}
