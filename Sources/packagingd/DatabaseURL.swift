import ArgumentParser
import Postgres

/// What is asked of every `--database-url`.
enum DatabaseURL {
    /// Refuses a URL that holds a password, which every user of the machine could read among the running programs.
    static func check(_ url: String) throws {
        guard PostgresConfiguration.holdsPassword(url) else { return }
        throw ValidationError(
            "--database-url holds a password, which others on this machine can read: put it into the file that "
                + "PGPASSFILE names, as host:port:database:user:password"
        )
    }
}
