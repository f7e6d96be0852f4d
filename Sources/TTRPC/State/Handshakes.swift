/// Counts the connections that are in the handshake of TLS, and decides which further ones may begin it.
///
/// They have no place among the connections yet: who does not finish must not take one. Each costs memory and work all the
/// same, before anybody knows who it is, so they have limits of their own.
struct Handshakes {
    private var total = 0
    private var ofPeers: [PeerKey: Int] = [:]

    /// Begins one; false if there are too many.
    mutating func begin(_ peer: PeerKey, isGateway: Bool, _ limits: RPCServer.Configuration) -> Bool {
        guard total < limits.maximumHandshakes,
            isGateway || ofPeers[peer, default: 0] < limits.maximumHandshakesPerPeer
        else { return false }
        total += 1
        ofPeers[peer, default: 0] += 1
        return true
    }

    /// One is over, well or not.
    mutating func end(_ peer: PeerKey) {
        total -= 1
        let left = ofPeers[peer, default: 1] - 1
        ofPeers[peer] = left > 0 ? left : nil
    }
}
