/// A user's role on a project.
package struct Grant: Sendable, Hashable {
    /// The project.
    package var project: ProjectID
    /// The user's name, as tokens have it.
    package var user: String
    /// The role.
    package var role: ProjectRole
    /// When it was given.
    package var grantedAt: Instant
    /// Who gave it; empty where nobody was recorded.
    package var grantedBy: String

    /// A grant with these values.
    package init(project: ProjectID, user: String, role: ProjectRole, grantedAt: Instant, grantedBy: String) {
        self.project = project
        self.user = user
        self.role = role
        self.grantedAt = grantedAt
        self.grantedBy = grantedBy
    }
}
