// What browsers are told about pages of other origins (CORS). It is decided from the head, before
// anything else is done for the request; without an `Origin` nothing is looked up.

internal import Kernel
internal import NIOHTTP1

extension ConnectionHandler {
    func checkOrigin(_ request: RequestHead) throws(Refusal) {
        guard let origin = request.fields.origin else { return }
        switch settings.handler.checkOrigin(origin) {
        case .off: break
        case .allowed: allow(origin)
        case .refused:
            head = request
            throw .originNotAllowed
        }
    }

    /// The answer to OPTIONS, with which a browser asks what a page may send. No other use of the
    /// method is known.
    func answerToOptions(_ head: HTTPRequestHead) -> Refusal {
        let origins = head.headers["origin"]
        guard origins.count == 1, let origin = origins.first, !origin.isEmpty else {
            return .methodNotAllowed
        }
        switch settings.handler.checkOrigin(origin) {
        case .off: return .methodNotAllowed
        case .refused: return .originNotAllowed
        case .allowed(let headers):
            allow(origin)
            let method = head.headers.first(name: "access-control-request-method") ?? ""
            return .preflight(method: method, headers: headers)
        }
    }

    /// Goes into the answer, whatever it will be: a page may see why it was refused.
    private func allow(_ origin: String) {
        addedHeaders.append(("Access-Control-Allow-Origin", origin))
        addedHeaders.append(("Vary", "Origin"))
    }
}

extension Refusal {
    static let originNotAllowed = Refusal(403, "origin not allowed")

    private static let methods = ["DELETE", "GET", "OPTIONS", "POST", "PUT", "LIST", "PATCH"]

    /// No refusal, but answered like one: without the core, and with the body let pass.
    fileprivate static func preflight(method: String, headers: String) -> Refusal {
        guard methods.contains(method) else { return .methodNotAllowed }
        var answer = Refusal(204, "")
        answer.headers = [
            HeaderPair(
                name: "Access-Control-Allow-Methods", value: methods.joined(separator: ", ")),
            HeaderPair(name: "Access-Control-Allow-Headers", value: headers),
            HeaderPair(name: "Access-Control-Max-Age", value: "300"),
        ]
        return answer
    }
}
