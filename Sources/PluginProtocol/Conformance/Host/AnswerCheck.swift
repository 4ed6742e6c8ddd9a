// What a host may take from a plugin as an answer to a request.

import JSON
import Wire

struct AnswerCheck {
    let type: PluginType

    /// The problems of an answer; none of them quotes it.
    func faults(_ response: EngineResponse) -> [Finding] {
        var faults: [Finding] = []
        func require(_ isTrue: Bool, _ fault: String) {
            if !isTrue { faults.append(Finding("an answer has " + fault, .requests)) }
        }

        if let failure = response.failure {
            // That there is nothing is said by the code.
            require(
                !failure.message.isEmpty || failure.code == .notFound, "a failure without a text")
            require(
                response.data.isEmpty && response.auth == nil && response.lease == nil
                    && response.raw == nil, "a failure and an answer at once")
        }
        require(isObjectOrNothing(response.data), "data that are not a JSON object")
        require(isStatus(response.httpStatus), "HTTP status \(response.httpStatus)")
        require(
            response.auth == nil || type == .auth, "a login from a plugin that is no auth plugin")
        require(
            response.lease == nil || type == .secret,
            "a lease from a plugin that is no secrets engine")
        require(
            response.raw == nil || type != .database, "a raw body from a database plugin")
        require(response.auth?.policies.contains("root") != true, "a login with the root policy")
        require(response.auth == nil || response.lease == nil, "a login and a lease at once")
        require(response.raw == nil || response.data.isEmpty, "a raw body and data at once")
        if let raw = response.raw {
            require(
                isHeaderText(raw.contentType) && !raw.contentType.isEmpty,
                "a content type that is none")
            require(isStatus(raw.status), "HTTP status \(raw.status) of a raw body")
        }
        for header in response.headers {
            require(
                isHeaderText(header.name) && isHeaderText(header.value),
                "a header with bytes that no header has")
        }
        return faults
    }

    private func isObjectOrNothing(_ data: [UInt8]) -> Bool {
        if data.isEmpty { return true }
        guard case .object? = try? JSONValue(parsing: data) else { return false }
        return true
    }

    private func isStatus(_ status: UInt32) -> Bool { status == 0 || (200...599).contains(status) }

    private func isHeaderText(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 == 0x09 || (0x20..<0x7F).contains($0) }
    }
}
