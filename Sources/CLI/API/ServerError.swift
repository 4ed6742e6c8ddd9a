// The server's refusal, printed as the `vault` command prints it.

import JSON

struct ServerError: Error, CustomStringConvertible {
    let method: String
    let url: String
    let namespace: String
    let status: Int
    let errors: [String]
    /// The body was not the API's `{"errors": [...]}`; `errors` holds it as it came.
    let isRaw: Bool
    /// The answer as a whole: some refusals (a deleted version) carry data.
    let body: [UInt8]

    private static let maxRawBytes = 4096

    init(request: APIRequest, base: String, namespace: String, answer: HTTPAnswer) {
        method = request.method
        url = base + request.shownTarget
        self.namespace = namespace
        status = answer.status
        body = answer.body
        let value = try? JSONValue(parsing: answer.body, limits: .unlimitedMembers)
        if answer.body.isEmpty {
            (errors, isRaw) = ([], false)
        } else if let list = value?["errors"]?.arrayValue {
            (errors, isRaw) = (list.compactMap(\.stringValue), false)
        } else if value?.objectValue != nil {
            (errors, isRaw) = ([], false)
        } else {
            let text = String(decoding: answer.body.prefix(Self.maxRawBytes), as: UTF8.self)
            (errors, isRaw) = ([text.trimmed], true)
        }
    }

    var description: String {
        var text = "Error making API request.\n\n"
        if !namespace.isEmpty { text += "Namespace: \(namespace)/\n" }
        text += "URL: \(method) \(url)\nCode: \(status). \(isRaw ? "Raw Message" : "Errors"):\n\n"
        return text + (isRaw ? errors : errors.map { "* " + $0 }).joined(separator: "\n")
    }
}
