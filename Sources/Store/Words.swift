package import Model
import Postgres

// The raw values of these enums are the words that the schema uses.
extension ChapterKind: PostgresEncodable, PostgresDecodable {}
extension Cover.Format: PostgresEncodable, PostgresDecodable {}
extension JobStatus: PostgresEncodable, PostgresDecodable {}
extension PackageFormat: PostgresEncodable, PostgresDecodable {}
extension Platform: PostgresEncodable, PostgresDecodable {}
extension StorageTier: PostgresEncodable, PostgresDecodable {}
