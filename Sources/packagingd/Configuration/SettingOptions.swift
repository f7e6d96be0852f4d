import ArgumentParser

// The flags of the settings. Their values are taken as text, and then checked like those of the file and the
// environment.

/// The option that names the configuration file.
struct FileOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The configuration file; else the one PACKAGINGD_CONFIG names, else \(ConfigurationFile.usualPath) if it is "
                + "there.",
            valueName: "FILE"
        ),
        completion: .file()
    )
    var config: String?
}

/// The option that names the state folder.
struct StateOption: ParsableArguments {
    @Option(name: Setting.stateDir.flagName, help: Setting.stateDir.help, completion: .directory)
    var stateDir: String?

    /// The value that was given, by setting.
    var flags: [String: [String]] { given([(Setting.stateDir, stateDir)]) }
}

/// The options that name the database.
struct DatabaseOptions: ParsableArguments {
    @Option(name: Setting.databaseURL.flagName, help: Setting.databaseURL.help)
    var databaseURL: String?

    @Option(
        name: Setting.databasePasswordFile.flagName,
        help: Setting.databasePasswordFile.help,
        completion: .file()
    )
    var databasePasswordFile: String?

    /// The values that were given, by setting.
    var flags: [String: [String]] {
        given([(Setting.databaseURL, databaseURL), (Setting.databasePasswordFile, databasePasswordFile)])
    }
}

/// The options about who may connect, and how.
struct NetworkOptions: ParsableArguments {
    @Option(name: Setting.tlsCertificate.flagName, help: Setting.tlsCertificate.help, completion: .file())
    var tlsCertificate: String?

    @Option(name: Setting.tlsKey.flagName, help: Setting.tlsKey.help, completion: .file())
    var tlsKey: String?

    @Option(name: Setting.tlsClientCA.flagName, help: Setting.tlsClientCA.help, completion: .file())
    var tlsClientCA: String?

    @Flag(name: Setting.insecureLoopback.flagName, inversion: .prefixedNo, help: Setting.insecureLoopback.help)
    var insecureLoopback: Bool?

    @Option(name: Setting.socketGroup.flagName, help: Setting.socketGroup.help)
    var socketGroup: String?

    @Option(name: Setting.maxConnections.flagName, help: Setting.maxConnections.help)
    var maxConnections: String?

    @Option(name: Setting.maxConnectionsPerPeer.flagName, help: Setting.maxConnectionsPerPeer.help)
    var maxConnectionsPerPeer: String?

    @Option(name: Setting.gatewayPeers.flagName, help: Setting.gatewayPeers.help)
    var gatewayPeers: [String] = []

    /// The values that were given, by setting.
    var flags: [String: [String]] {
        var flags = given([
            (Setting.tlsCertificate, tlsCertificate), (Setting.tlsKey, tlsKey), (Setting.tlsClientCA, tlsClientCA),
            (Setting.insecureLoopback, insecureLoopback.map { "\($0)" }), (Setting.socketGroup, socketGroup),
            (Setting.maxConnections, maxConnections), (Setting.maxConnectionsPerPeer, maxConnectionsPerPeer),
        ])
        if !gatewayPeers.isEmpty { flags[Setting.gatewayPeers.name] = gatewayPeers }
        return flags
    }
}

/// The options that name the blob store, and how other servers are reached.
struct BlobOptions: ParsableArguments {
    @Option(name: Setting.blobURL.flagName, help: Setting.blobURL.help)
    var blobURL: String?

    @Option(name: Setting.blobEndpoint.flagName, help: Setting.blobEndpoint.help)
    var blobEndpoint: String?

    @Option(name: Setting.blobCredentialsFile.flagName, help: Setting.blobCredentialsFile.help, completion: .file())
    var blobCredentialsFile: String?

    @Option(name: Setting.blobRegion.flagName, help: Setting.blobRegion.help)
    var blobRegion: String?

    @Flag(name: Setting.blobPathStyle.flagName, inversion: .prefixedNo, help: Setting.blobPathStyle.help)
    var blobPathStyle: Bool?

    @Option(name: Setting.httpProxy.flagName, help: Setting.httpProxy.help)
    var httpProxy: String?

