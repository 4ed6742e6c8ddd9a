-- Reads with the answer wrapped: each makes a token that lives long enough not to end during the run.
wrk.headers["X-Vault-Wrap-TTL"] = "1h"
