import Model
import PackagingMessages
import Protobuf

/// What a method asks of its caller. A method without a rule does not run at all.
struct CallRule: Sendable, Hashable {
    /// Who may call.
    enum Audience: Sendable, Hashable {
        /// Anybody, known or not.
        case anybody
        /// Callers with this scope.
        case scope(Scope)
        /// Callers with this scope that are no users: services, and the operator.
        case services(Scope)
        /// The daemon's own user on its Unix socket.
        case localOperator
    }

    /// Who may call.
    var audience: Audience
    /// The role that a user needs on the project that the request names; nil if it names none, or if the service itself
    /// looks at roles.
    var role: Model.ProjectRole?
    /// Whether every call is written into the audit when it has ended, because it changes something or tries to. Of others,
    /// only those are that the caller may not make.
    var isAudited: Bool

    private init(_ audience: Audience, _ role: Model.ProjectRole? = nil, audited: Bool = false) {
        self.audience = audience
        self.role = role
        isAudited = audited
    }

    /// The rule of each method, by its full name.
    static let all: [String: CallRule] = {
        var all: [String: CallRule] = [:]
        func add(_ service: String, _ methods: [String: CallRule]) {
            for (method, rule) in methods { all["\(service)/\(method)"] = rule }
        }
        func reads(_ role: Model.ProjectRole?) -> CallRule { CallRule(.scope(.read), role) }
        func packages(_ role: Model.ProjectRole?) -> CallRule { CallRule(.scope(.package), role, audited: true) }
        add(
            HealthMethods.check.service,
            ["Check": CallRule(.anybody), "Watch": CallRule(.anybody)]
        )
        add(SessionMethods.authenticate.service, ["Authenticate": CallRule(.anybody)])
        add(
            PackagingMethods.getJob.service,
            [
                "CheckReadiness": reads(.reader), "PlanPackages": reads(.reader), "GetJob": reads(.reader),
                "ListJobs": reads(.reader), "WatchJob": reads(.reader), "ListPackages": reads(.reader),
                "GetDownloadLink": reads(.reader), "Download": reads(.reader), "GetManifest": reads(.reader),
                "ListRules": reads(nil),
                "CreateAll": packages(.packager), "RetryJob": packages(.packager), "CancelJob": packages(.packager),
                "Archive": packages(.packager), "Validate": packages(.packager), "DeletePackage": packages(.packager),
                // The file is not of any project, and nothing of it is kept.
                "Inspect": CallRule(.scope(.package)),
            ]
        )
        add(
            ProjectsMethods.getProject.service,
            [
                "GetProject": reads(.reader), "ListGrants": reads(.reader),
                // Shows a user the projects on which the user has a role.
                "ListProjects": reads(nil),
                // A new book has no project yet: the database looks at the role when it knows which it is.
                "ImportProject": packages(nil),
                // The import that named the audio is in the audit, so that thousands of files need not be.
                "PutAudio": CallRule(.scope(.package), .owner),
                "PutCover": packages(.owner), "UpdateSegment": packages(.owner),
                "DeleteProject": packages(.owner), "PutGrant": packages(.owner), "DeleteGrant": packages(.owner),
                // It can name any audio of the tenant, also that of projects on which a user has no role.
                "RegisterAudio": CallRule(.services(.package), audited: true),
            ]
        )
        add(
            AdminMethods.listTenants.service,
            [
                "ListTenants": CallRule(.localOperator), "GetTenantUsage": CallRule(.localOperator),
                "PutTenant": CallRule(.localOperator, audited: true),
                "RevokeToken": CallRule(.scope(.admin), audited: true),
                "RevokeUser": CallRule(.scope(.admin), audited: true),
                "ListRevocations": CallRule(.scope(.admin)), "ListAudit": CallRule(.scope(.admin)),
            ]
        )
        return all
    }()

    /// Checks that `caller` is one of those who may call.
    ///
    /// - Throws: ``PackagingError`` with code `permissionDenied` if not.
    func check(_ caller: Caller) throws(PackagingError) {
        switch audience {
        case .anybody: return
        case .scope(let scope):
            guard caller.scopes.contains(scope) else { throw .scopeRequired(scope) }
        case .services(let scope):
            guard caller.scopes.contains(scope) else { throw .scopeRequired(scope) }
            guard caller.userNeedingRole == nil else {
                throw PackagingError(
                    .permissionDenied,
                    "only services may do this, and no user",
                    reason: "SERVICE_REQUIRED",
                    hint: "Call with a token that names no user."
                )
            }
        case .localOperator:
            guard caller.principal == .localOperator else { throw .operatorOnly }
        }
    }
}