    @Option(name: Setting.httpCA.flagName, help: Setting.httpCA.help, completion: .file())
    var httpCA: String?

    /// The values that were given, by setting.
    var flags: [String: [String]] {
        given([
            (Setting.blobURL, blobURL), (Setting.blobEndpoint, blobEndpoint),
            (Setting.blobCredentialsFile, blobCredentialsFile), (Setting.blobRegion, blobRegion),
            (Setting.blobPathStyle, blobPathStyle.map { "\($0)" }), (Setting.httpProxy, httpProxy),
            (Setting.httpCA, httpCA),
        ])
    }
}

/// The options that name the daemon's locations. `serve` and `doctor` read them in the same way.
struct PlaceOptions: ParsableArguments {
    @OptionGroup var state: StateOption

    @Option(name: Setting.listen.flagName, help: Setting.listen.help, completion: .file())
    var listen: [String] = []

    @OptionGroup var network: NetworkOptions

    @OptionGroup var database: DatabaseOptions

    @OptionGroup var blobs: BlobOptions

    @Option(name: Setting.workers.flagName, help: Setting.workers.help)
    var workers: String?

    /// The values that were given, by setting.
    var flags: [String: [String]] {
        var flags = given([(Setting.workers, workers)])
        if !listen.isEmpty { flags[Setting.listen.name] = listen }
        for group in [state.flags, network.flags, database.flags, blobs.flags] { flags.merge(group) { $1 } }
        return flags
    }
}

/// The options that say whose tokens are taken.
struct TokenOptions: ParsableArguments {
    @Option(name: Setting.jwks.flagName, help: Setting.jwks.help, completion: .file())
    var jwks: String?

    @Option(name: Setting.tokenIssuer.flagName, help: Setting.tokenIssuer.help)
    var tokenIssuer: String?

    @Option(name: Setting.tokenAudience.flagName, help: Setting.tokenAudience.help)
    var tokenAudience: String?

    @Option(name: Setting.tokenSecretFile.flagName, help: Setting.tokenSecretFile.help, completion: .file())
    var tokenSecretFile: String?

    /// The values that were given, by setting.
    var flags: [String: [String]] {
        given([
            (Setting.jwks, jwks), (Setting.tokenIssuer, tokenIssuer), (Setting.tokenAudience, tokenAudience),
            (Setting.tokenSecretFile, tokenSecretFile),
        ])
    }
}

/// All settings, as `serve` takes them.
struct SettingOptions: ParsableArguments {
    @OptionGroup var file: FileOption

    @OptionGroup var places: PlaceOptions

    @OptionGroup var tokens: TokenOptions

    @Flag(name: Setting.migrate.flagName, inversion: .prefixedNo, help: Setting.migrate.help)
    var migrate: Bool?

    @Option(name: Setting.drainSeconds.flagName, help: Setting.drainSeconds.help)
    var drainSeconds: String?

    @Option(name: Setting.logLevel.flagName, help: Setting.logLevel.help, completion: Setting.logLevel.completion)
    var logLevel: String?

    @Option(name: Setting.logFormat.flagName, help: Setting.logFormat.help, completion: Setting.logFormat.completion)
    var logFormat: String?

    /// The sources of the configuration: flags, environment and file.
    var sources: ConfigurationSources {
        let own = given([
            (Setting.migrate, migrate.map { "\($0)" }), (Setting.drainSeconds, drainSeconds),
            (Setting.logLevel, logLevel), (Setting.logFormat, logFormat),
        ])
        let flags = places.flags.merging(tokens.flags) { $1 }.merging(own) { $1 }
        return .ofThisProcess(flags: flags, file: file.config)
    }
}

extension Setting {
    /// The kind of values that the shell completes with Tab.
    fileprivate var completion: CompletionKind {
        guard case .choice(let words) = kind else { return .default }
        return .list(words)
    }
}

private func given(_ values: [(Setting, String?)]) -> [String: [String]] {
    var flags: [String: [String]] = [:]
    for (setting, value) in values {
        if let value { flags[setting.name] = [value] }
    }
    return flags
}
