// The `cas` option of a write: it succeeds only if the current version is the one the client knows.

import JSON
import PluginSDK

struct CheckAndSet: Sendable {
    private enum Option {
        case absent
        case version(Int64)
    }

    private let option: Option

    init(_ request: Request) throws(PluginError) {
        guard let options = try request.objectMember("options"),
            let cas = try options.parsed()["cas"]
        else {
            option = .absent
            return
        }
        let version: Int64? =
            switch cas {
            case .number(let number): Int64(number.text)
            case .string(let text): text.isEmpty ? 0 : Int64(text)
            case .bool(let flag): flag ? 1 : 0
            case .null: 0
            case .array, .object: nil
            }
        guard let version else {
            throw PluginError(.invalidRequest, "error parsing check-and-set parameter")
        }
        option = .version(version)
    }

    func require(_ secret: Secret?, under engine: EngineSettings) throws(PluginError) {
        switch option {
        case .version(let version):
            guard version >= 0, UInt64(version) == secret?.currentVersion ?? 0 else {
                throw PluginError(
                    .invalidRequest,
                    "check-and-set parameter did not match the current version")
            }
        case .absent:
            if engine.isCheckAndSetRequired || secret?.isCheckAndSetRequired ?? false {
                throw PluginError(
                    .invalidRequest, "check-and-set parameter required for this call")
            }
        }
    }
}
