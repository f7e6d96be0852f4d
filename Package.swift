// swift-tools-version: 6.2

import PackageDescription

// One list of settings for every Swift target, so that no target is checked less than another.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

// Sample loops are a hundred times slower without the optimiser, and sanitized builds are slow enough.
let optimised = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

// Tests that only start programs or ask a database: optimising them takes minutes and tests nothing more, and the compiler
// (Swift 6.3.1) crashes on one of them. What they test is optimised like all that ships.
let blackBox = strict + [.unsafeFlags(["-Onone"], .when(configuration: .release))]

let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let x509: Target.Dependency = .product(name: "X509", package: "swift-certificates")
let asn1: Target.Dependency = .product(name: "SwiftASN1", package: "swift-asn1")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "khipu-packaging",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "packagingd", targets: ["packagingd"]),
        .executable(name: "packaging-worker", targets: ["packaging-worker"]),
        .executable(name: "packctl", targets: ["packctl"]),
        .library(name: "PackagingClient", targets: ["PackagingClient"]),
    ],
    dependencies: [
        // The event loop under our RPC: what every Swift server on Linux stands on.
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        // TLS for the listeners and clients on TCP: the one that runs inside NIO's pipeline.
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        // Reads the subjects of client certificates. NIO's TLS and JWTKit stand on it anyway.
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        // What certificates are written in; swift-certificates stands on it.
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.1"),
        // Checks and signs tokens: all four algorithms that we take, on the cryptography that is linked already.
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
        // SHA-256 of audio and packages; later the signatures of links.
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        // Starts the daemon's long-lived parts in order and stops them in reverse.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // Gives the daemon's settings one name in flags, environment and file. No traits: we read YAML ourselves, as its
        // reader keeps no line numbers, and flags are ArgumentParser's.
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        // Reads book.yaml and packagingd.yaml.
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // MARK: Clients

        .executableTarget(
            name: "packctl",
            dependencies: ["PackctlCommands"],
            path: "clients/packctl/packctl",
            swiftSettings: strict
        ),
        .target(
            name: "PackctlCommands",
            dependencies: [
                "Completions", "Model", "PackagingClient", "PackagingMessages", "Protobuf", arguments, crypto, "Yams",
            ],
            path: "clients/packctl/PackctlCommands",
            swiftSettings: strict
        ),
        // The program of the README, so that it compiles and runs as it stands there.
        .executableTarget(
            name: "packaging-example",
            dependencies: ["PackagingClient"],
            path: "clients/swift/Example",
            swiftSettings: strict
        ),
        .target(
            name: "PackagingClient",
            dependencies: ["Descriptors", "Model", "PackagingMessages", "Protobuf", "TTRPC", nio, nioPosix],
            path: "clients/swift/PackagingClient",
            swiftSettings: strict
        ),

        // MARK: The daemon, in the order a request runs down

        .executableTarget(
            name: "packagingd",
            dependencies: [
                "Assets", "Blobs", "CloudBlobs", "Completions", "Files", "HTTP", "Housekeeping", "Jobs", "Model",
                "PackagingMessages", "Postgres", "PrivatePostgres", "Processes", "Queue", "Server", "Services",
                "Speech", "Store", "TTRPC", "Tokens", "Watch", "Workers", "Yams", arguments, configuration,
                lifecycle, logging,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        // What the completions of ArgumentParser lack.
        .target(
            name: "Completions",
            dependencies: [arguments],
            resources: [.embedInCode("line.bash")],
            swiftSettings: strict
        ),
        .target(
            name: "Server",
            dependencies: ["Model", "PackagingMessages", "Protobuf", "Services", "TTRPC", "Watch"],
            swiftSettings: strict
        ),
        .target(
            name: "Services",
            dependencies: [
                "Assets", "Blobs", "Concurrency", "Files", "Model", "Planning", "Platforms", "Store", "Tokens",
                "Validation", "Workers",
                crypto, logging,
            ],
            swiftSettings: strict
        ),
        // Who may call: tokens, the keys that they are signed with, and where those come from.
        .target(
            name: "Tokens",
            dependencies: [
                "Concurrency", "Files", "HTTP", "Model", crypto, logging, nioPosix,
                .product(name: "JWTKit", package: "jwt-kit"),
            ],
            swiftSettings: strict
        ),
        .target(name: "Watch", dependencies: ["Model", "Postgres", "Store", logging], swiftSettings: strict),
        .target(
            name: "Housekeeping",
            dependencies: ["Blobs", "Model", "Store", logging],
            swiftSettings: strict
        ),
        .target(
            name: "Jobs",
            dependencies: [
                "Assets", "Blobs", "Concurrency", "Files", "Model", "Packagers", "Planning", "Platforms", "Queue",
                "Speech",
                "Store", "Validation", "Workers", crypto, logging,
            ],
            swiftSettings: strict
        ),
        .target(name: "Queue", dependencies: ["Model", "Processes", "Store", logging], swiftSettings: strict),
        // The one road of bytes between blob store, scratch and workers, and what is said of them.
        .target(
            name: "Assets",
            dependencies: [
                "Blobs", "Concurrency", "Files", "Model", "Packagers", "Platforms", "Validation", "Workers", crypto,
                nioPosix,
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Planning",
            dependencies: ["Model", "Packagers", "Platforms", "Validation", crypto],
            swiftSettings: strict
        ),
        .target(name: "Packagers", dependencies: ["CZlib", "Model"], swiftSettings: optimised),
        .target(name: "Validation", dependencies: ["Model", "Platforms"], swiftSettings: strict),
        .target(name: "Platforms", dependencies: ["Model"], swiftSettings: strict),
        .target(
            name: "Workers",
            dependencies: [
                "Concurrency", "Descriptors", "Model", "Processes", "WorkerLink", "WorkerMessages", logging,
            ],
            swiftSettings: strict
        ),
        .target(name: "Speech", dependencies: ["Descriptors", "Files", "Model", "Processes"], swiftSettings: strict),
        .target(
            name: "CloudBlobs",
            dependencies: ["Blobs", "Files", "HTTP", "Model", "XML", crypto],
            swiftSettings: strict
        ),
        .target(name: "Blobs", dependencies: ["Files", "Model", crypto, nioPosix], swiftSettings: strict),
        .target(
            name: "Store",
            dependencies: ["Model", "Postgres", crypto, logging],
            resources: [.embedInCode("Functions"), .embedInCode("Migrations")],
            swiftSettings: strict
        ),
        .target(
            name: "TTRPC",
            dependencies: [
                "Concurrency", "Descriptors", "Files", "Model", "Protobuf", asn1, logging, nio, nioPosix, nioSSL,
                nioTLS, x509,
            ],
            swiftSettings: strict
        ),

        // MARK: The worker

        .executableTarget(
            name: "packaging-worker",
            dependencies: ["Descriptors", "Media", "Processes", "Protobuf", "Readers", "WorkerLink", "WorkerMessages"],
            swiftSettings: strict
        ),
        // Parses files that anybody may have made: used by the worker alone.
        .target(name: "Readers", dependencies: ["XML"], swiftSettings: optimised),
        .target(
            name: "Media",
            dependencies: ["CLibAV", "Descriptors"],
            path: "Sources/Bindings/libav/Media",
            swiftSettings: optimised
        ),
        .target(name: "WorkerLink", dependencies: ["Descriptors", "Processes", "Protobuf"], swiftSettings: strict),

        // MARK: The wire

        .executableTarget(
            name: "protoc-gen-packaging",
            dependencies: ["CProtobufC", "CProtocPlugin"],
            swiftSettings: strict
        ),
        // What callers see, and what only the daemon and its workers see.
        .target(
            name: "PackagingMessages",
            dependencies: ["CPackagingMessages", "Protobuf"],
            path: "Sources/Bindings/libprotobuf-c/PackagingMessages",
            swiftSettings: optimised
        ),
        .target(
            name: "WorkerMessages",
            dependencies: ["CWorkerMessages", "Protobuf"],
            path: "Sources/Bindings/libprotobuf-c/WorkerMessages",
            swiftSettings: optimised
        ),
        // What messages and frames of both kinds stand on.
        .target(
            name: "Protobuf",
            dependencies: ["CCommonMessages", "CProtobufC"],
            path: "Sources/Bindings/libprotobuf-c/Protobuf",
            swiftSettings: optimised
        ),
        .target(
            name: "CPackagingMessages",
            dependencies: ["CCommonMessages", "CProtobufC"],
            path: "Sources/Bindings/libprotobuf-c/CPackagingMessages",
            linkerSettings: [.linkedLibrary("protobuf-c")]
        ),
        .target(
            name: "CWorkerMessages",
            dependencies: ["CProtobufC"],
            path: "Sources/Bindings/libprotobuf-c/CWorkerMessages",
            linkerSettings: [.linkedLibrary("protobuf-c")]
        ),
        .target(
            name: "CCommonMessages",
            dependencies: ["CProtobufC"],
            path: "Sources/Bindings/libprotobuf-c/CCommonMessages",
            linkerSettings: [.linkedLibrary("protobuf-c")]
        ),
        .target(
            name: "CProtocPlugin",
            dependencies: ["CProtobufC"],
            path: "Sources/Bindings/libprotobuf-c/CProtocPlugin",
            linkerSettings: [.linkedLibrary("protobuf-c")]
        ),
        .systemLibrary(
            name: "CProtobufC",
            path: "Sources/Bindings/libprotobuf-c/CProtobufC",
            pkgConfig: "libprotobuf-c",
            providers: [.apt(["libprotobuf-c-dev"])]
        ),

        // MARK: The system and the other C libraries, one target each and nothing else imports it

        .target(
            name: "PrivatePostgres",
            dependencies: ["Descriptors", "Files", "Postgres", "Processes", logging],
            path: "Sources/Bindings/libpq/PrivatePostgres",
            swiftSettings: strict
        ),
        .target(
            name: "Postgres",
            dependencies: ["CPQ", "Concurrency", "Descriptors", "Model", logging],
            path: "Sources/Bindings/libpq/Postgres",
            swiftSettings: strict
        ),
        .target(name: "XML", swiftSettings: optimised),
        .target(
            name: "HTTP",
            dependencies: ["CCurl", "Model", "Processes"],
            path: "Sources/Bindings/libcurl/HTTP",
            swiftSettings: strict
        ),
        .target(
            name: "Processes",
            dependencies: ["CLinux", "Descriptors"],
            path: "Sources/Bindings/linux/Processes",
            swiftSettings: strict
        ),
        .target(
            name: "Files",
            dependencies: ["Descriptors"],
            path: "Sources/Bindings/linux/Files",
            swiftSettings: strict
        ),
        // The only owner of file descriptors; everything else is lent their numbers.
        .target(name: "Descriptors", path: "Sources/Bindings/linux/Descriptors", swiftSettings: strict),
        .systemLibrary(
            name: "CPQ",
            path: "Sources/Bindings/libpq/CPQ",
            pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"])]
        ),
        .systemLibrary(
            name: "CCurl",
            path: "Sources/Bindings/libcurl/CCurl",
            pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"])]
        ),
        .systemLibrary(
            name: "CLibAV",
            path: "Sources/Bindings/libav/CLibAV",
            pkgConfig: "libavformat",
            providers: [.apt(["libavformat-dev", "libavcodec-dev", "libswresample-dev", "libavutil-dev"])]
        ),
        .systemLibrary(
            name: "CZlib",
            path: "Sources/Bindings/libz/CZlib",
            pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"])]
        ),
        .target(name: "CLinux", path: "Sources/Bindings/linux/CLinux"),

        // MARK: What everybody shares

        // Waiting and taking turns, for tasks of every layer.
        .target(name: "Concurrency", dependencies: ["CSanitizer"], swiftSettings: strict),
        // Stands here so that every program that waits has it: the thread sanitizer must be told of Swift's own locks.
        .target(name: "CSanitizer", path: "Sources/Bindings/linux/CSanitizer"),

        .target(name: "Model", swiftSettings: strict),

        // MARK: Tests, which may import everything above

        .target(
            name: "TestSupport",
            dependencies: ["Model", logging],
            path: "Tests/Support/TestSupport",
            swiftSettings: strict
        ),
        // Apart from TestSupport, so that a change of the database's client does not build the tests of every layer again.
        .target(
            name: "DatabaseTestSupport",
            dependencies: ["Model", "Postgres", "PrivatePostgres", "Processes", "TestSupport", logging],
            path: "Tests/Support/DatabaseTestSupport",
            swiftSettings: strict
        ),
        .target(
            name: "CConformanceMessages",
            dependencies: ["CProtobufC"],
            path: "Tests/Support/CConformanceMessages",
            linkerSettings: [.linkedLibrary("protobuf-c")]
        ),
        .target(
            name: "ConformanceMessages",
            dependencies: ["CConformanceMessages", "Protobuf"],
            path: "Tests/Support/ConformanceMessages",
            exclude: ["conformance.proto"],
            swiftSettings: strict
        ),
        .testTarget(name: "ConcurrencyTests", dependencies: ["Concurrency", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "ModelTests", dependencies: ["Model"], swiftSettings: strict),
        .testTarget(
            name: "ProtobufTests",
            dependencies: [
                "ConformanceMessages", "CProtobufC", "CProtocPlugin", "PackagingMessages", "Protobuf", "TestSupport",
                "WorkerMessages",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TTRPCTests",
            dependencies: [
                "Concurrency", "ConformanceMessages", "Model", "Protobuf", "TestSupport", "TTRPC", nio, nioPosix,
                nioSSL, logging,
            ],
            exclude: ["Resources"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "PostgresTests",
            dependencies: [
                "DatabaseTestSupport", "Files", "Model", "Postgres", "PrivatePostgres", "Processes", "TestSupport",
                logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "StoreTests",
            dependencies: ["Blobs", "DatabaseTestSupport", "Model", "Postgres", "Store", "TestSupport", logging],
            exclude: ["Resources"],
            swiftSettings: blackBox
        ),
        .testTarget(
            name: "HTTPTests",
            dependencies: ["Descriptors", "HTTP", "Model", "Processes", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TokensTests",
            dependencies: [
                "Files", "HTTP", "Model", "Processes", "TestSupport", "Tokens", crypto, logging,
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "JWTKit", package: "jwt-kit"),
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "MediaTests", dependencies: ["Descriptors", "Media", "TestSupport"], swiftSettings: strict),
        .target(name: "CConfinementProbe", path: "Tests/Support/CConfinementProbe"),
        .executableTarget(
            name: "process-probe",
            dependencies: ["CConfinementProbe", "Descriptors", "Processes"],
            path: "Tests/Support/process-probe",
            swiftSettings: strict
        ),
        .testTarget(
            name: "ProcessesTests",
            dependencies: ["Concurrency", "Descriptors", "Processes", "process-probe"],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "fake-worker",
            dependencies: ["Descriptors", "Processes", "Protobuf", "WorkerLink", "WorkerMessages"],
            path: "Tests/Support/fake-worker",
            swiftSettings: strict
        ),
        .testTarget(
            name: "WorkersTests",
            dependencies: [
                "Descriptors", "Model", "Platforms", "Processes", "TestSupport", "Validation", "WorkerLink",
                "WorkerMessages", "Workers", "fake-worker", "packaging-worker", logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "PlanningTests",
            dependencies: ["Model", "Packagers", "Planning", "Platforms", "TestSupport"],
            exclude: ["Snapshots"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "PackagersTests",
            dependencies: ["Model", "Packagers", "TestSupport", crypto],
            swiftSettings: strict
        ),
        .testTarget(name: "ReadersTests", dependencies: ["Readers", "TestSupport", "XML"], swiftSettings: strict),
        .testTarget(
            name: "ValidationTests",
            dependencies: ["Model", "Platforms", "Validation"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SpeechTests",
            dependencies: ["Model", "Processes", "Speech", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "AssetsTests",
            dependencies: ["Assets", "Blobs", "Files", "Model", "Workers", crypto],
            swiftSettings: strict
        ),
        .testTarget(
            name: "BlobsTests",
            dependencies: ["Blobs", "CloudBlobs", "Files", "HTTP", "Model", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "CloudBlobsTests",
            dependencies: ["Blobs", "CloudBlobs", "HTTP", "Model", "TestSupport", crypto],
            swiftSettings: strict
        ),
        .testTarget(
            name: "QueueTests",
            dependencies: ["Concurrency", "Model", "Postgres", "Queue", "Store", "TestSupport", logging],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SimulationTests",
            dependencies: ["Concurrency", "Model", "Queue", "Services", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "JobsTests",
            dependencies: ["Concurrency", "Jobs", "Model", "Packagers", "Planning", "Store", "Workers"],
            swiftSettings: strict
        ),
        // Packages from their making to their end: services, jobs and cleaner over a real Postgres and real files.
        .testTarget(
            name: "PackageLifeTests",
            dependencies: [
                "Assets", "Blobs", "Concurrency", "DatabaseTestSupport", "Files", "Housekeeping", "Jobs", "Model",
                "PackagingMessages", "Planning", "Postgres", "Processes", "Queue", "Server", "Services", "Speech",
                "Store", "TestSupport", "Tokens", "TTRPC", "Watch", "Workers", "fake-worker", "packaging-worker",
                crypto, logging,
            ],
            swiftSettings: blackBox
        ),
        .testTarget(
            name: "ServicesTests",
            dependencies: ["Blobs", "Files", "Model", "Platforms", "Services", "TestSupport", "Tokens", logging],
            swiftSettings: strict
        ),
        .testTarget(name: "WatchTests", dependencies: ["Model", "Watch"], swiftSettings: strict),
        .target(name: "CTerminal", path: "Tests/Support/CTerminal"),
        .testTarget(
            name: "PackctlTests",
            dependencies: [
                "CTerminal", "Concurrency", "Descriptors", "Model", "PackagingClient", "PackagingMessages",
                "PackctlCommands", "Processes", "Protobuf", "TTRPC", "TestSupport", "packagingd", "packctl", arguments,
                crypto, logging,
            ],
            exclude: ["Snapshots"],
            swiftSettings: blackBox
        ),
        .testTarget(
            name: "PackagingdTests",
            dependencies: ["Model", "TTRPC", "TestSupport", "Tokens", "packagingd", arguments, logging],
            swiftSettings: blackBox
        ),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "DatabaseTestSupport", "Descriptors", "Model", "PackagingClient", "PackagingMessages", "Postgres",
                "Processes", "Protobuf", "TTRPC", "TestSupport", "packagingd", "packaging-example", "packaging-worker",
                "packctl", crypto, logging,
            ],
            swiftSettings: blackBox
        ),
        // Measured by "make bench", and in short by "make test". It asserts nothing of times, so it is no test.
        .executableTarget(
            name: "benchmarks",
            dependencies: [
                "ConformanceMessages", "PackagingMessages", "Protobuf", "TTRPC", "TestSupport", logging, nio, nioPosix,
                nioSSL,
            ],
            path: "Tests/Benchmarks",
            swiftSettings: strict
        ),
    ]
)
