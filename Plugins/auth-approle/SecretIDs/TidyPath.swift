// `tidy/secret-id` removes secret ids that have expired, and what deleted roles left; and that
// happens by itself, some time after the first has expired.

import Paths
import PluginSDK

let tidyPath = Path(
    "tidy/secret-id", .update, help: "Remove expired secret ids.",
    description: "Expired secret ids are of no use to anybody, and are removed after a while; this "
        + "removes them now."
) { request in
    Sweep(now: request.now) { sweep in
        let warning = "Tidy operation finished: \(sweep.removed) secret IDs were removed."
        return .answer(sweep.answer(Answer(status: 202, warnings: [warning])))
    }.folders()
}

@Sendable func tidyWhenWoken(_ request: Request) -> Outcome {
    Sweep(now: request.now) { sweep in
        if sweep.removed > 0 {
            Log.info("removed expired secret ids", ["count": "\(sweep.removed)"])
        }
        return .answer(sweep.answer(.none))
    }.folders()
}
