import CCurl
import Model

/// One request: libcurl's handle for it, what was received, and who waits for the answer.
///
/// Unchecked, because after it was made, only the thread of the ``TransferLoop`` touches it.
@safe final class Transfer: @unchecked Sendable {
    typealias Answer = Result<HTTPResponse, HTTPError>

    let id: Int
    private let request: HTTPRequest
    private let configuration: HTTPClient.Configuration
    private let continuation: CheckedContinuation<Answer, Never>
    private let handle: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private var headers: UnsafeMutablePointer<curl_slist>?
    /// How much of the request's body was sent.
    private var sent = 0
    private var received: [HTTPField] = []
    private var body: [UInt8] = []
    private var headerBytes = 0
    private var isBodyTooLarge = false
    private var isHeaderTooLarge = false
    /// Whether the headers have come to their end: an empty line.
    private var isHeaderComplete = false

    init(
        id: Int,
        _ request: HTTPRequest,
        _ configuration: HTTPClient.Configuration,
        _ continuation: CheckedContinuation<Answer, Never>
    ) {
        guard let handle = unsafe curl_easy_init() else { fatalError("could not allocate a handle of libcurl") }
        self.id = id
        self.request = request
        self.configuration = configuration
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
            continuation.resume(returning: .failure(request.failure(.unsent, "libcurl does not take the request")))
            return false
        }
        return true
    }

    /// Takes the transfer out of `set`, and answers the request with the result.
    func end(_ result: CURLcode, in set: UnsafeMutableRawPointer) {
        var status = 0
        _ = unsafe ccurl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        unsafe curl_multi_remove_handle(set, handle)
        let answer = HTTPResponse(status: status, headers: received, body: body)
        // A body that ends early has a status, too: only the result tells that all of it is there.
        guard result == CURLE_OK else {
            return continuation.resume(returning: .failure(failure(result, isHeaderComplete ? answer : nil)))
        }
        // libcurl takes the end of the connection for the end of the headers.
        guard isHeaderComplete else {
            let failure = request.failure(.broken, "the answer ended before the end of its headers")
            return continuation.resume(returning: .failure(failure))
        }
        continuation.resume(returning: .success(answer))
    }

    /// Takes the transfer out of `set`, which closes its connection.
    func cancel(in set: UnsafeMutableRawPointer) {
        unsafe curl_multi_remove_handle(set, handle)
        continuation.resume(returning: .failure(request.failure(.cancelled, "the request was cancelled")))
    }

    // MARK: What libcurl is told

    private func configure() -> CURLcode {
        let address = request.address
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
        // The path is signed as it is written, dots included.
        set(CURLOPT_PATH_AS_IS, 1)
        switch request.method {
        case .get: set(CURLOPT_HTTPGET, 1)
        case .head: set(CURLOPT_NOBODY, 1)
        case .delete: set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        case .put, .post:
            // Sent in the same way, without what libcurl adds to a form.
            set(CURLOPT_UPLOAD, 1)
            set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
            if result == CURLE_OK {
                result = unsafe ccurl_set_size(handle, CURLOPT_INFILESIZE_LARGE, Int64(request.body.count))
            }
        }
        set(CURLOPT_USERAGENT, configuration.userAgent)
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        if let authorities = configuration.authorities { set(CURLOPT_CAINFO, authorities) }
        if let proxy = configuration.proxy { set(CURLOPT_PROXY, proxy) }
        // A proxy is for the world outside.
        if address.isLoopback { set(CURLOPT_NOPROXY, "*") }
        set(CURLOPT_CONNECTTIMEOUT_MS, configuration.connectTimeout.wholeMilliseconds)
        set(CURLOPT_TIMEOUT_MS, request.timeout.wholeMilliseconds)
        if let stallLimit = request.stallLimit {
            set(CURLOPT_LOW_SPEED_LIMIT, 1024)
            set(CURLOPT_LOW_SPEED_TIME, max(1, Int(stallLimit.components.seconds)))
        }
        // Signals would reach other threads; and a cancelled request does not wait for its name server.
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_QUICK_EXIT, 1)
        guard result == CURLE_OK else { return result }
        return configurePointers()
    }

    private func configurePointers() -> CURLcode {
        for header in request.headers {
            // libcurl writes a field without a value only if it ends with a semicolon.
            let line = header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)"
            unsafe headers = curl_slist_append(headers, line)
        }
        // Most servers answer a body that waits for their leave only after a second.
        unsafe headers = curl_slist_append(headers, "Expect:")
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
            ccurl_set_write(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
                unsafe Transfer.of(context)?.receiveHeader(bytes, size * count) ?? 0
            },
            ccurl_set_pointer(handle, CURLOPT_READDATA, context),
            ccurl_set_write(handle, CURLOPT_READFUNCTION) { bytes, size, count, context in
                unsafe Transfer.of(context)?.give(bytes, size * count) ?? 0
            },
            // A connection that was closed meanwhile makes libcurl begin anew on another one.
            ccurl_set_pointer(handle, CURLOPT_SEEKDATA, context),
            ccurl_set_seek(handle, CURLOPT_SEEKFUNCTION) { context, offset, origin in
                unsafe Transfer.of(context)?.seek(to: Int(offset), origin) ?? CURL_SEEKFUNC_FAIL
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

    private func receiveHeader(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
        headerBytes += count
        // The shortest line that is not empty has three characters and its end.
        isHeaderComplete = count <= 2
        isHeaderTooLarge = headerBytes > HTTPRequest.headerLimit
        guard !isHeaderTooLarge else { return 0 }
        let line = unsafe String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            // An interim answer, such as 100 Continue, was none.
            received = []
        } else if let colon = line.firstIndex(of: ":") {
            let value = line[line.index(after: colon)...].drop(while: \.isWhitespace)
            let end = value.lastIndex { !$0.isWhitespace }.map { value.index(after: $0) } ?? value.startIndex
            received.append(HTTPField(String(line[..<colon]), String(value[..<end])))
        }
        return count
    }

    /// - Returns: The number of bytes; 0 at the end.
    private func give(_ bytes: UnsafeMutablePointer<CChar>?, _ room: Int) -> Int {
        let count = min(room, request.body.count - sent)
        guard count > 0, let bytes = unsafe bytes else { return 0 }
        unsafe request.body.withUnsafeBytes { body in
            unsafe UnsafeMutableRawPointer(bytes)
                .copyMemory(from: body.baseAddress.unsafelyUnwrapped + sent, byteCount: count)
        }
        sent += count
        return count
    }

    private func seek(to offset: Int, _ origin: CInt) -> CInt {
        guard origin == SEEK_SET, (0...request.body.count).contains(offset) else { return CURL_SEEKFUNC_FAIL }
        sent = offset
        return CURL_SEEKFUNC_OK
    }

    private func failure(_ result: CURLcode, _ partial: HTTPResponse? = nil) -> HTTPError {
        if isBodyTooLarge {
            return request.failure(.tooLarge, "the answer has more than \(request.limit) bytes")
        }
        if isHeaderTooLarge {
            return request.failure(
                .tooLarge,
                "the headers of the answer have more than \(HTTPRequest.headerLimit) bytes"
            )
        }
        // What libcurl has sent of the head, in bytes; it tells nothing of a proxy's part.
        var size = 0
        _ = unsafe ccurl_get_long(handle, CURLINFO_REQUEST_SIZE, &size)
        let kind: HTTPError.Kind = size == 0 ? .unsent : .broken
        // libcurl's own words for a time that ran out count milliseconds and bytes, which are never the same twice.
        if result == CURLE_OPERATION_TIMEDOUT {
            return request.failure(kind, timeWords(isConnected: size > 0), partial: partial)
        }
        var words = unsafe String(cString: errorText)
        if words.isEmpty { words = unsafe String(cString: curl_easy_strerror(result)) }
        // Some of its words quote what the server sent.
        let line = words.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : String($0) }.joined()
        return request.failure(kind, String(line.prefix(200)), partial: partial)
    }

    /// Which of the limits of time has run out.
    private func timeWords(isConnected: Bool) -> String {
        var took = 0.0
        _ = unsafe ccurl_get_double(handle, CURLINFO_TOTAL_TIME, &took)
        let limit = request.timeout.seconds
        if took >= limit - 0.001 { return "there was no complete answer within \(limit) s" }
        if let stallLimit = request.stallLimit, isConnected {
            return "almost nothing moved for \(stallLimit.seconds) s"
        }
        return "there was no connection within \(configuration.connectTimeout.seconds) s"
    }
}

extension Duration {
    fileprivate var seconds: Double { Double(wholeMilliseconds) / 1000 }

    /// At least one, because zero would mean no limit.
    fileprivate var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        return max(1, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
    }
}
