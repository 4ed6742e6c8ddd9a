// What clients get when no audit device has recorded their request or its answer.

extension BackendFailure {
    static let unrecordedRequest = unrecorded("request")
    static let unrecordedResponse = unrecorded("response")

    private static func unrecorded(_ what: String) -> BackendFailure {
        BackendFailure(
            .internalError,
            "1 error occurred:\n\t* no audit backend succeeded in logging the \(what)\n\n")
    }
}
