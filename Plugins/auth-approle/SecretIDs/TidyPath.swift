// `tidy/secret-id` removes secret ids that have expired, and what deleted roles left.

import Paths
import PluginSDK

let tidyPath = Path(
    "tidy/secret-id", .update, help: "Remove expired secret ids.",
    description: "Expired secret ids are of no use to anybody; this makes room."
) { request in
    Sweep(now: request.now) { removed in
        Log.info("tidied secret ids", ["removed": "\(removed)"])
        return .answer(
            Answer(
                status: 202,
                warnings: ["Tidy operation finished: \(removed) secret IDs were removed."]))
    }.folders()
}
