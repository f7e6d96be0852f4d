import PackagingMessages
import Protobuf
package import Services
package import TTRPC
package import Watch

/// The server of the daemon: it offers the services of `proto/` over ttrpc.
package struct PackagingServer: Sendable {
    /// The services that the calls are passed on to.
    package struct Backend: Sendable {
        /// Knows who calls, and what that caller may do.
        package var access: AccessService
        /// Knows the tenants.
        package var tenants: TenantService
        /// The books.
        package var projects: ProjectService
        /// Receives the bytes of segments and covers.
        package var audio: AudioService
        /// Tells what can be made of a book, and starts making it.
        package var packaging: PackagingService
        /// Jobs.
        package var jobs: JobService
        /// Packages.
        package var packages: PackageService
        /// Manifests.
        package var manifests: ManifestService
        /// Decodes and judges packages.
        package var validation: ValidationService
        /// Events as they are committed.
        package var feed: EventFeed
        /// Knows whether the daemon takes work.
        package var health: HealthService

        /// All of these.
        package init(
            access: AccessService,
            tenants: TenantService,
            projects: ProjectService,
            audio: AudioService,
            packaging: PackagingService,
            jobs: JobService,
            packages: PackageService,
            manifests: ManifestService,
            validation: ValidationService,
            feed: EventFeed,
            health: HealthService
        ) {
            self.access = access
            self.tenants = tenants
            self.projects = projects
            self.audio = audio
            self.packaging = packaging
            self.jobs = jobs
            self.packages = packages
            self.manifests = manifests
            self.validation = validation
            self.feed = feed
            self.health = health
        }
    }

    /// How long a call waits for a database that is known to be away. An interruption that is shorter, such as a restart
    /// of the database, is not noticed by callers.
    private static let databasePatience = Duration.milliseconds(1500)

    /// The router that maps each method to its handler.
    package static func router(_ backend: Backend) -> Router {
        let identity = Identity(access: backend.access)
        var router = Router { context, handler in
            // Every call begins with a look at the database, but those that ask for health exactly when it is away.
            if !context.method.hasPrefix(HealthMethods.check.service) {
                try await backend.health.wait(while: HealthService.databaseAway, atMost: databasePatience)
            }
            return try await identity.admit(context, handler)
        }
        router.register(
            ProjectsCalls(
                identity: identity,
                projects: backend.projects,
                audio: backend.audio,
                access: backend.access
            )
        )
        router.register(
            PackagingCalls(
                identity: identity,
                packaging: backend.packaging,
                jobs: backend.jobs,
                packages: backend.packages,
                manifests: backend.manifests,
                validation: backend.validation,
                feed: backend.feed
            )
        )
        router.register(HealthCalls(health: backend.health))
        router.register(SessionCalls(identity: identity))
        router.register(AdminCalls(identity: identity, tenants: backend.tenants, access: backend.access))
        return router
    }
}
