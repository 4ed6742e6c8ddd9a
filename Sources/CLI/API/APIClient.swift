// Speaks to the server: the headers that every request carries, retries, one redirect, and the
// API's habit of saying "there is nothing" with a 404.

import JSON

struct APIClient: Sendable {
    var settings: ClientSettings
    /// With -output-curl-string, the next request is shown and not sent.
    var printsCurl: Bool

    /// The same client for a request that the command makes for itself.
    var unseen: APIClient {
        var client = self
        client.printsCurl = false
        client.settings.wrapTTL = nil
        return client
    }

    // MARK: Operations

    /// nil if there is nothing at the path.
    func read(
        _ path: String, query: [(name: String, value: String)] = []
    ) async throws -> Secret? {
        try await secretOrNothing(.get(path, query: query))
    }

    func list(_ path: String) async throws -> Secret? { try await secretOrNothing(.list(path)) }

    /// nil if the server had nothing to say.
    func send(_ request: APIRequest) async throws -> Secret? {
        try Secret(parsing: try await exchange(request).body)
    }

    /// An answer that has to be there.
    func object(_ request: APIRequest) async throws -> JSONObject {
        let body = try await exchange(request).body
        guard let value = try? JSONValue(parsing: body, limits: .unlimitedMembers),
            let members = value.objectValue
        else { throw CommandError.server("the server's answer to \(request.path) is not JSON") }
        return members
    }

    private func secretOrNothing(_ request: APIRequest) async throws -> Secret? {
        do {
            return try await send(request)
        } catch let error as ServerError where error.status == 404 && !error.isRaw {
            // Deleted versions and empty lists answer 404 and still carry data or warnings.
            guard let secret = try Secret(parsing: error.body), error.errors.isEmpty,
                secret.data?.isEmpty == false || !secret.warnings.isEmpty
            else { return nil }
            return secret
        }
    }

    // MARK: Exchange

    /// Every status from 400 on is thrown as a `ServerError`.
    func exchange(_ request: APIRequest) async throws -> HTTPAnswer {
        var address = settings.address
        var call = try makeCall(request, address: address)
        if printsCurl { throw CurlCommand(call: call, settings: settings) }

        var answer = try await exchangeRetrying(call, request: request, address: address)
        if let target = try redirect(answer, from: address) {
            address = target.address
            call.target = target.target
            call = call.with(host: address.authority)
            answer = try await exchangeRetrying(call, request: request, address: address)
        }
        guard (200..<300).contains(answer.status) else {
            throw ServerError(
                request: request, base: address.baseText + address.pathPrefix,
                namespace: settings.namespace, answer: answer)
        }
        return answer
    }

    func makeCall(
        _ request: APIRequest, address: ServerAddress
    ) throws(CommandError) -> HTTPCall {
        var headers: [HTTPCall.Header] = []
        func add(_ name: String, _ value: String) {
            headers.append(HTTPCall.Header(name: name, value: value))
        }
        add("Host", address.authority)
        add("Connection", "close")
        add("User-Agent", "coffer/\(Version.number)")
        add("X-Vault-Request", "true")
        if let token = settings.token {
            guard token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw .server("the token has characters that cannot be part of a token")
            }
            add("X-Vault-Token", token)
        }
        if !settings.namespace.isEmpty { add("X-Vault-Namespace", settings.namespace + "/") }
        if let ttl = settings.wrapTTL { add("X-Vault-Wrap-TTL", ttl) }
        for header in settings.headers { add(header.name, header.value) }
        let body = request.body.map { $0.encoded() } ?? []
        if request.body != nil {
            let isPatch = request.method == "PATCH"
            add("Content-Type", isPatch ? "application/merge-patch+json" : "application/json")
            add("Content-Length", String(body.count))
        }
        return HTTPCall(
            method: request.method, target: address.pathPrefix + request.target, headers: headers,
            body: body)
    }

    private func exchangeRetrying(
        _ call: HTTPCall, request: APIRequest, address: ServerAddress
    ) async throws -> HTTPAnswer {
        var attempt = 0
        while true {
            let answer = try await HTTPTransport.send(
                call, to: address, tls: settings.tls,
                timeoutMilliseconds: settings.timeoutMilliseconds)
            guard attempt < settings.maxRetries,
                Self.isWorthRetrying(answer.status, method: call.method)
            else { return answer }
            attempt += 1
            try await Task.sleep(for: .milliseconds(settings.retryWaitMilliseconds))
        }
    }

    /// A read is tried again after any passing server error. A write is not sent twice unless the
    /// server says that it did not take it: a repeated one could make a second token.
    static func isWorthRetrying(_ status: Int, method: String) -> Bool {
        switch status {
        case 412, 429, 503: true
        case 501: false
        case 500...599: method == "GET"
        default: false
        }
    }

    /// A standby sends its clients to the active node. Never from TLS to plain text.
    private func redirect(
        _ answer: HTTPAnswer, from address: ServerAddress
    ) throws -> (address: ServerAddress, target: String)? {
        guard [301, 302, 307, 308].contains(answer.status), let location = answer.location else {
            return nil
        }
        if location.hasPrefix("/") { return (address, location) }
        guard let scheme = location.utf8.firstIndex(of: UInt8(ascii: ":")),
            location[scheme...].hasPrefix("://")
        else { throw CommandError.server("the server redirects to an address that is not one") }
        let afterScheme = location[scheme...].dropFirst(3)
        let authority = afterScheme.prefix { $0 != "/" && $0 != "?" }
        let target = afterScheme[authority.endIndex...]
        let next: ServerAddress
        do {
            next = try ServerAddress(String(location[..<authority.endIndex]))
        } catch {
            throw CommandError.server("the server redirects to an address that is not one")
        }
        guard next.isTLS || !address.isTLS else {
            throw CommandError.server("redirect would cause protocol downgrade")
        }
        return (next, target.isEmpty ? "/" : String(target))
    }
}

extension HTTPCall {
    fileprivate func with(host: String) -> HTTPCall {
        var copy = self
        copy.headers = headers.map { $0.name == "Host" ? Header(name: "Host", value: host) : $0 }
        return copy
    }
}
