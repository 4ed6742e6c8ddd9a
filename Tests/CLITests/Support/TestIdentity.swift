// Certificates for the tests of the client's TLS, valid for a hundred years. The keys protect
// nothing.

import NIOSSL

struct TestIdentity: Sendable {
    let certificate: String
    let key: String

    func serverContext() throws -> NIOSSLContext {
        try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)).map {
                    .certificate($0)
                },
                privateKey: .privateKey(NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem))))
    }

    /// For 127.0.0.1 and coffer.test.
    static let byAddress = TestIdentity(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBoTCCAUegAwIBAgIUW4TEKEhueM83qaQR05Wh40g7cR0wCgYIKoZIzj0EAwIw
            FjEUMBIGA1UEAwwLY29mZmVyIHRlc3QwIBcNMjYxMTIyMDA1MjQ3WhgPMjEyNjEw
            MjkwMDUyNDdaMBYxFDASBgNVBAMMC2NvZmZlciB0ZXN0MFkwEwYHKoZIzj0CAQYI
            KoZIzj0DAQcDQgAErZxfzmyQLHBYFfMYUDSL3aeiiwNqAy6o6Xv8E133K9OxsSZ/
            WZ2frSyshjy5exNlENYmMp/khuaE3nicpzViyKNxMG8wHQYDVR0OBBYEFKRhYoK5
            KokqNvxF0WhA2q9J/9HbMB8GA1UdIwQYMBaAFKRhYoK5KokqNvxF0WhA2q9J/9Hb
            MA8GA1UdEwEB/wQFMAMBAf8wHAYDVR0RBBUwE4ILY29mZmVyLnRlc3SHBH8AAAEw
            CgYIKoZIzj0EAwIDSAAwRQIhAL6NYQ4kEcWgRvjDdH3wKltpR/TvG0176AjgNISA
            HVnjAiBgwykKMDrgIwbYdhvDi7n4T+xyI1COkNPB31XTeq3Mfw==
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgE42O5M0n7wc0hf2r
            nufx2ORk9j11bcGgT67PM8FnQcqhRANCAAStnF/ObJAscFgV8xhQNIvdp6KLA2oD
            Lqjpe/wTXfcr07GxJn9ZnZ+tLKyGPLl7E2UQ1iYyn+SG5oTeeJynNWLI
            -----END PRIVATE KEY-----
            """)

    /// For coffer.test only.
    static let byName = TestIdentity(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBmzCCAUGgAwIBAgIUR8tQkmT1QyF/54fDry7XPnovfvUwCgYIKoZIzj0EAwIw
            FjEUMBIGA1UEAwwLY29mZmVyIHRlc3QwIBcNMjYxMTIyMDA1MjQ3WhgPMjEyNjEw
            MjkwMDUyNDdaMBYxFDASBgNVBAMMC2NvZmZlciB0ZXN0MFkwEwYHKoZIzj0CAQYI
            KoZIzj0DAQcDQgAEKij6fkBEky8kEyUYIyrEThxmwVfXnH3/BfVyiNQYIwqvIJLJ
            PIwVxxnpmAVQGr+UYUbjm10WbqY8Uqq+uZEDCqNrMGkwHQYDVR0OBBYEFNljNiZ9
            PmDEqd1XuQD9cDGjMKPaMB8GA1UdIwQYMBaAFNljNiZ9PmDEqd1XuQD9cDGjMKPa
            MA8GA1UdEwEB/wQFMAMBAf8wFgYDVR0RBA8wDYILY29mZmVyLnRlc3QwCgYIKoZI
            zj0EAwIDSAAwRQIhAL0rBruYHwDHSG9xfiSgh2l2G5sHnCSli0bU130J9QjzAiBb
            F5ugobbtAqEtb80PUTGej6tGOFcFLSOThN66b1BYHw==
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg8mSBbo5ai+ulvEqo
            A5HARegwLMffCtzrCj2p0GVtXkOhRANCAAQqKPp+QESTLyQTJRgjKsROHGbBV9ec
            ff8F9XKI1BgjCq8gksk8jBXHGemYBVAav5RhRuObXRZupjxSqr65kQMK
            -----END PRIVATE KEY-----
            """)
}
