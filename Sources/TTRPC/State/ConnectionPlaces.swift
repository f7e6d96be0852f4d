/// Counts the connections of a server, and decides which further ones it takes.
struct ConnectionPlaces {
    /// The kinds of places.
    enum Place: Hashable {
        /// Anybody's.
        case general
        /// Kept for the daemon's own user.
        case reserved
        /// Kept for checks of the daemon's health.
        case health
    }

    private var taken: [Place: Int] = [:]

    /// Takes a place for a new connection; nil if there is none.
    mutating func take(isOperator: Bool, _ limits: RPCServer.Configuration) -> Place? {
        var places = [(Place.general, limits.maximumConnections)]
        if isOperator { places.append((.reserved, limits.reservedConnections)) }
        places.append((.health, limits.healthConnections))
        guard let place = places.first(where: { taken[$0.0, default: 0] < $0.1 })?.0 else { return nil }
        taken[place, default: 0] += 1
        return place
    }

    /// A connection is closed.
    mutating func give(_ place: Place) { taken[place, default: 0] -= 1 }
}
