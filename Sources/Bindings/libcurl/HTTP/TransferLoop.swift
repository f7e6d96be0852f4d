import CCurl
import Model
import Processes
import Synchronization

/// The thread that carries out requests, and how it is told of them.
final class TransferLoop: Sendable {
    private enum Order {
        case begin(Transfer)
        case cancel(Int)
    }

    private struct State {
        var orders: [Order] = []
        var lastID = 0
        var isStarted = false
        var isClosed = false
    }

    private let state = Mutex(State())
    private let configuration: HTTPClient.Configuration
    private let transfers: TransferSet

    init(_ configuration: HTTPClient.Configuration) {
        self.configuration = configuration
        transfers = TransferSet(connectionsPerHost: configuration.connectionsPerHost)
    }

    /// Carries out `request`, unless the task is cancelled before its end.
    func carryOut(_ request: HTTPRequest) async -> Result<HTTPResponse, HTTPError> {
        let (id, isFirst) = state.withLock { state in
            defer { state.isStarted = true }
            state.lastID += 1
            return (state.lastID, !state.isStarted)
        }
        if isFirst {
            do throws(ProcessError) {
                try BlockingThread.start(named: "http") { [self] in run() }
            } catch {
                state.withLock { $0.isStarted = false }
                return .failure(request.failure(.unsent, "\(error)"))
            }
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                order(.begin(Transfer(id: id, request, configuration, continuation)))
                // A task that was cancelled earlier has given its order before there was anything to cancel.
                if Task.isCancelled { order(.cancel(id)) }
            }
        } onCancel: {
            order(.cancel(id))
        }
    }

    /// Ends the thread. No request may be under way.
    func close() {
        state.withLock { $0.isClosed = true }
        transfers.wake()
    }

    private func order(_ order: Order) {
        state.withLock { $0.orders.append(order) }
        transfers.wake()
    }

    private func run() {
        while true {
            let (orders, isClosed) = state.withLock { state in
                defer { state.orders = [] }
                return (state.orders, state.isClosed)
            }
            for order in orders {
                switch order {
                case .begin(let transfer): transfers.begin(transfer)
                case .cancel(let id): transfers.cancel(id)
                }
            }
            if isClosed { return transfers.cancelAll() }
            transfers.perform()
        }
    }
}

/// The transfers under way, and libcurl's handle for them. Except for `wake`, only the thread of the loop calls it.
///
/// Unchecked, because only that thread changes it, and libcurl allows waking it from every thread while the handle lives,
/// which this object sees to.
@safe private final class TransferSet: @unchecked Sendable {
    private let handle: UnsafeMutableRawPointer
    private var running: [Transfer] = []

    init(connectionsPerHost: Int) {
        Curl.start()
        guard let handle = unsafe curl_multi_init() else { fatalError("could not allocate a handle of libcurl") }
        unsafe self.handle = handle
        _ = unsafe ccurl_multi_set_long(handle, CURLMOPT_MAX_HOST_CONNECTIONS, connectionsPerHost)
    }

    deinit { unsafe curl_multi_cleanup(handle) }

    func wake() { _ = unsafe curl_multi_wakeup(handle) }

    func begin(_ transfer: Transfer) {
        guard unsafe transfer.join(handle) else { return }
        running.append(transfer)
    }

    func cancel(_ id: Int) {
        guard let place = running.firstIndex(where: { $0.id == id }) else { return }
        unsafe running.remove(at: place).cancel(in: handle)
    }

    func cancelAll() {
        for transfer in running { unsafe transfer.cancel(in: handle) }
        running = []
    }

    /// Moves the transfers on, ends those that are done, and waits until there is something to do.
    func perform() {
        var count: CInt = 0
        unsafe curl_multi_perform(handle, &count)
        while let message = unsafe curl_multi_info_read(handle, &count)?.pointee {
            guard unsafe message.msg == CURLMSG_DONE,
                let place = running.firstIndex(where: { transfer in unsafe transfer.isOf(message.easy_handle) })
            else { continue }
            // The message is gone once its transfer leaves the handle.
            let result = unsafe message.data.result
            unsafe running.remove(at: place).end(result, in: handle)
        }
        unsafe curl_multi_poll(handle, nil, 0, 60_000, nil)
    }
}

/// The library as a whole.
enum Curl {
    /// Sets up libcurl, once for the process, because that may not happen in two threads at once.
    static func start() { precondition(isReady, "could not set up libcurl") }

    // 3 is CURL_GLOBAL_ALL, a macro that Swift does not see.
    private static let isReady = curl_global_init(3) == CURLE_OK
}
