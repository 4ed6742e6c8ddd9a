// The three settings that a mount and a secret have in common, as a request brings them.

import JSON
import Paths
import PluginSDK

struct SettingChanges: Sendable {
    var maxVersions: UInt32?
    var isCheckAndSetRequired: Bool?
    var deleteVersionAfterSeconds: Int64?

    init(_ request: Request) throws(PluginError) {
        let fields = try request.fields()
        if fields.isPresent("max_versions"), let count = fields.integer("max_versions") {
            guard (0...Limits.maxKeptVersions).contains(count) else {
                throw PluginError(
                    .invalidRequest,
                    "max_versions must be between 0 and \(Limits.maxKeptVersions)")
            }
            maxVersions = UInt32(count)
        }
        if fields.isPresent("cas_required") {
            isCheckAndSetRequired = fields.boolean("cas_required")
        }
        if fields.isPresent("delete_version_after") {
            deleteVersionAfterSeconds = try Self.seconds(fields.value("delete_version_after"))
        }
    }

    var isEmpty: Bool {
        maxVersions == nil && isCheckAndSetRequired == nil && deleteVersionAfterSeconds == nil
    }

    private static func seconds(_ value: JSONValue?) throws(PluginError) -> Int64? {
        let seconds: Int? =
            switch value {
            case nil, .null, .string(""): 0
            case .string(let text): DurationText.seconds(text)
            case .number(let number): DurationText.seconds(number.text)
            default: nil
            }
        guard let seconds else {
            throw PluginError(
                .invalidRequest,
                "error converting input for field \"delete_version_after\": expected a number of "
                    + "seconds or a duration such as \"1h30m\"")
        }
        return Int64(seconds)
    }
}
