// `sys/seal-status`, `sys/unseal` and `sys/init`.

internal import Cryptography
internal import JSON
internal import Synchronization

extension SystemStatus {
    // MARK: sys/seal-status

    func sealStatusResponse() throws(BackendFailure) -> ClientResponse { json(try sealStatus()) }

    private func sealStatus() throws(BackendFailure) -> JSONValue {
        let configuration = try core.sealConfiguration()
        let progress = core.unsealProgress.withLock { ($0.shares.count, $0.nonce) }
        let isSealed = core.isSealed
        var status = JSONObject([
            ("type", "shamir"),
            ("initialized", .bool(configuration != nil)),
            ("sealed", .bool(isSealed)),
            ("t", .number(JSONNumber(configuration?.threshold ?? 0))),
            ("n", .number(JSONNumber(configuration?.shares ?? 0))),
            ("progress", .number(JSONNumber(progress.0))),
            ("nonce", .string(progress.1)),
            ("version", .string(CofferVersion.api)),
            ("build_date", ""),
            ("migration", false),
            ("recovery_seal", false),
            ("storage_type", .string(core.settings.storageType)),
        ])
        if !isSealed {
            status["cluster_name"] = .string(core.settings.clusterName)
            status["cluster_id"] = .string(core.clusterID)
        }
        return .object(status)
    }

    // MARK: sys/unseal

    func unseal(_ body: JSONValue) async throws(BackendFailure) -> ClientResponse {
        if body["migrate"]?.boolValue ?? false {
            throw BackendFailure(
                .invalidRequest,
                "seal migration is not available: there is one kind of seal so far")
        }
        if body["reset"]?.boolValue ?? false {
            core.resetUnseal()
            return try sealStatusResponse()
        }
        guard let text = body["key"]?.stringValue, !text.isEmpty else {
            throw BackendFailure(
                .invalidRequest,
                "'key' must be specified in request body as JSON, or 'reset' set to true")
        }
        guard let bytes = Hex.decode(text) ?? Base64.decode(text) else {
            throw BackendFailure(.invalidRequest, "'key' must be a valid hex or base64 string")
        }
        try await core.unseal(share: SecretBytes(bytes))
        return try sealStatusResponse()
    }

    // MARK: sys/init

    func readInit() throws(BackendFailure) -> ClientResponse {
        json(["initialized": .bool(try core.isInitialized())])
    }

    func initialize(_ body: JSONValue) async throws(BackendFailure) -> ClientResponse {
        for name in ["pgp_keys", "root_token_pgp_key"] {
            if let value = body[name], value != .null, value != .string(""), value != .array([]) {
                throw BackendFailure(
                    .invalidRequest,
                    "\"\(name)\" is not available: keys cannot be encrypted with PGP yet")
            }
        }
        for name in ["recovery_shares", "recovery_threshold", "stored_shares"] {
            if let value = body[name]?.intValue, value > (name == "stored_shares" ? 1 : 0) {
                throw BackendFailure(
                    .invalidRequest,
                    #"parameters "recovery_shares", "recovery_threshold" and "stored_shares" are "#
                        + #"not applicable to seal type "shamir""#)
            }
        }
        let result = try await core.initialize(
            shares: try integer(body, "secret_shares"),
            threshold: try integer(body, "secret_threshold"))
        let shares = result.shares.map { share in share.withUnsafeBytes { Array($0) } }
        return json([
            "keys": .array(shares.map { .string(Hex.encode($0)) }),
            "keys_base64": .array(shares.map { .string(Base64.encode($0)) }),
            "root_token": .string(
                result.rootToken.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }),
        ])
    }

    private func integer(_ body: JSONValue, _ name: String) throws(BackendFailure) -> Int {
        guard let value = body[name], value != .null else { return 0 }
        guard let integer = value.intValue else {
            throw BackendFailure(.invalidRequest, "\"\(name)\" must be a whole number")
        }
        return integer
    }
}
