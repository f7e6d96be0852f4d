/// Events as they were at one moment.
package struct EventPage: Sendable, Hashable {
    /// The events, in order.
    package var events: [JobEvent]
    /// The last event of the same jobs that was removed; 0 for none. A reader who has not come as far has missed events.
    package var removed: Int64

    /// A page with these values.
    package init(events: [JobEvent], removed: Int64) {
        self.events = events
        self.removed = removed
    }
}
