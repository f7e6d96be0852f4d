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
        /// One of those for the health, of a peer that has as many others as it may. It can check the health, and is told
        /// why all else is refused.
        case refusal
    }

    /// The most places of the kind ``Place/refusal`` that one peer may have, so that the others can check the health.
    static let refusalsPerPeer = 4

    private var taken: [Place: Int] = [:]
    private var ofPeers: [PeerKey: Int] = [:]
    private var refusals: [PeerKey: Int] = [:]

    /// Takes a place for a new connection; nil if there is none.
    ///
    /// - Parameters:
    ///   - isOperator: Whether it is the daemon's own user, who is not limited as a peer.
    ///   - peer: What the peer is counted by.
    ///   - most: The most connections of the peer.
    mutating func take(isOperator: Bool, peer: PeerKey, most: Int, _ limits: RPCServer.Configuration) -> Place? {
        guard isOperator || ofPeers[peer, default: 0] < most else {
            guard refusals[peer, default: 0] < Self.refusalsPerPeer, roomForHealth(limits) else { return nil }
            refusals[peer, default: 0] += 1
            taken[.refusal, default: 0] += 1
            return .refusal
        }
        var places = [(Place.general, limits.maximumConnections)]
        if isOperator { places.append((.reserved, limits.reservedConnections)) }
        let free = places.first { taken[$0.0, default: 0] < $0.1 }?.0 ?? (roomForHealth(limits) ? .health : nil)
        guard let free else { return nil }
        taken[free, default: 0] += 1
        ofPeers[peer, default: 0] += 1
        return free
    }

    /// A connection is closed.
    mutating func give(_ place: Place, of peer: PeerKey) {
        taken[place, default: 0] -= 1
        if place == .refusal { Self.decrease(&refusals, peer) } else { Self.decrease(&ofPeers, peer) }
    }

    /// Whether the peer has no other connection.
    func isGone(_ peer: PeerKey) -> Bool { ofPeers[peer] == nil && refusals[peer] == nil }

    private func roomForHealth(_ limits: RPCServer.Configuration) -> Bool {
        taken[.health, default: 0] + taken[.refusal, default: 0] < limits.healthConnections
    }

    private static func decrease(_ counts: inout [PeerKey: Int], _ peer: PeerKey) {
        let left = counts[peer, default: 1] - 1
        counts[peer] = left > 0 ? left : nil
    }
}
