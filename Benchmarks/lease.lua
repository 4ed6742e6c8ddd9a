wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"ttl": "' .. (os.getenv("LEASE_TTL") or "24h") .. '"}'
