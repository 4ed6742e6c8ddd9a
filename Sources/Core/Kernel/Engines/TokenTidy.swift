// `auth/token/tidy`: clears away what an interrupted change of an older store may have left.

internal import Logging
internal import Paths

enum TokenTidy {
    static let path = CorePath(
        "tidy", [.update: .immediate(tidy)],
        help: "Remove indexes of tokens that are gone, in the background.")

    private static func tidy(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let (tokens, logger) = (call.state.tokens, call.core.logger)
        guard tokens.beginTidying() else {
            return BackendAnswer(warnings: ["Tidy operation on tokens is already in progress."])
        }
        Task {
            defer { tokens.endTidying() }
            do throws(BackendFailure) {
                let report = try await tokens.tidy()
                logger.info(
                    "tokens tidied",
                    metadata: [
                        "accessors": "\(report.accessors)", "parents": "\(report.parents)",
                        "expiries": "\(report.expiries)", "cubbyholes": "\(report.cubbyholes)",
                        "revoked": "\(report.revoked)",
                    ])
            } catch {
                logger.warning("tokens were not tidied", metadata: ["error": "\(error.message)"])
            }
        }
        return BackendAnswer(
            status: 202,
            warnings: [
                "Tidy operation successfully started. Any information from the operation will be "
                    + "printed to Vault's server logs."
            ])
    }
}
