// An answer that is used as it comes in, and that may take as long as it likes.

extension APIClient {
    /// Hands the body's parts over as they come. Every status from 400 on is thrown as a
    /// `ServerError`.
    func stream(
        _ request: APIRequest, each: @escaping @Sendable ([UInt8]) -> Void
    ) async throws {
        let call = try makeCall(request, address: settings.address)
        if printsCurl { throw CurlCommand(call: call, settings: settings) }
        let answer = try await HTTPTransport.send(
            call, to: settings.address, tls: settings.tls, timeoutMilliseconds: nil, each: each)
        guard (200..<300).contains(answer.status) else {
            throw ServerError(
                request: request, base: settings.address.baseText + settings.address.pathPrefix,
                namespace: settings.namespace, answer: answer)
        }
    }
}
