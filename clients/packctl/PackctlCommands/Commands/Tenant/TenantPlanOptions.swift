internal import ArgumentParser
internal import PackagingMessages

/// The options that describe a tenant's plan. What is not named stays as it is.
struct TenantPlanOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The bytes of packages that it may keep, such as 50GB, \"500 MB\" or 1000000.",
            valueName: "size"
        )
    )
    var quota: String?

    @Option(help: ArgumentHelp("The jobs that it may start within any hour.", valueName: "n"))
    var jobsPerHour: Int32?

    @Option(help: ArgumentHelp("The archived versions of a book that it may keep for each platform.", valueName: "n"))
    var versions: Int32?

    @Option(help: ArgumentHelp("The days that an archived package is kept, 7 through 90.", valueName: "n"))
    var retentionDays: Int32?

    @Flag(
        inversion: .prefixedNo,
        help: "Whether archiving one version too many deletes the oldest; it is refused otherwise."
    )
    var dropsOldest: Bool?

    /// Whether nothing is named.
    var isEmpty: Bool {
        quota == nil && jobsPerHour == nil && versions == nil && retentionDays == nil && dropsOldest == nil
    }

    /// Checks the values, as far as that needs no daemon.
    func check() throws(Complaint) {
        if let quota { _ = try ByteSize.bytes(quota, option: "--quota") }
        try check(jobsPerHour, 0...1_000_000, "--jobs-per-hour")
        try check(versions, 1...1000, "--versions")
        try check(retentionDays, 7...90, "--retention-days")
    }

    /// The tenant with what the options name.
    func applied(to tenant: Tenant) throws(Complaint) -> Tenant {
        var tenant = tenant
        if let quota { tenant.quotaBytes = try ByteSize.bytes(quota, option: "--quota") }
        if let jobsPerHour { tenant.jobsPerHour = jobsPerHour }
        if let versions { tenant.versionLimit = versions }
        if let retentionDays { tenant.defaultRetentionDays = retentionDays }
        if let dropsOldest { tenant.dropsOldestVersion = dropsOldest }
        return tenant
    }

    private func check(_ value: Int32?, _ bounds: ClosedRange<Int32>, _ name: String) throws(Complaint) {
        guard let value, !bounds.contains(value) else { return }
        let upper = Quantities.grouped(bounds.upperBound)
        throw Complaint(.usage, "\(name) must be \(bounds.lowerBound) through \(upper), not \(value)")
    }
}

/// Sizes as users write them.
enum ByteSize {
    /// The largest size: a million gigabytes.
    static let largest: Int64 = 1_000_000_000_000_000

    private static let units: [String: Double] = [
        "": 1, "b": 1, "byte": 1, "bytes": 1, "k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9, "t": 1e12,
        "tb": 1e12, "kib": 1024, "mib": 1_048_576, "gib": 1_073_741_824, "tib": 1_099_511_627_776,
    ]

    /// The bytes of `text`: a number without or with a unit, such as "50GB", "1.5 TB", "500 MB" or "1000000". Units are
    /// powers of 1,000, or of 1,024 if they are written so ("GiB").
    ///
    /// - Throws: ``Complaint`` that names `option`.
    static func bytes(_ text: String, option: String) throws(Complaint) -> Int64 {
        let words = text.trimmingWhitespace()
        let number = words.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = String(words.dropFirst(number.count)).trimmingWhitespace().lowercased()
        guard let value = Double(String(number)), number.first != ".", number.last != ".", let factor = units[unit]
        else {
            throw Complaint(
                .usage,
                "\(option) \"\(text)\" is not a size",
                hint: "Write a number and a unit, such as 50GB, \"500 MB\" or 1.5TB; without a unit it means bytes."
            )
        }
        let bytes = (value * factor).rounded()
        guard bytes <= Double(largest) else {
            throw Complaint(.usage, "\(option) \"\(text)\" is more than \(Quantities.size(largest))")
        }
        return Int64(bytes)
    }
}
