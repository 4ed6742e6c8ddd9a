// Every other path of version 2: mostly somebody who talks version 1 to it, so the answer says so.

import Paths
import PluginSDK

let unknownPath = Path(
    ":path*?",
    [
        .read: answerUnknownPath,
        .create: answerUnknownPath,
        .update: answerUnknownPath,
        .patch: answerUnknownPath,
        .delete: answerUnknownPath,
        .list: answerUnknownPath,
    ],
    help: "Not a path of version 2 of the kv engine.",
    description: "Secrets are at data/, their metadata and lists at metadata/.")

private let answerUnknownPath: Handler = { request in
    var answer = Answer.none
    answer.status = 404
    switch request.path {
    case "data", "delete", "undelete", "destroy", "data/", "delete/", "undelete/", "destroy/":
        answer.warnings = [
            "Non-listing operations on the root of a K/V v2 mount are not supported."
        ]
    default:
        answer.warnings = [
            "Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate "
                + "API endpoints to use. If using the Vault CLI, use "
                + "'vault kv \(subcommand(for: request.operation))' for this operation."
        ]
    }
    return .answer(answer)
}

private func subcommand(for operation: Operation) -> String {
    switch operation {
    case .create, .update: "put"
    case .patch: "patch"
    case .list: "list"
    case .delete: "delete"
    default: "get"
    }
}
