import CCurl
import Model

/// One request: libcurl's handle for it, what was received, and who waits for the answer.
///
/// Unchecked, because after it was made, only the thread of the ``TransferLoop`` touches it.
@safe final class Transfer: @unchecked Sendable {
    typealias Answer = Result<HTTPResponse, PackagingError>

    let id: Int
    private let request: HTTPRequest
    private let continuation: CheckedContinuation<Answer, Never>
    private let handle: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private var headers: UnsafeMutablePointer<curl_slist>?
    private var body: [UInt8] = []
    private var headerBytes = 0
    private var isBodyTooLarge = false
    private var isHeaderTooLarge = false
    /// Whether the headers have come to their end: an empty line.
    private var isHeaderComplete = false

    init(id: Int, _ request: HTTPRequest, _ continuation: CheckedContinuation<Answer, Never>) {
        guard let handle = unsafe curl_easy_init() else { fatalError("could not allocate a handle of libcurl") }
        self.id = id
        self.request = request
        self.continuation = continuation
        unsafe self.handle = handle
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        unsafe curl_easy_cleanup(handle)
        unsafe curl_slist_free_all(headers)
        unsafe errorText.deallocate()
    }

    func isOf(_ other: UnsafeMutableRawPointer?) -> Bool { unsafe other == handle }

    /// Begins the transfer among those of `set`. If that fails, the request is answered with the reason.
    ///
    /// - Returns: Whether it began.
    func join(_ set: UnsafeMutableRawPointer) -> Bool {
        let result = configure()
        guard result == CURLE_OK else {
            continuation.resume(returning: .failure(failure(result)))
            return false
        }
        guard unsafe curl_multi_add_handle(set, handle) == CURLM_OK else {
            continuation.resume(returning: .failure(request.failure(.unavailable, "libcurl does not take the request")))
            return false
        }
        return true
    }

    /// Takes the transfer out of `set`, and answers the request with the result.
    func end(_ result: CURLcode, in set: UnsafeMutableRawPointer) {
        var status = 0
        _ = unsafe ccurl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        unsafe curl_multi_remove_handle(set, handle)
        // A body that ends early has a status, too: only the result tells that all of it is there.
        guard result == CURLE_OK else { return continuation.resume(returning: .failure(failure(result))) }
        // libcurl takes the end of the connection for the end of the headers.
        guard isHeaderComplete else {
            let failure = request.failure(.unavailable, "the answer ended before the end of its headers")
            return continuation.resume(returning: .failure(failure))
        }
        continuation.resume(returning: .success(HTTPResponse(status: status, body: body)))
    }

    /// Takes the transfer out of `set`, which closes its connection.
    func cancel(in set: UnsafeMutableRawPointer) {
        unsafe curl_multi_remove_handle(set, handle)
        continuation.resume(returning: .failure(request.failure(.cancelled, "the request was cancelled")))
    }

    // MARK: What libcurl is told

    private func configure() -> CURLcode {
        let (address, configuration) = (request.address, request.configuration)
        var result = CURLE_OK
        func set(_ option: CURLoption, _ value: Int) {
            if result == CURLE_OK { result = unsafe ccurl_set_long(handle, option, value) }
        }
        func set(_ option: CURLoption, _ value: String) {
            if result == CURLE_OK { result = unsafe ccurl_set_text(handle, option, value) }
        }
        set(CURLOPT_URL, address.url)
        set(CURLOPT_PROTOCOLS_STR, address.isEncrypted ? "https" : "http")
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        set(CURLOPT_HTTPGET, 1)
        set(CURLOPT_USERAGENT, configuration.userAgent)
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        if let authorities = configuration.authorities { set(CURLOPT_CAINFO, authorities) }
        // A proxy of the environment is for the world outside.
        if address.isLoopback { set(CURLOPT_NOPROXY, "*") }
        set(CURLOPT_CONNECTTIMEOUT_MS, configuration.connectTimeout.wholeMilliseconds)
        set(CURLOPT_TIMEOUT_MS, request.timeout.wholeMilliseconds)
        // Signals would reach other threads; and a cancelled request does not wait for its name server.
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_QUICK_EXIT, 1)
        guard result == CURLE_OK else { return result }
        return configurePointers()
    }

    private func configurePointers() -> CURLcode {
        for header in request.headers {
            unsafe headers = curl_slist_append(headers, "\(header.name): \(header.value)")
        }
        // The loop keeps this object for as long as libcurl has its address.
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        let results = unsafe [
            ccurl_set_list(handle, CURLOPT_HTTPHEADER, headers),
            ccurl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText),
            ccurl_set_pointer(handle, CURLOPT_WRITEDATA, context),
            ccurl_set_write(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
                unsafe Transfer.of(context)?.receive(bytes, size * count) ?? 0
            },
            ccurl_set_pointer(handle, CURLOPT_HEADERDATA, context),
            ccurl_set_write(handle, CURLOPT_HEADERFUNCTION) { _, size, count, context in
                unsafe Transfer.of(context)?.receiveHeader(size * count) ?? 0
            },
        ]
        return results.first { $0 != CURLE_OK } ?? CURLE_OK
    }

    // MARK: What libcurl tells

    private static func of(_ context: UnsafeMutableRawPointer?) -> Transfer? {
        guard let context = unsafe context else { return nil }
        return unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    }

    /// - Returns: `count`, or less to end the transfer.
    private func receive(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
        guard body.count + count <= request.limit else {
            isBodyTooLarge = true
            return 0
        }
        unsafe body.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
        return count
    }

    private func receiveHeader(_ count: Int) -> Int {
        headerBytes += count
        // The shortest line that is not empty has three characters and its end.
        isHeaderComplete = count <= 2
        isHeaderTooLarge = headerBytes > HTTPRequest.headerLimit
        return isHeaderTooLarge ? 0 : count
    }

    private func failure(_ result: CURLcode) -> PackagingError {
        if isBodyTooLarge {
            return request.failure(.resourceExhausted, "the answer has more than \(request.limit) bytes")
        }
        if isHeaderTooLarge {
            return request.failure(
                .resourceExhausted,
                "the headers of the answer have more than \(HTTPRequest.headerLimit) bytes"
            )
        }
        // libcurl's own words for a time that ran out count milliseconds and bytes, which are never the same twice.
        if result == CURLE_OPERATION_TIMEDOUT {
            let seconds = Double(request.timeout.wholeMilliseconds) / 1000
            return request.failure(.unavailable, "there was no complete answer within \(seconds) s")
        }
        var words = unsafe String(cString: errorText)
        if words.isEmpty { words = unsafe String(cString: curl_easy_strerror(result)) }
        // Some of its words quote what the server sent.
        let line = words.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : String($0) }.joined()
        return request.failure(.unavailable, String(line.prefix(200)))
    }
}

extension Duration {
    /// At least one, because zero would mean no limit.
    fileprivate var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        return max(1, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
    }
}
