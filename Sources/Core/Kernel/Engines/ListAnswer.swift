// The answer to a list that may have more names than are shown at once.

internal import JSON

extension BackendAnswer {
    /// - Parameter names: what there is, at least one more than is shown if there is more.
    static func list(_ names: [String]) -> BackendAnswer {
        let limit = KernelLimits.listPageEntries
        guard !names.isEmpty else { return BackendAnswer() }
        let data = JSONValue.object(["keys": .strings(Array(names.prefix(limit)))])
        guard names.count > limit else { return BackendAnswer(data: data.encoded()) }
        return BackendAnswer(
            data: data.encoded(),
            warnings: ["There are more than the \(limit) names that are shown."])
    }
}
